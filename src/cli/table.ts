/** Tables on standard output. */
import { escaped } from '../terms/shown-text.js';

/**
 * One line per row, under a head.
 * @param right from which column on cells are aligned to the right; default none
 */
export function tableOf(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  right = Number.POSITIVE_INFINITY,
): string {
  const rows = [head, ...cells.map((row) => row.map(escaped))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column >= right ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
