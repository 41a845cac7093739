/** Rows of PostgreSQL: sluice's source and complete exports, psql, the driver's streams, and parsed rows. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import QueryStream from 'pg-query-stream';
import { exportEntities } from '../src/export/run-export.js';
import { postgresEntities } from '../src/sources/postgres/postgres-entities.js';
import { postgresBinaries, startPostgres } from '../test/servers/postgres-server.js';
import type { Inputs } from './input.js';
import { type FilledTable, fillTable } from './machines/fill-table.js';
import { POSTGRES } from './names.js';
import { commandVersion, runCommand } from './peers/commands.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { POSTGRES_ENTITIES } from './settings.js';

/** Bytes read from the source at a time, as in exports. */
const READ_BYTES = 2 * 1024 * 1024;

/** Measures one table of a server started for it; skips all contenders without a server or psql. */
export async function benchPostgres({ folder }: Inputs): Promise<Section> {
  const binaries = postgresBinaries();
  if (binaries === undefined || commandVersion('psql') === undefined) {
    return { rows: [], skipped: ['all: PostgreSQL, or its psql, is not installed'], facts: {} };
  }
  const server = await startPostgres(binaries);
  try {
    const table = await fillTable(server.url, POSTGRES_ENTITIES);
    return await raceSection(await contenders(table, folder), [], { entities: table.entities, bytes: table.bytes });
  } finally {
    await server.stop();
  }
}

async function contenders(table: FilledTable, folder: string): Promise<readonly Contender[]> {
  const { url, name, entities, bytes } = table;
  const rows = `SELECT entity FROM ${name} ORDER BY position`;
  const whole = { entities, bytes };
  const ours = (connections: number) => postgresEntities({ connection: url, table: name, connections });
  const exporting = (file: string, connections: number) => async () => {
    const receipt = await exportEntities({ source: ours(connections), id: 'bench' }).toFile(join(folder, file), {
      overwrite: true,
    });
    return { entities: receipt.written, bytes: receipt.output.bytes };
  };
  const allCame = ({ entities: found }: Outcome) => {
    if (found !== entities) throw new Error(`${found} entities of ${entities}`);
  };
  const exact = (contender: string, work: () => Promise<Outcome>): Contender => {
    return { name: contender, inputBytes: bytes, expected: whole, work };
  };
  // Output that differs from PostgreSQL's bytes must have the right number of entities and be equal in each round.
  const other = (contender: string, work: () => Promise<Outcome>) =>
    proven({ name: contender, inputBytes: bytes, work }, allCame);
  return [
    exact(POSTGRES.psql, () => psql(url, `\\copy (${rows}) to '/dev/null'`, bytes)),
    await other(POSTGRES.parsed, () => parsedRows(url, rows)),
    await other(POSTGRES.copyStreams, () => copiedRows(url, rows)),
    exact(POSTGRES.drained(1), () => drained(ours(1))),
    exact(POSTGRES.drained(2), () => drained(ours(2))),
    exact(POSTGRES.lines, exporting('bench.ndjson', 1)),
    await other(POSTGRES.zip(1), exporting('bench.zip', 1)),
    await other(POSTGRES.zip(2), exporting('bench.zip', 2)),
  ];
}

/** psql reports the number of rows it copied; their bytes are discarded uncounted. */
async function psql(url: string, command: string, bytes: number): Promise<Outcome> {
  let said = '';
  await runCommand('psql', [url, '-c', command], (chunk) => {
    said += chunk.toString();
  });
  return { entities: Number(/^COPY (\d+)/.exec(said)?.[1]), bytes };
}

/** Rows parsed by the driver and stringified as lines. */
async function parsedRows(url: string, rows: string): Promise<Outcome> {
  return withClient(url, async (client) => {
    const outcome = { entities: 0, bytes: 0 };
    for await (const { entity } of client.query(new QueryStream(rows, [], { batchSize: 1000 }))) {
      outcome.entities++;
      outcome.bytes += Buffer.byteLength(JSON.stringify(entity)) + 1;
    }
    return outcome;
  });
}

/** The raw text of COPY, with its escapes. */
async function copiedRows(url: string, rows: string): Promise<Outcome> {
  return withClient(url, async (client) => {
    let bytes = 0;
    const stream = client.query(copyTo(`COPY (${rows}) TO STDOUT`));
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await once(stream, 'end');
    return { entities: stream.rowCount, bytes };
  });
}

/** Sluice's source alone: its lines into one buffer. */
async function drained(source: ReturnType<typeof postgresEntities>): Promise<Outcome> {
  const into = Buffer.allocUnsafeSlow(READ_BYTES);
  const outcome = { entities: 0, bytes: 0 };
  for await (const input of source.inputs(new AbortController().signal)) {
    if (input.kind !== 'bytes') throw new Error('rows come as bytes');
    for (let length = await input.read(into); length > 0; length = await input.read(into)) {
      outcome.bytes += length;
      outcome.entities += linesIn(into.subarray(0, length));
    }
    await input.close();
  }
  return outcome;
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) lines++;
  return lines;
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
