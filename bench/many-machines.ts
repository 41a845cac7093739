/**
 * `npm run bench:machines`: a service, workers and a database on this machine. It runs jobs with one, two and four
 * workers of one core each, and says what a job takes of each part; then many jobs while workers are killed, and compares each result with the same export by the command.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../src/client/create-client.js';
import type { RemoteJob } from '../src/client/remote-job.js';
import { postgresBinaries, startPostgres } from '../test/servers/postgres-server.js';
import { withFolder } from './input.js';
import { costMeter } from './machines/cost-meter.js';
import { type FilledTable, fillTable } from './machines/fill-table.js';
import { runCommand, type SluiceProcess, startProcess } from './machines/sluice-process.js';

/** Size of the work; smaller for a quick run. */
const ENTITIES = Number(process.env.MACHINES_ENTITIES ?? 1_000_000);
const JOBS = Number(process.env.MACHINES_JOBS ?? 50);
const JOB_MEGABYTES = Number(process.env.MACHINES_JOB_MB ?? 200);

/** Jobs that are timed, without kills. */
const TIMED_JOBS = Number(process.env.MACHINES_TIMED_JOBS ?? 10);

/** Milliseconds between two kills: the first, plus up to the second. */
const KILL_EVERY_MS = 2000;
const KILL_SPREAD_MS = 3000;

/** A request for a part of the table, with its own file name. The parts have about equal sizes. */
interface JobRequest {
  readonly request: object;
  readonly fileName: string;
}

/** Ended jobs, with the time they took. */
interface Done {
  readonly jobs: readonly RemoteJob[];
  readonly seconds: number;
}

/** The processes of one run. */
interface Machines {
  readonly client: Client;
  readonly service: SluiceProcess;
  readonly workers: SluiceProcess[];
  startWorker(): SluiceProcess;
  stop(): Promise<void>;
}

const binaries = postgresBinaries();
if (binaries === undefined) throw new Error('the programs of PostgreSQL are not installed');
const database = await startPostgres(binaries);
try {
  await withFolder(async (folder, signal) => {
    signal.addEventListener('abort', () => void database.stop());
    const table = await fillTable(database.url, ENTITIES);
    say(`${table.entities} entities of ${Math.round(table.bytes / table.entities)} bytes in ${table.name}`);
    const requested = requestsFor(table);
    const truth = await exportedOnce(folder, table, requested);
    for (const workers of [1, 2, 4]) {
      let costs = '';
      const done = await withMachines(folder, table, workers, async (machines) => {
        const read = await costMeter(table.url, database.pid, machines);
        const ran = await runJobs(machines.client, requested, TIMED_JOBS);
        costs = await read(TIMED_JOBS);
        return ran;
      });
      await compare(done, requested, truth);
      say(`${TIMED_JOBS} jobs with ${workers} worker(s) of one core each: ${rateOf(done)}; a job takes ${costs}`);
    }
    let kills = 0;
    const done = await withMachines(folder, table, 2, async (machines) => {
      const running = runJobs(machines.client, requested, JOBS);
      kills = await killWhile(running, machines);
      return running;
    });
    await compare(done, requested, truth);
    const attempts = done.jobs.map(({ attempts: count = 0 }) => count);
    say(
      `${JOBS} jobs with 2 workers over ${kills} kills: ${rateOf(done)}; all completed, bytes as by the command; ` +
        `attempts of a job: ${Math.min(...attempts)} to ${Math.max(...attempts)}, ${attempts.reduce((a, b) => a + b)} in all`,
    );
  });
} finally {
  await database.stop();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Requests that differ in type and size. */
function requestsFor({ entities, bytes }: FilledTable): readonly JobRequest[] {
  const records = Math.round((JOB_MEGABYTES * 1_000_000) / (bytes / entities));
  return [['_ALL'], ['product'], ['sku'], ['product', 'image'], ['sku', 'image']].map((types, index) => {
    const fileName = `part-${index + 1}`;
    const query = { filters: { typesCriterion: types } };
    const fields = { attributes: ['_ALL'], relationships: ['_ALL'] };
    return { fileName, request: { params: { query, fields, options: { maxRecords: records + index } }, fileName } };
  });
}

/** Runs the same exports by the command, one after the other; returns digests by file name. */
async function exportedOnce(
  folder: string,
  table: FilledTable,
  requested: readonly JobRequest[],
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const start = Date.now();
  for (const { request, fileName } of requested) {
    const out = join(folder, `${fileName}.zip`);
    await runCommand(folder, ['export', table.url, '--table', table.name, '--quiet', '-o', out], request);
    digests.set(fileName, await digestOf(out));
  }
  const seconds = (Date.now() - start) / 1000;
  const rate = (requested.length * JOB_MEGABYTES) / seconds;
  say(
    `${requested.length} exports of ${JOB_MEGABYTES} MB by the command, one after the other: ${rate.toFixed(0)} MB/s`,
  );
  return digests;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Runs a service and workers over the database and a new folder. */
async function withMachines(
  folder: string,
  table: FilledTable,
  workers: number,
  act: (machines: Machines) => Promise<Done>,
): Promise<Done> {
  const results = join(folder, 'results');
  await mkdir(results, { recursive: true });
  const where = ['--postgres', table.url, '--results', results, '--max-running', '8', '--quiet'];
  const service = startProcess(folder, ['serve', '--no-auth', '--port', '0', ...where]);
  const machines: Machines = {
    client: createClient({ server: await service.server(), retry: { retries: 20 } }),
    service,
    workers: [],
    startWorker() {
      const core = this.workers.length % availableParallelism();
      const worker = startProcess(
        folder,
        ['work', table.url, '--table', table.name, '--concurrency', '2', '--slice', '16MB', ...where],
        core,
      );
      this.workers.push(worker);
      return worker;
    },
    async stop() {
      await Promise.all([...this.workers, service].map((one) => one.end('SIGTERM')));
    },
  };
  try {
    for (let count = 0; count < workers; count++) machines.startWorker();
    return await act(machines);
  } finally {
    await machines.stop();
  }
}

/** Submits all jobs at once and waits for them. */
async function runJobs(client: Client, requested: readonly JobRequest[], count: number): Promise<Done> {
  const start = Date.now();
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const sent = await client.submit(requested[index % requested.length].request, { respondAsync: true });
    if (sent.kind !== 'job') throw new Error('the service returned no job');
    ids.push(sent.id);
  }
  const jobs = await Promise.all(ids.map((id) => client.waitFor(id)));
  const end = Math.max(...jobs.map(({ endedAt = '' }) => Date.parse(endedAt)));
  return { jobs, seconds: (end - start) / 1000 };
}

/** Kills workers one after the other, replacing each, until the jobs have ended. */
async function killWhile(running: Promise<unknown>, machines: Machines): Promise<number> {
  let over = false;
  const ended = running.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  let kills = 0;
  for (;;) {
    await Promise.race([ended, sleep(KILL_EVERY_MS + Math.random() * KILL_SPREAD_MS)]);
    if (over) return kills;
    const victim = machines.workers.splice(kills % machines.workers.length, 1)[0];
    await victim.end('SIGKILL');
    kills++;
    machines.startWorker();
  }
}

/** Checks that every job completed, with the result of the command. */
async function compare(
  { jobs }: Done,
  requested: readonly JobRequest[],
  truth: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [index, { state, files, id }] of jobs.entries()) {
    const { fileName } = requested[index % requested.length];
    if (state !== 'completed') throw new Error(`job ${id} is ${state}`);
    if (files[0]?.sha256 !== truth.get(fileName)) throw new Error(`job ${id} has different bytes than the command`);
  }
}

function rateOf({ jobs, seconds }: Done): string {
  return `${((jobs.length * JOB_MEGABYTES) / seconds).toFixed(0)} MB/s, ${seconds.toFixed(1)} s`;
}
