/** A workbook in the platform's layout holds what the table of text holds. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExportOptions } from '../../../src/export/export-options.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { bytes } from '../../../src/sources/bytes.js';
import { entities, jsonOf } from '../../naive/dsv.js';
import { numberOf, sheetsOf } from '../../naive/workbook.js';
import { runs } from '../../runs.js';

async function exported(text: string, options: Omit<ExportOptions, 'source'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of exportEntities({ source: bytes([text]), ...options })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first columns: action and type, which further rows leave out, and the name, which is never empty. */
const NOT_COMPARED = new Set(['Action', 'Type', 'Name']);

/** The cells of each row but those that differ by design, as sorted texts; of a number, its value counts. */
function contents(headers: readonly unknown[], rows: readonly (readonly unknown[])[]): readonly (readonly string[])[] {
  const same = (cell: unknown) => {
    const text = String(cell).toWellFormed().replaceAll('\0', '\ufffd');
    return /^-?\d/.test(text) && numberOf(text) !== undefined ? String(numberOf(text)) : text;
  };
  const skipped = headers.flatMap((header, column) => (NOT_COMPARED.has(String(header)) ? [column] : []));
  return rows.map((row) =>
    row
      .filter((cell, column) => cell !== null && cell !== '' && !skipped.includes(column))
      .map(same)
      .toSorted(),
  );
}

test('entities and relationships have equal cells in both', async () => {
  await fc.assert(
    fc.asyncProperty(entities, async (all) => {
      const text = all.map((entity) => `${jsonOf(entity)}\n`).join('');
      const layout = 'entities' as const;
      const marks = { delimiter: '\u0001', quote: '\u0002', relationshipSeparator: '\u0003' };
      const csv = await exported(text, { format: 'dsv', dsv: { layout, guardFormulas: false, ...marks } });
      const options = { delimiter: marks.delimiter, quote: marks.quote, escape: marks.quote, relax_column_count: true };
      const lines: string[][] = parse(csv, { ...options, record_delimiter: '\r\n' });
      const at = lines.findIndex((line) => line.length === 1 && line[0] === marks.relationshipSeparator);
      const end = at < 0 ? lines.length : at;
      const sheets = await sheetsOf(await exported(text, { format: 'xlsx', dsv: { layout } }));
      const [, headers = [], ...rows] = sheets.get('Entities') ?? [];
      expect(contents(headers, rows)).toEqual(contents(lines[0], lines.slice(1, end)));
      const [, relatedHeaders = [], ...related] = sheets.get('Relationships') ?? [];
      expect(contents(relatedHeaders, related)).toEqual(contents(lines[end + 1] ?? [], lines.slice(end + 2)));
    }),
    runs(60),
  );
});
