/** Holes of NUL bytes in lines, as crashes leave them: a fault with its length, or a reject without the records around it. */
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import type { Reject } from '../../src/terms/receipt.js';
import { exported } from './outcome.js';

const line = (id: string) => `{"id":"${id}"}\n`;
const HOLE = '\0'.repeat(4096);

async function read(text: string, chunk = text.length) {
  const whole = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length; at += chunk) chunks.push(whole.subarray(at, at + chunk));
  const rejects: string[] = [];
  const onReject = ({ error, byteOffset, line: at, raw }: Reject) => {
    rejects.push(`${error.code} ${byteOffset} ${at} ${raw.length}`);
  };
  const { output, receipt } = await exported({ source: bytes(chunks), format: 'ndjson', onError: 'skip', onReject });
  return { output: output.toString(), rejects, receipt };
}

describe('under skip a hole is rejected by itself', () => {
  test.each<[string, string, readonly string[]]>([
    ['between two lines', `${line('1')}${HOLE}\n${line('2')}`, ['NOT_AN_ENTITY 11 2 4096']],
    ['before a record on its line', `${line('1')}${HOLE}${line('2')}`, ['NOT_AN_ENTITY 11 2 4096']],
    ['behind a record on its line', `{"id":"1"}${HOLE}\n${line('2')}`, ['NOT_AN_ENTITY 10 1 4096']],
    ['between two records on a line', `{"id":"1"}${HOLE}${line('2')}`, ['NOT_AN_ENTITY 10 1 4096']],
    ['at the end', `${line('1')}${line('2')}${HOLE}`, ['NOT_AN_ENTITY 22 3 4096']],
    ['at the beginning', `${HOLE}${line('1')}${line('2')}`, ['NOT_AN_ENTITY 0 1 4096']],
    ['twice', `${HOLE}{"id":"1"}${HOLE}${line('2')}`, ['NOT_AN_ENTITY 0 1 4096', 'NOT_AN_ENTITY 4106 1 4096']],
    ['behind half a record', `${line('1')}{"id":${HOLE}${line('2')}`, ['INVALID_JSON 11 2 4102']],
  ])('%s', async (_where, text, rejects) => {
    for (const chunk of [text.length, 1000, 7]) {
      const found = await read(text, chunk);
      expect(found.output).toBe(line('1') + line('2'));
      expect(found.rejects).toStrictEqual(rejects);
      expect(found.receipt).toMatchObject({ written: 2, rejected: rejects.length });
    }
  });
});

test('otherwise it is a fault with its length and place', async () => {
  const { error } = await exported({ source: bytes([line('1') + HOLE + line('2')]), format: 'ndjson' });
  expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', byteOffset: 11, line: 2, recordIndex: 1 });
  expect(error?.message).toContain('a hole of 4096 NUL bytes');
});
