/**
 * `npm run bench:fairness`: what other clients of `sluice serve` notice while one tenant keeps it busy: how long the
 * process takes to start, to answer `/healthz` while four big exports run, and to start a tiny job of another tenant.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../src/client/create-client.js';
import { catalogChunks } from '../src/generate/catalog.js';
import { SEED, WANTED, withFolder } from './input.js';
import { ROOT } from './settings.js';

const MEGABYTES = Number(process.env.BENCH_FAIRNESS_MB ?? 300);

/** Jobs of the busy tenant that wait besides those that run. */
const FLOOD = 12;

/** Exports that run at once. */
const RUNNING = 4;

/** Milliseconds between two requests for the health. */
const EVERY_MS = 20;

/** Tiny jobs of the other tenant, and the milliseconds between them. */
const TINY = 5;
const TINY_EVERY_MS = 700;

/** How the big exports look at the entities. */
const BIG: Readonly<Record<string, object>> = {
  'of a type': { params: { query: { filters: { typesCriterion: [WANTED] } } } },
  'by keywords': {
    params: {
      query: {
        filters: { typesCriterion: ['_ALL'], keywordsCriterion: { keywords: 'zebra quantum', operator: '_OR' } },
      },
    },
  },
  'to a table': {
    params: {
      query: { filters: { typesCriterion: [WANTED] } },
      rsconnect: { profiles: ['downloadDataDSV'] },
      fields: { attributes: ['color', 'size', 'mdmid'] },
    },
  },
};

const TINY_REQUEST = {
  params: { query: { filters: { typesCriterion: [WANTED] } }, options: { maxRecords: 10 } },
};

const AGENT = new Agent({ keepAlive: true });

/** A service in its own process. */
interface Service {
  readonly child: ChildProcess;
  readonly server: string;
  readonly busy: Client;
  readonly other: Client;
  /** Milliseconds from the start of the process to its address. */
  readonly startMs: number;
}

await withFolder(async (folder, signal) => {
  const source = join(folder, 'catalog.ndjson');
  const size = { seed: SEED, form: 'lines', bytes: MEGABYTES * 1_000_000 } as const;
  await pipeline(catalogChunks(size), createWriteStream(source));
  const lines: string[] = [];
  for (const [name, request] of Object.entries(BIG)) {
    const service = await serve(folder, name, source);
    signal.addEventListener('abort', () => service.child.kill('SIGKILL'));
    try {
      lines.push(`| ${[name, ...(await measure(service, request))].join(' | ')} |`);
    } finally {
      service.child.kill('SIGKILL');
      await once(service.child, 'close');
    }
  }
  const head = [
    `sluice serve, ${RUNNING} exports of ${MEGABYTES} MB running and ${FLOOD} queued, Node ${process.versions.node}, ms:`,
    '',
    '| exports | start of the process | /healthz p50 | p99 | longest | idle p99 | tiny job of another tenant starts: p50 | longest | and ends: longest |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  process.stdout.write(`${[...head, ...lines].join('\n')}\n`);
});

async function serve(folder: string, name: string, source: string): Promise<Service> {
  const flags = ['--token', 'busy=$BUSY', '--token', 'other=$OTHER', '--port', '0', '--quiet'];
  const main = join(ROOT, 'dist', 'cli', 'main.js');
  const dataDir = join(folder, name.replaceAll(' ', '-'));
  const tokens = { BUSY: 'busy-token-of-the-bench', OTHER: 'other-token-of-the-bench' };
  const start = performance.now();
  const child = spawn(process.execPath, [main, 'serve', source, '--data-dir', dataDir, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...tokens },
  });
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  const server = /http:\/\/[^/ ]+/.exec(line)?.[0];
  if (server === undefined) throw new Error(`the service said: ${line}`);
  await health(server);
  const startMs = performance.now() - start;
  const client = (token: string) => createClient({ server, token });
  return { child, server, startMs, busy: client(tokens.BUSY), other: client(tokens.OTHER) };
}

async function measure({ server, busy, other, startMs }: Service, request: object): Promise<readonly string[]> {
  const idle = await healthDuring(server, sleep(1000));
  for (let index = 0; index < RUNNING + FLOOD; index++) await busy.submit(request, { respondAsync: true });
  await sleep(500);
  const tiny: { starts: number; ends: number }[] = [];
  const times = await healthDuring(server, submitTiny(other, tiny));
  const starts = tiny.map((one) => one.starts);
  return [
    startMs,
    at(times, 0.5),
    at(times, 0.99),
    at(times, 1),
    at(idle, 0.99),
    at(starts, 0.5),
    at(starts, 1),
    at(
      tiny.map((one) => one.ends),
      1,
    ),
  ].map((ms) => ms.toFixed(ms < 10 ? 1 : 0));
}

async function submitTiny(client: Client, tiny: { starts: number; ends: number }[]): Promise<void> {
  for (let index = 0; index < TINY; index++) {
    await sleep(TINY_EVERY_MS);
    const sent = await client.submit(TINY_REQUEST, { respondAsync: true });
    if (sent.kind !== 'job') throw new Error('the service returned no job');
    const { state, createdAt = '', startedAt = '', endedAt = '' } = await client.waitFor(sent.id);
    if (state !== 'completed') throw new Error(`a tiny job is ${state}`);
    const since = (time: string) => Date.parse(time) - Date.parse(createdAt);
    tiny.push({ starts: since(startedAt), ends: since(endedAt) });
  }
}

/** Milliseconds of each request for the health until the work has ended. */
async function healthDuring(server: string, work: Promise<unknown>): Promise<readonly number[]> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  ended.catch(() => {});
  const times: number[] = [];
  while (!over) {
    const start = performance.now();
    await health(server);
    times.push(performance.now() - start);
    await sleep(EVERY_MS);
  }
  await ended;
  return times;
}

function health(server: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(`${server}/healthz`, { agent: AGENT }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`/healthz answers ${response.statusCode}`));
      response.resume().once('end', resolve);
    });
    asked.once('error', reject);
  });
}

function at(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
