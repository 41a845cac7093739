/** Batches of excerpts, for stages to which these are as good as the entities. */
import { type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import { excerptWidth } from '../terms/excerpts.js';

/** The batch with excerpts in place of its entities; undefined if it has none, or none with all of these members. */
export function excerptBatch(batch: ByteBatch, names: readonly string[] | undefined): ByteBatch | undefined {
  const { excerpts, count } = batch;
  if (!names || !excerpts || !names.every((name) => excerpts.names.includes(name))) return undefined;
  const { bytes, records } = excerpts;
  const width = excerptWidth(excerpts.names);
  const rows = new Int32Array(count * ROW_WIDTH).fill(-1);
  for (let position = 0; position < count; position++) {
    const row = position * ROW_WIDTH;
    const record = position * width;
    rows[row + START] = records[record + START];
    rows[row + END] = records[record + END];
    rows[row + ORDINAL] = batch.rows[row + ORDINAL];
  }
  return { ...batch, bytes, rows, knownLine: undefined, located: [] };
}
