/** Files that were joined with their byte order marks: the fault names the mark, at its line and byte. */
import { expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { exported } from '../sources/outcome.js';

const ONE = '\ufeff{"id":"1"}';
const PRETTY = '\ufeff{\n"id":"1"}';

test.each([
  ['lines', `${ONE}\n${ONE}\n`, 2, 14],
  ['lines, the last without an end', `${ONE}${ONE}\n`, 1, 13],
  ['arrays', '\ufeff[{"id":"1"}]\n\ufeff[{"id":"2"}]', 2, 16],
  ['pretty-printed values', `${PRETTY}\n${PRETTY}`, 3, 15],
])('%s', async (_, text, line, byteOffset) => {
  for (const size of [1, 5, 100]) {
    const pieces = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(pieces.length / size) }, (_, at) =>
      pieces.subarray(at * size, (at + 1) * size),
    );
    const { error, receipt } = await exported({ source: bytes(chunks), format: 'ndjson' });
    expect(receipt).toBeUndefined();
    expect(error).toMatchObject({ line, byteOffset });
    expect(error?.message).toContain('a byte order mark');
  }
});
