/** Some members of the elements of one huge array: sluice, and what takes them apart without holding the whole of it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import chain from 'stream-chain';
import { parser } from 'stream-json/parser.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { exportEntities } from '../src/export/run-export.js';
import { flatLines } from './flat-lines.js';
import type { Inputs } from './input.js';
import { ARRAY } from './names.js';
import { commandVersion, countLines } from './peers/commands.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { MEGABYTES, SLOW_MEGABYTES } from './settings.js';

/** Elements that cost at least so much stay. */
const LEAST = 500;

/** Each element on its own, without the array in memory; as jq's manual says. */
const JQ = `fromstream(1 | truncate_stream(inputs)) | select(.price >= ${LEAST}) | {id, price, category}`;

/** An array of flat elements. */
interface ArrayFile {
  readonly path: string;
  readonly bytes: number;
  /** Elements that stay. */
  readonly entities: number;
}

/** Measures the array, and its slow readers on a shorter one. */
export async function benchArray({ folder }: Inputs): Promise<Section> {
  const large = await writeArray(join(folder, 'array.json'), MEGABYTES);
  const small = await writeArray(join(folder, 'array-small.json'), SLOW_MEGABYTES);
  const contender = (name: string, file: ArrayFile, work: (path: string) => Promise<Outcome>): Promise<Contender> =>
    proven({ name, inputBytes: file.bytes, work: () => work(file.path) }, ({ entities }) => {
      if (entities !== file.entities) throw new Error(`${name}: ${entities} entities, not ${file.entities}`);
    });
  const hasJq = commandVersion('jq') !== undefined;
  return raceSection(
    [
      await contender(ARRAY.ours, large, exported),
      await contender(ARRAY.whole, large, parsedWhole),
      await contender(ARRAY.duckdb, large, byDuckdb),
      await contender(ARRAY.streamJson, small, byStreamJson),
      ...(hasJq
        ? [await contender(ARRAY.jqStream, small, (path) => countLines('jq', ['-cn', '--stream', JQ, path]))]
        : []),
    ],
    hasJq ? [] : ['jq: not installed'],
  );
}

async function writeArray(path: string, megabytes: number): Promise<ArrayFile> {
  const facts = { entities: 0, bytes: 0 };
  let entities = 0;
  await pipeline(asArray(flatLines(megabytes * 1_000_000, facts)), createWriteStream(path));
  // As many bytes as the lines: a comma or bracket for each newline, and one bracket more.
  return { path, bytes: facts.bytes + 1, entities };

  /** The lines as elements of one array, without a line end. */
  async function* asArray(chunks: Iterable<Buffer>): AsyncGenerator<string> {
    let before = '[';
    for (const chunk of chunks) {
      const lines = chunk.toString().trimEnd().split('\n');
      for (const line of lines) if (JSON.parse(line).price >= LEAST) entities++;
      yield before + lines.join(',');
      before = ',';
    }
    yield ']';
  }
}

async function exported(source: string): Promise<Outcome> {
  const request = { criteria: { fields: { price: { gte: LEAST } } }, fields: { include: ['id', 'price', 'category'] } };
  const stream = exportEntities({ source, request, input: 'array', format: 'ndjson' });
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return { entities: (await stream.receipt).written, bytes };
}

/** Of an element, what is used by hand. */
interface Flat {
  readonly id: unknown;
  readonly price: number;
  readonly category: unknown;
}

function isFlat(value: unknown): value is Flat {
  return typeof value === 'object' && value !== null && 'price' in value;
}

/** The text that stays of elements, as lines. */
function linesOf(elements: Iterable<Flat>): Outcome {
  let text = '';
  let entities = 0;
  for (const { id, price, category } of elements) {
    if (price < LEAST) continue;
    entities++;
    text += `${JSON.stringify({ id, price, category })}\n`;
  }
  return { entities, bytes: Buffer.byteLength(text) };
}

async function parsedWhole(path: string): Promise<Outcome> {
  const all: readonly Flat[] = JSON.parse(await readFile(path, 'utf8'));
  return linesOf(all);
}

async function byStreamJson(path: string): Promise<Outcome> {
  const outcome = { entities: 0, bytes: 0 };
  const elements = chain([createReadStream(path), parser({ packValues: true, streamValues: false }), streamArray()]);
  for await (const { value } of elements) {
    const { entities, bytes } = linesOf(isFlat(value) ? [value] : []);
    outcome.entities += entities;
    outcome.bytes += bytes;
  }
  return outcome;
}

async function byDuckdb(path: string): Promise<Outcome> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run('SET threads=1');
    const select = `SELECT id, price, category FROM read_json('${path}', format='array') WHERE price >= ${LEAST}`;
    return { entities: (await connection.run(`COPY (${select}) TO '${devNull}' (FORMAT json)`)).rowsChanged, bytes: 0 };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
