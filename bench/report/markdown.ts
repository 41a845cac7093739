/** Markdown tables and rounded numbers. */

/** A table; numbers are aligned right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const numeric = head.map((_, column) => column > 0 && rows.every((row) => /^[\d., x-]*$/.test(String(row[column]))));
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => (numeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(texts[0]), `| ${rule.join(' | ')} |`, ...texts.slice(1).map(line)].join('\n');
}

/** A rate or a time: three digits, or an integer. */
export function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** A ratio; near one it has two decimals, which may decide a target. */
export function roundedRatio(value: number): string {
  if (value < 2) return value.toFixed(2);
  return value < 20 ? value.toFixed(1) : String(Math.round(value));
}

/** The range from minimum to maximum. */
export function spread(numbers: readonly number[], round: (value: number) => string): string {
  return `${round(Math.min(...numbers))}-${round(Math.max(...numbers))}`;
}
