/** Flat entities to a table: sluice, the code that a user would write, and DuckDB. */
import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';
import { exportEntities } from '../src/export/run-export.js';
import { flatLines } from './flat-lines.js';
import type { Inputs } from './input.js';
import { TABLES } from './names.js';
import { forWholeLines } from './peers/whole-lines.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { MEGABYTES } from './settings.js';

/** Measures all rows; the tables go to a null sink. */
export async function benchTables({ folder }: Inputs): Promise<Section> {
  const path = join(folder, 'flat.ndjson');
  const facts = { entities: 0, bytes: 0 };
  await pipeline(flatLines(MEGABYTES * 1_000_000, facts), createWriteStream(path));
  const contender = (name: string, work: () => Promise<Outcome>, close?: () => void): Promise<Contender> =>
    proven({ name, inputBytes: facts.bytes, work, ...(close ? { close } : {}) }, ({ entities }) => {
      if (entities !== facts.entities) throw new Error(`${name}: ${entities} rows, not ${facts.entities}`);
    });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('SET threads=1');
  const copy = `COPY (SELECT * FROM read_json('${path}', format='newline_delimited')) TO '${devNull}' (FORMAT csv)`;
  return raceSection([
    await contender(TABLES.checked, () => exported(path, false)),
    await contender(TABLES.trusted, () => exported(path, true)),
    await contender(TABLES.split, () => byHand(path)),
    await contender(
      TABLES.duckdb,
      async () => ({ entities: (await connection.run(copy)).rowsChanged, bytes: 0 }),
      () => {
        connection.closeSync();
        instance.closeSync();
      },
    ),
  ]);
}

async function exported(source: string, trust: boolean): Promise<Outcome> {
  const stream = exportEntities({ source, trust, format: 'dsv', dsv: { layout: 'fields' } });
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return { entities: (await stream.receipt).written, bytes };
}

async function byHand(path: string): Promise<Outcome> {
  const outcome = { entities: 0, bytes: 0 };
  await forWholeLines(path, (lines) => {
    const rows: unknown[] = [];
    for (const line of lines.toString('utf8').split('\n')) if (line !== '') rows.push(JSON.parse(line));
    outcome.entities += rows.length;
    outcome.bytes += Buffer.byteLength(stringify(rows));
  });
  return outcome;
}
