/** `npm run bench:service`: the resident set of `sluice serve` during ten concurrent exports of 500 MB, and one alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../src/client/create-client.js';
import type { RemoteJob } from '../src/client/remote-job.js';
import { memberAt } from '../src/options/json-members.js';
import { SEED, WANTED, withFacts, withFolder } from './input.js';
import { ROOT } from './settings.js';

const MEGABYTES = Number(process.env.BENCH_SERVICE_MB ?? 500);
const EXPORTS = 10;

/** Milliseconds between samples of the resident set. */
const SAMPLE_MS = 100;

const BODY = {
  params: {
    query: { filters: { typesCriterion: [WANTED] } },
    fields: { attributes: ['_ALL'] },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
  // Equal names give equal results equal digests.
  fileName: 'bench',
};

/** The resident set during exports, in MiB. */
interface Measured {
  readonly exports: number;
  readonly seconds: number;
  readonly before: number;
  readonly samples: readonly number[];
}

await withFolder(async (folder, signal) => {
  const source = join(folder, 'catalog.ndjson');
  const { chunks, facts } = withFacts({ seed: SEED, form: 'lines', bytes: MEGABYTES * 1_000_000 });
  await pipeline(chunks, createWriteStream(source));
  const measured: Measured[] = [];
  for (const exports of [1, EXPORTS]) {
    const { child, client } = await serve(folder, source, exports);
    signal.addEventListener('abort', () => child.kill('SIGKILL'));
    try {
      measured.push(await measure(child, client, exports, facts().byType[WANTED]));
    } finally {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  }
  process.stdout.write(table(measured));
});

/** A service in its own process, on a free port. */
async function serve(
  folder: string,
  source: string,
  exports: number,
): Promise<{ readonly child: ChildProcess; readonly client: Client }> {
  const flags = [
    '--no-auth',
    '--port',
    '0',
    '--quiet',
    '--concurrency',
    String(EXPORTS),
    '--max-running',
    String(EXPORTS),
  ];
  const dataDir = join(folder, `data-${exports}`);
  const main = join(ROOT, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, 'serve', source, '--data-dir', dataDir, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The service prints a complete call of itself.
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  const server = /http:\/\/[^/ ]+/.exec(line)?.[0];
  if (server === undefined) throw new Error(`the service said: ${line}`);
  return { child, client: createClient({ server }) };
}

async function measure(child: ChildProcess, client: Client, exports: number, entities: number): Promise<Measured> {
  const before = await residentMebibytes(child);
  const start = Date.now();
  let running = true;
  const ended = runExports(client, exports).finally(() => {
    running = false;
  });
  ended.catch(() => {});
  const looks: { readonly at: number; readonly mebibytes: number }[] = [];
  while (running) {
    looks.push({ at: Date.now(), mebibytes: await residentMebibytes(child) });
    await sleep(SAMPLE_MS);
  }
  const jobs = await ended;
  const wrong = jobs.filter(({ state, progress }) => state !== 'completed' || progress.written !== entities);
  const results = new Set(jobs.map(({ files, receipt }) => JSON.stringify([files, memberAt(receipt, 'files')])));
  if (jobs.length !== exports || wrong.length > 0 || results.size !== 1) {
    throw new Error('some exports have wrong results');
  }
  // The end is the time that the service states; polling would find it late.
  const end = Math.max(...jobs.map(({ endedAt = '' }) => Date.parse(endedAt)));
  const samples = looks.filter(({ at }) => at <= end).map(({ mebibytes }) => mebibytes);
  return { exports, seconds: (end - start) / 1000, before, samples };
}

/** Submits all jobs at once and waits until they have ended. */
async function runExports(client: Client, exports: number): Promise<readonly RemoteJob[]> {
  const sent = await Promise.all(Array.from({ length: exports }, () => client.submit(BODY, { respondAsync: true })));
  const ids = sent.flatMap((one) => (one.kind === 'job' ? [one.id] : []));
  return Promise.all(ids.map((id) => client.waitFor(id)));
}

async function residentMebibytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function table(measured: readonly Measured[]): string {
  const rows = measured.map(({ exports, seconds, before, samples }) => {
    const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(share * samples.length))];
    const shares = [0.1, 0.25, 0.5, 0.75, 1].map((share) => at(share).toFixed(0));
    const rate = ((exports * MEGABYTES) / seconds).toFixed(0);
    const cells = [exports, before.toFixed(0), ...shares, Math.max(...samples).toFixed(0), seconds.toFixed(1), rate];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    `Resident set of sluice serve in MiB, exports of ${MEGABYTES} MB at once, Node ${process.versions.node}:`,
    '',
    '| exports | idle | 10 % of the time | 25 % | 50 % | 75 % | 100 % | highest | seconds | MB/s |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  return `${[...head, ...rows].join('\n')}\n`;
}
