/** A chain of deltas, and who applies them. */
import { type ExportOptions, exportEntities, type Receipt } from '../../src/index.js';
import { bytes } from '../../src/sources/bytes.js';

/** One state of a catalog, as lines. */
export type Lines = readonly string[];

/** Exports a state; the delta is the text of the result. */
export async function exported(
  lines: Lines,
  options: Omit<ExportOptions, 'source'> = {},
): Promise<{ readonly text: string; readonly receipt: Receipt }> {
  const source = bytes(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const stream = exportEntities({ source, format: 'ndjson', ...options });
  const text = (await stream.toBuffer()).toString();
  return { text, receipt: await stream.receipt };
}

/** What a reader of results has, by id and type or by id alone. */
export class Replica {
  readonly entities = new Map<string, string>();
  readonly #byType: boolean;
  readonly #idOf: (line: string) => unknown;

  /** @param idOf what it takes for the id; default the value that JSON.parse makes */
  constructor(byType: boolean, idOf = (line: string): unknown => JSON.parse(line).id) {
    this.#byType = byType;
    this.#idOf = idOf;
  }

  /** Applies a result: the last record of an entity counts. */
  apply(text: string): this {
    for (const line of text.split('\n').slice(0, -1)) {
      const { type, action } = JSON.parse(line);
      const id = this.#idOf(line);
      const key = JSON.stringify(this.#byType ? [id, type] : [id]);
      if (action === 'delete') this.entities.delete(key);
      else this.entities.set(key, line);
    }
    return this;
  }

  get sorted(): readonly string[] {
    return [...this.entities.values()].sort();
  }
}
