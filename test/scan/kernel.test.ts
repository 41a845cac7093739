/** The kernel: its code is compiled from its source, and a trap is an error of sluice. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { newSkip, skipNested } from '../../src/scan/bytes.js';
import { borrowKernel, type Kernel, type ScanLimits } from '../../src/scan/kernel.js';
import * as code from '../../src/scan/kernel-code.js';
import { DEFAULT_MEMBER_NAMES, END, ORDINAL, ROW_WIDTH, START, TYPE_START } from '../../src/terms/batch.js';
import { runs } from '../runs.js';

const RULES = { memberNames: DEFAULT_MEMBER_NAMES, locate: [], maxDepth: 1024 };

const LIMITS: ScanLimits = { trust: false, maxDepth: 9, maxEntityBytes: 99_999 };

function kernel(): Kernel {
  const borrowed = borrowKernel();
  if (!borrowed?.begin(RULES)) throw new Error('this machine has no vectors for the kernel');
  return borrowed;
}

test('the embedded code is up to date with its source', async () => {
  const compiler = fileURLToPath(new URL('../../src/scan/kernel/compile.mjs', import.meta.url));
  await expect(promisify(execFile)(process.execPath, [compiler, '--check'])).resolves.toMatchObject({ stderr: '' });
});

test('rows have the same columns in the kernel as in batches', () => {
  expect([code.ROW_START, code.ROW_END, code.ROW_ORDINAL, code.ROW_BYTES]).toStrictEqual(
    [START, END, ORDINAL, ROW_WIDTH].map((column) => column * Int32Array.BYTES_PER_ELEMENT),
  );
});

test.each<[string, (kernel: Kernel, beyond: number) => unknown]>([
  ['lines', (one, beyond) => one.scanLines(beyond, beyond + 99, 0, LIMITS)],
  ['elements', (one, beyond) => one.scanElements(beyond, beyond + 99, 0, { due: 'element' }, LIMITS)],
  ['a value', (one, beyond) => one.skipValue(beyond, beyond + 99, 1, false, 9)],
  ['an entity', (one, beyond) => one.isEntity(beyond, beyond + 99)],
])('a scan of %s beyond the memory is a typed error', (_, scan) => {
  const one = kernel();
  const beyond = one.bytes.length + 1024;
  expect(() => scan(one, beyond)).toThrow(
    expect.objectContaining({ name: 'SluiceError', code: 'INTERNAL', stage: 'scan' }),
  );
  one.release();
});

test('a value is left in the same state wherever its bytes end', () => {
  const one = kernel();
  const { inputStart } = one;
  // Strings with escapes around the ends of blocks of 64 bytes.
  for (let before = 40; before < 72; before++) {
    for (const tail of ['\\n","b":"\\"\\\\"}', '\\\\\\"\\r\\n"}', '\\u0022\\\\\\\\"}']) {
      const text = Buffer.from(`{"a":"${'x'.repeat(before)}${tail}`);
      one.bytes.fill('"\\', inputStart, inputStart + 512);
      text.copy(one.bytes, inputStart);
      for (let end = 1; end <= text.length; end++) {
        const skip = newSkip(9);
        const next = skipNested(text, 0, end, skip);
        const found = one.skipValue(inputStart, inputStart + end, 0, false, 9) - inputStart;
        const state = [found, one.depth, one.inString];
        const due = skip.depth === 0 ? [next, 0, false] : [next, skip.depth, skip.inString];
        expect(state, `${text.subarray(0, end)}`).toStrictEqual(due);
      }
    }
  }
  one.release();
});

test('reads strings with many escapes as JSON.parse does, whole or with a fault anywhere', () => {
  const one = kernel();
  one.begin({ ...RULES, locate: ['type'] });
  const { inputStart } = one;
  const escapes = fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u00e9', '\\uD83D', '\\uaBcF', '\\t');
  const piece = fc.oneof({ weight: 3, arbitrary: escapes }, fc.constantFrom('x', 'é', '{"', 'word '.repeat(13)));
  const fault = fc.constantFrom('\\', '"', '\n', '\u0001', 'u', 'g', '0', '');
  const property = fc.property(
    fc.array(piece, { minLength: 8, maxLength: 90 }),
    fc.option(fc.tuple(fc.nat(), fault), { nil: undefined }),
    (pieces, broken) => {
      let value = pieces.join('').replaceAll('{"', '{');
      if (broken) {
        const at = broken[0] % value.length;
        value = value.slice(0, at) + broken[1] + value.slice(at + 1);
      }
      const text = Buffer.from(`{"a":"${value}","type":"t"}\n`);
      one.bytes.fill('"\\', inputStart, inputStart + text.length + 512);
      text.copy(one.bytes, inputStart);
      one.scanLines(inputStart, inputStart + text.length, 0, LIMITS);
      const row = one.rows.slice();
      let type: unknown;
      try {
        type = JSON.parse(text.toString()).type;
      } catch {}
      const found = row.length > 0 && one.bytes.toString('latin1', row[TYPE_START], row[TYPE_START + 1]);
      expect(found, text.toString()).toBe(type === 't' && '"t"');
      // Without its last byte the line is cut.
      one.scanLines(inputStart, inputStart + text.length - 1, 0, LIMITS);
      expect(one.rowCount).toBe(0);
    },
  );
  fc.assert(property, runs(500));
  one.release();
});

test('refuses to grow beyond the address space, with the size of the entity', () => {
  const one = kernel();
  expect(() => one.growInput(2 ** 32)).toThrow(expect.objectContaining({ code: 'ENTITY_TOO_LARGE' }));
  one.release();
});

test('growth keeps the content of the memory, and invalidates old views', () => {
  const one = kernel();
  const { inputStart } = one;
  const before = one.bytes;
  one.bytes.write('kept', inputStart);
  one.growInput(2 * before.length);
  expect(one.bytes.toString('latin1', inputStart, inputStart + 4)).toBe('kept');
  expect(before.length).toBe(0);
  one.release();
});

test('returns no kernel if there is no memory for it', () => {
  const taken: Kernel[] = [];
  vi.stubGlobal('WebAssembly', {
    Memory: class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    },
  });
  try {
    for (let one = borrowKernel(); one; one = borrowKernel()) taken.push(one);
    expect(taken.length).toBeLessThan(10);
  } finally {
    vi.unstubAllGlobals();
    for (const one of taken) one.release();
  }
  expect(borrowKernel()).toBeDefined();
});
