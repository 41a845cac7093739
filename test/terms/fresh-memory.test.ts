/** Fresh memory: dropped by others, it is freed without a look at the whole heap. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { giveBack, keepLent, Lender } from '../../src/terms/lent-memory.js';
import { bundledProgram } from '../bundled-program.js';

const PROGRAM = fileURLToPath(new URL('./fresh-memory.mjs', import.meta.url));

/** How often the heap was marked while a gigabyte of memory was handed on. */
async function marked(kind: 'fresh' | 'plain'): Promise<number> {
  const program = await bundledProgram(PROGRAM);
  const { stdout } = await promisify(execFile)(process.execPath, [program, kind], { timeout: 60_000 });
  return Number(stdout);
}

// Other versions mark seldom in either case.
const MARKS_OFTEN = process.version.startsWith('v24.');

test('a gigabyte of it has the heap marked hardly ever', async () => {
  const fresh = await marked('fresh');
  expect(fresh).toBeLessThan(4);
  if (MARKS_OFTEN) expect(await marked('plain')).toBeGreaterThan(2 * fresh);
});

test('what nobody has given back takes no more than its size, what returns leaves room', () => {
  const SIZE = 64 * 1024;
  const lender = new Lender();
  const kept = lender.lend(SIZE);
  keepLent(kept);
  expect(kept.buffer.byteLength).toBe(SIZE);
  const returned = lender.lend(SIZE);
  giveBack(returned);
  const larger = lender.lend(SIZE + 1);
  expect(larger.buffer.byteLength).toBeGreaterThan(SIZE + 1);
});
