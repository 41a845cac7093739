/** Workbooks as another reader sees them, and cells built naively. */
import { readXlsx } from 'hucre/xlsx';

type Cell = string | number | boolean | null;

/** The cells of each sheet by its name, row by row. */
export async function sheetsOf(file: Uint8Array): Promise<ReadonlyMap<string, readonly (readonly Cell[])[]>> {
  const { sheets } = await readXlsx(file);
  return new Map(
    sheets.map(({ name, rows }) => [
      name,
      rows.map((row) =>
        row.map((cell) => {
          if (cell instanceof Date) throw new Error('no cell is a date');
          return cell;
        }),
      ),
    ]),
  );
}

/** The rows of a sheet without the empty cells at their ends. */
export async function rowsOf(file: Uint8Array, sheet: string): Promise<readonly (readonly Cell[])[]> {
  const rows = (await sheetsOf(file)).get(sheet);
  if (!rows) throw new Error(`there is no sheet ${sheet}`);
  return rows.map((row) => row.slice(0, row.findLastIndex((cell) => cell !== null) + 1));
}

/** The number that a cell holds; undefined where it would lose a digit, its sign or its size, and is a text. */
export function numberOf(text: string): number | undefined {
  const number = Number(text);
  const digits = text.split(/e/i)[0].replace(/[-.]/g, '').replace(/^0+/, '').length;
  if (digits === 0) return text.startsWith('-') ? undefined : 0;
  const size = Math.abs(number);
  return digits <= 15 && size > 2.225e-308 && size < 1e308 ? number : undefined;
}
