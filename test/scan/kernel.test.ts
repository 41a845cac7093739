/** The kernel: its code is compiled from its source, and a trap is an error of sluice. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { newSkip, skipNested } from '../../src/scan/bytes.js';
import { borrowKernel, type Kernel } from '../../src/scan/kernel.js';
import * as code from '../../src/scan/kernel-code.js';
import { DEFAULT_MEMBER_NAMES, END, ORDINAL, ROW_WIDTH, START } from '../../src/terms/batch.js';

const RULES = { memberNames: DEFAULT_MEMBER_NAMES, locate: [], maxDepth: 1024 };

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
  ['lines', (one, beyond) => one.scanLines(beyond, beyond + 99, 0, true, 9, 99)],
  ['elements', (one, beyond) => one.scanElements(beyond, beyond + 99, 0, 'element', false, true, 9, 99)],
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
