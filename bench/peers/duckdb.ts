/** DuckDB in process with one thread: copies the raw lines of the selection by SQL. */
import { readFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type InputFile, WANTED } from '../input.js';
import type { Contender } from '../race.js';

/**
 * Options that read and write raw lines: CSV without quotes, with a separator that JSON text cannot contain.
 */
const AS_IT_IS = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001'`;

/**
 * Copies to the null device. The length of a copy to a file is checked once; the rounds use DuckDB's own count.
 */
export async function duckdb(name: string, file: InputFile, folder: string): Promise<Contender> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('SET threads=1');
  const copy = async (to: string) =>
    (
      await connection.run(
        `COPY (SELECT json FROM read_json_objects(${quoted(file.path)}, format='newline_delimited') ` +
          `WHERE json->>'$.type' = ${quoted(WANTED)}) TO ${quoted(to)} (${AS_IT_IS})`,
      )
    ).rowsChanged;
  const { entities } = file.wanted;
  const bytes = file.wanted.bytes + entities;

  const proof = join(folder, 'duckdb-proof');
  const copied = await copy(proof);
  const { length } = await readFile(proof);
  if (copied !== entities || length !== bytes) throw new Error(`${name}: ${copied} lines, ${length} bytes`);
  return {
    name,
    inputBytes: file.bytes,
    expected: { entities, bytes },
    work: async () => ({ entities: await copy(devNull), bytes }),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
