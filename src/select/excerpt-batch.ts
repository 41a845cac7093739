/** Batches of excerpts, for stages to which these are as good as the entities. */
import { type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import { excerptWidth } from '../terms/excerpts.js';

/**
 * The batch with excerpts in place of its entities; undefined if it has none, or none with all of these members.
 * @param memory makes the table of rows; absent: the batch has its own
 */
export function excerptBatch(
  batch: ByteBatch,
  names: readonly string[] | undefined,
  memory: (words: number) => Int32Array = (words) => new Int32Array(words).fill(-1),
): ByteBatch | undefined {
  const { excerpts, count } = batch;
  if (!names || !excerpts || !names.every((name) => excerpts.names.includes(name))) return undefined;
  const { bytes, records } = excerpts;
  const width = excerptWidth(excerpts.names);
  const rows = memory(count * ROW_WIDTH);
  for (let position = 0; position < count; position++) {
    const row = position * ROW_WIDTH;
    const record = position * width;
    rows[row + START] = records[record + START];
    rows[row + END] = records[record + END];
    rows[row + ORDINAL] = batch.rows[row + ORDINAL];
  }
  return { ...batch, bytes, rows, knownLine: undefined, located: [] };
}

/** Memory for the rows of batches of excerpts of which each is used up before the next one is made. */
export function reusedRows(): (words: number) => Int32Array {
  let rows = new Int32Array(0);
  return (words) => {
    // Other columns than those that are written stay empty.
    if (rows.length < words) rows = new Int32Array(2 * words).fill(-1);
    return rows.subarray(0, words);
  };
}
