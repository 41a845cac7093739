/** Tables on standard output. */
import { escaped } from '../terms/shown-text.js';

/** Columns that are aligned to the right: from this one on, up to but not including that one. */
export interface RightColumns {
  readonly from: number;
  /** Default: all further ones. */
  readonly to?: number;
}

/** The lines of a table: one for each row, under a head. */
export function tableLines(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  { from, to = head.length }: RightColumns = { from: head.length },
): readonly string[] {
  const rows = [head, ...cells.map((row) => row.map(escaped))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column >= from && column < to ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** The same as one text. */
export function tableOf(head: readonly string[], cells: readonly (readonly string[])[], right?: RightColumns): string {
  return `${tableLines(head, cells, right).join('\n')}\n`;
}
