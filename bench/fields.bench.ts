/** A projection by paths and a condition by path on flat entities: sluice, the code by hand, jq and DuckDB. */
import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { exportEntities } from '../src/export/run-export.js';
import type { ExportRequest } from '../src/terms/request.js';
import { flatLines } from './flat-lines.js';
import type { Inputs } from './input.js';
import { FIELDS } from './names.js';
import { commandVersion, countLines } from './peers/commands.js';
import { forWholeLines } from './peers/whole-lines.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { MEGABYTES } from './settings.js';

/** The condition, which half of the entities meet, and the paths that stay. */
const WHERE: ExportRequest = { criteria: { fields: { price: { gte: 500 } } } };
const PATHS: ExportRequest = { fields: { include: ['id', 'price', 'category'] } };

/** Measures entities of about 300 bytes. */
export function benchSmallFields({ folder }: Inputs): Promise<Section> {
  return benchFields(join(folder, 'flat-300.ndjson'), 0);
}

/** Measures entities of about 4 KB. */
export function benchLargeFields({ folder }: Inputs): Promise<Section> {
  return benchFields(join(folder, 'flat-4000.ndjson'), 90);
}

async function benchFields(path: string, more: number): Promise<Section> {
  const facts = { entities: 0, bytes: 0 };
  await pipeline(flatLines(MEGABYTES * 1_000_000, facts, more), createWriteStream(path));
  const { entities } = await byHand(path);
  const contender = (name: string, work: () => Promise<Outcome>, wanted = entities): Promise<Contender> =>
    proven({ name, inputBytes: facts.bytes, work }, (outcome) => {
      if (outcome.entities !== wanted) throw new Error(`${name}: ${outcome.entities} entities, not ${wanted}`);
    });
  const hasJq = commandVersion('jq') !== undefined;
  return raceSection(
    [
      await contender(FIELDS.both, () => exported(path, { ...WHERE, ...PATHS })),
      await contender(FIELDS.paths, () => exported(path, PATHS), facts.entities),
      await contender(FIELDS.where, () => exported(path, WHERE)),
      await contender(FIELDS.split, () => byHand(path)),
      await contender(FIELDS.duckdb, () => byDuckdb(path)),
      ...(hasJq ? [await contender(FIELDS.jq, () => byJq(path))] : []),
    ],
    hasJq ? [] : ['jq: not installed'],
  );
}

async function exported(source: string, request: ExportRequest): Promise<Outcome> {
  const stream = exportEntities({ source, request, input: 'lines', format: 'ndjson' });
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return { entities: (await stream.receipt).written, bytes };
}

/** Of an entity, what is used by hand. */
interface Flat {
  readonly id: unknown;
  readonly price: number;
  readonly category: unknown;
}

async function byHand(path: string): Promise<Outcome> {
  const outcome = { entities: 0, bytes: 0 };
  await forWholeLines(path, (lines) => {
    let text = '';
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { id, price, category }: Flat = JSON.parse(line);
      if (price < 500) continue;
      outcome.entities++;
      text += `${JSON.stringify({ id, price, category })}\n`;
    }
    outcome.bytes += Buffer.byteLength(text);
  });
  return outcome;
}

/** With its own instance, like a process of its own: columns and their types are found each time. */
async function byDuckdb(path: string): Promise<Outcome> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run('SET threads=1');
    const select = `SELECT id, price, category FROM read_json('${path}', format='newline_delimited') WHERE price >= 500`;
    return { entities: (await connection.run(`COPY (${select}) TO '${devNull}' (FORMAT json)`)).rowsChanged, bytes: 0 };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function byJq(path: string): Promise<Outcome> {
  return countLines('jq', ['-c', 'select(.price >= 500) | {id, price, category}', path]);
}
