/** Random and mutated input, with the kernel and without: equal results, errors and offsets. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { EntityChecker } from '../../src/scan/check-entity.js';
import { KernelChecker } from '../../src/scan/kernel-checker.js';
import { scalarScanner } from '../../src/scan/scalar.js';
import type { ScanOptions } from '../../src/scan/scanner.js';
import { simdScanner } from '../../src/scan/simd.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';
import { chunked, damaged, FORMS, inputText } from '../naive/arbitraries.js';
import { finished } from './finished.js';
import { type Found, scanAll } from './scan-all.js';

/** Minutes to run; by default only a few hundred inputs, in a soak half an hour. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 0);
const FEWEST_INPUTS = 100;

const scanner = (options: ScanOptions) => {
  const made = finished(simdScanner(options));
  if (!made) throw new Error('this machine has no vectors for the kernel');
  return made;
};

/** Pseudo-random numbers, the same for the same seed. */
class Numbers {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** An integer from 0, below the limit. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) >>> 0;
    return Math.floor(((mixed ^ (mixed >>> 12)) >>> 0) / (2 ** 32 / limit));
  }
  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

const SNIPPETS = ['{', '}', '[', ']', '"', '\\', ',', ':', '\n', '\t', '\0', ' ', '0', '-', '1e', 'tru', '\\u00', '""'];
const MORE_SNIPPETS = [
  '{}',
  '[]',
  '},{',
  '"id":1,',
  '\\"',
  '\\\\',
  '\r\n',
  '\xff',
  '\xc3',
  '"type":"product"',
  '[[[[[[[[',
];
const ALPHABET = '{}[]",:\\ \n0123456789.eE+-truefalsnu\té';

/** A catalog of several blocks and brackets, damaged in a few places. */
function mutated(numbers: Numbers): Buffer {
  const form = numbers.one(['lines', 'array', 'document'] as const);
  const entityBytes = numbers.one([100, 300, 900, 2500]);
  const text = catalog({ seed: numbers.below(1e9), form, entities: 1 + numbers.below(6), entityBytes }).bytes;
  let latin1 = text.toString('latin1');
  for (let edits = numbers.below(4); edits > 0; edits--) {
    const at = numbers.below(latin1.length);
    const snippet = numbers.one([...SNIPPETS, ...MORE_SNIPPETS]);
    const removed = numbers.one([0, 0, 1, 1, 2, 70]);
    latin1 = latin1.slice(0, at) + (numbers.below(4) === 0 ? '' : snippet) + latin1.slice(at + removed);
  }
  return Buffer.from(latin1, 'latin1');
}

function random(numbers: Numbers): Buffer {
  const length = numbers.below(700);
  const head = numbers.one(['', '{"id":"', '{"entities":[{"x":', '[{', '{"a":{']);
  const text = Array.from({ length }, () => ALPHABET[numbers.below(ALPHABET.length)]).join('');
  return Buffer.from(head + text);
}

function* arbitrary(seed: number): Generator<Buffer> {
  const form = FORMS[seed % FORMS.length];
  const texts = fc.oneof(
    inputText(form).map((text) => Buffer.from(text)),
    damaged(inputText(form)),
  );
  yield* fc.sample(texts, { numRuns: 20, seed });
}

function* inputs(): Generator<Buffer> {
  const numbers = new Numbers(Date.now());
  for (;;) {
    yield* arbitrary(numbers.below(1e9));
    for (let index = 0; index < 40; index++) yield mutated(numbers);
    for (let index = 0; index < 20; index++) yield random(numbers);
  }
}

function optionsFor(numbers: Numbers): Partial<ScanOptions> {
  const form = numbers.one([undefined, undefined, 'lines', 'array', 'document'] as const);
  return {
    ...(form ? { form } : {}),
    locate: numbers.one([[], ['type'], ['id'], ['id', 'type', 'name']] as const),
    trust: numbers.below(5) === 0,
    onError: numbers.one(['stop', 'stop', 'skip']),
    maxDepth: numbers.one([1024, 1024, 1024, 3, 9]),
    maxEntityBytes: numbers.one([1e6, 1e6, 1e6, 50, 2000]),
    recycle: numbers.below(2) === 0,
  };
}

test('the kernel has the same results as plain TypeScript', { timeout: (MINUTES + 2) * 60_000 }, () => {
  const until = Date.now() + MINUTES * 60_000;
  const numbers = new Numbers(4711);
  const rules = { memberNames: DEFAULT_MEMBER_NAMES, maxDepth: 40 };
  const scalarChecker = new EntityChecker(rules);
  const kernelChecker = new KernelChecker(rules);
  let count = 0;
  let entities = 0;
  for (const bytes of inputs()) {
    const options = optionsFor(numbers);
    const sizes = numbers.one([
      [1 << 20],
      [1],
      [64, 1, 63],
      [100 + numbers.below(900)],
      [1 + numbers.below(bytes.length + 1)],
    ]);
    const told = `of ${JSON.stringify(options)} in chunks of ${sizes}: ${JSON.stringify(bytes.toString('latin1'))}`;
    const expected = scanAll(scalarScanner, options, [bytes]);
    expectSame(scanAll(scanner, options, chunked(bytes, sizes), numbers.below(2) === 0), expected, told);
    for (const { start, text } of expected.entities) {
      const end = start + text.length;
      const verdict = JSON.stringify(kernelChecker.check(bytes, start, end));
      if (verdict !== JSON.stringify(scalarChecker.check(bytes, start, end)))
        throw new Error(`check of ${text}, ${told}`);
      entities++;
    }
    if (++count >= FEWEST_INPUTS && Date.now() >= until) break;
  }
  kernelChecker.close();
  expect(entities).toBeGreaterThan(20);
  if (MINUTES > 0) console.log(`${count} inputs with ${entities} entities in ${MINUTES} minutes`);
});

function expectSame(found: Found, expected: Found, told: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`scan ${told}`);
}
