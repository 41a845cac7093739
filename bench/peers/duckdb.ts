/** DuckDB: copies the raw lines of the selection by SQL. */
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

/** DuckDB in memory, with so many threads. */
async function connect(threads: number) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET threads=${threads}`);
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The statement that copies the selection of a file. */
function copyStatement(from: string, to: string): string {
  return (
    `COPY (SELECT json FROM read_json_objects(${quoted(from)}, format='newline_delimited') ` +
    `WHERE json->>'$.type' = ${quoted(WANTED)}) TO ${quoted(to)} (${AS_IT_IS})`
  );
}

/** Copies the selection to the null device once, with so many threads; returns the number of lines. */
export async function copyByDuckdb(path: string, threads: number): Promise<number> {
  const { connection, close } = await connect(threads);
  const { rowsChanged } = await connection.run(copyStatement(path, devNull));
  close();
  return rowsChanged;
}

/**
 * Copies to the null device. The length of a copy to a file is checked once; the rounds use DuckDB's own count.
 */
export async function duckdb(name: string, file: InputFile, folder: string): Promise<Contender> {
  const { connection, close } = await connect(1);
  const copy = async (to: string) => (await connection.run(copyStatement(file.path, to))).rowsChanged;
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
    close,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
