/** What the kernel leaves to plain TypeScript is scanned in turns of the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { exportEntities } from '../../src/index.js';
import { bytes } from '../../src/sources/bytes.js';

const LINES = 100_000;

test('a chunk of faulty lines leaves turns to others', async () => {
  const text = Buffer.from('{"id":"a"\n{"id":"b"}\n'.repeat(LINES / 2));
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns++) await nextTurn();
  })();
  const stream = exportEntities({ source: bytes([text]), onError: 'skip', format: 'ndjson', input: 'lines' });
  const output = await stream.toBuffer();
  isOver = true;
  await others;
  const { read, written, rejected } = await stream.receipt;
  expect({ read, written, rejected }).toStrictEqual({ read: LINES, written: LINES / 2, rejected: LINES / 2 });
  expect(output.toString()).toBe('{"id":"b"}\n'.repeat(LINES / 2));
  // In one piece it took as many as the stages of one batch.
  expect(turns).toBeGreaterThan(12);
});
