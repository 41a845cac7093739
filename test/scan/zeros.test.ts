/** Runs of NUL bytes, as a crash leaves them: a fault at their place, within bounded memory. */
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { exported } from '../sources/outcome.js';

const FIRST = '{"id":"1","type":"t"}\n';
const LAST = '{"id":"2","type":"t"}\n';
const hole = (length: number) => '\0'.repeat(length);

describe('a run of zeros', () => {
  test.each([
    ['before a line', `${FIRST}${hole(5000)}${LAST}`, 'NOT_AN_ENTITY', FIRST.length],
    ['alone', `${FIRST}${hole(5000)}`, 'NOT_AN_ENTITY', FIRST.length],
    ['from the beginning', `${hole(5000)}\n${LAST}`, 'NOT_AN_ENTITY', 0],
    ['of more bytes than a line may have', `${FIRST}${hole(60_000)}${LAST}`, 'ENTITY_TOO_LARGE', FIRST.length],
  ])('%s', async (_where, text, code, byteOffset) => {
    for (const options of [{}, { request: { types: ['none'] } }, { trust: true }]) {
      const { error } = await exported({ source: bytes([text]), maxEntityBytes: 50_000, format: 'ndjson', ...options });
      expect(error).toMatchObject({ code, byteOffset });
      expect(error?.message).toContain('NUL bytes');
    }
  });

  test('within a string or between members is a fault, which can be skipped in lines', async () => {
    for (const text of [`{"id":"1${hole(100)}"}\n`, `{"id":"1",${hole(100)}"type":"t"}\n`, `{"id":"1"}${hole(9)}\n`]) {
      expect((await exported({ source: bytes([text, LAST]) })).error).toMatchObject({
        code: 'INVALID_JSON',
        recordIndex: 0,
      });
      const { receipt, output } = await exported({ source: bytes([text, LAST]), onError: 'skip', format: 'ndjson' });
      expect(receipt).toMatchObject({ read: 2, rejected: 1 });
      expect(output.toString()).toBe(LAST);
    }
  });
});
