/** Small work: many exports of ten entities, in process, as jobs, and over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request as ask } from 'node:http';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { exportEntities } from '../src/export/run-export.js';
import { catalog } from '../src/generate/catalog.js';
import { openJobs } from '../src/jobs/open-jobs.js';
import { nullSink } from './forms.js';
import { type Inputs, SEED, WANTED } from './input.js';
import { SMALL } from './names.js';
import type { Timing } from './race.js';
import type { Section } from './section.js';
import { ROOT } from './settings.js';

/** Entities of the small catalog, about 42 KB. */
const ENTITIES = 10;

/** Operations of each kind that are timed, and those before them, in which code is compiled. */
const TIMES = 1500;
const WARMUP = 500;

/** Jobs or requests that are open at once. */
const AT_ONCE = 16;

const REQUEST = { types: [WANTED] };
const BODY = JSON.stringify({ params: { query: { filters: { typesCriterion: [WANTED] } } } });

/** Each row has the milliseconds of every operation; rates and delays of the event loop are facts. */
export async function benchSmall({ folder }: Inputs): Promise<Section> {
  const source = join(folder, 'small.ndjson');
  await writeFile(source, catalog({ seed: SEED, form: 'lines', entities: ENTITIES }).bytes);
  const zips = await each(SMALL.zip, async () => {
    const stream = exportEntities({ source, request: REQUEST, pack: 'zip' });
    await pipeline(stream, nullSink().stream);
    if ((await stream.receipt).written === 0) throw new Error('nothing was written');
  });
  const jobs = await openJobs({ dataDir: join(folder, 'small-jobs'), source, limits: { queued: 10 * AT_ONCE } });
  const tenant = jobs.forTenant('bench');
  const oneJob = async () => {
    const { job } = await tenant.submit({ request: REQUEST });
    const { state } = await tenant.waitFor(job.id);
    if (state !== 'completed') throw new Error(`a job is ${state}`);
  };
  const settled = await each(SMALL.job, oneJob);
  const together = await atOnce(oneJob);
  await jobs.close();
  const service = await serve(join(folder, 'small-service'), source);
  try {
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const oneRequest = () => post(service.port, agent);
    const alone = await each(SMALL.request, oneRequest);
    const requests = await atOnce(oneRequest);
    agent.destroy();
    return {
      rows: [zips, settled, alone],
      skipped: [],
      facts: {
        jobsPerSecond: together.perSecond,
        jobsDelayP99: together.delayP99,
        jobsDelayMax: together.delayMax,
        requestsPerSecond: requests.perSecond,
        serveStart: service.startMs,
      },
    };
  } finally {
    service.child.kill('SIGTERM');
    await once(service.child, 'close');
  }
}

/** One after the other. */
async function each(name: string, act: () => Promise<void>): Promise<Timing> {
  const ms: number[] = [];
  for (let index = -WARMUP; index < TIMES; index++) {
    const start = performance.now();
    await act();
    if (index >= 0) ms.push(Number((performance.now() - start).toPrecision(4)));
  }
  process.stderr.write('.');
  return { name, inputBytes: 0, ms };
}

/** Several at once. */
async function atOnce(
  act: () => Promise<void>,
): Promise<{ readonly perSecond: number; readonly delayP99: number; readonly delayMax: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  let left = TIMES;
  const lane = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  process.stderr.write('.');
  const rounded = (number: number) => Number(number.toPrecision(4));
  return {
    perSecond: rounded(TIMES / seconds),
    delayP99: rounded(delay.percentile(99) / 1e6),
    delayMax: rounded(delay.max / 1e6),
  };
}

/** A service in its own process, and the milliseconds until it listens. */
async function serve(
  dataDir: string,
  source: string,
): Promise<{ readonly child: ChildProcess; readonly port: number; readonly startMs: number }> {
  const main = join(ROOT, 'dist', 'cli', 'main.js');
  const flags = ['--no-auth', '--port', '0', '--quiet', '--rate-limit', '1000000', '--data-dir', dataDir];
  const start = performance.now();
  const child = spawn(process.execPath, [main, 'serve', source, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  const startMs = Number((performance.now() - start).toPrecision(4));
  const port = Number(/http:\/\/[^/ ]+:(\d+)/.exec(line)?.[1]);
  if (!(port > 0)) throw new Error(`the service said: ${line}`);
  return { child, port, startMs };
}

/** The documented request; its response is read to the end. */
function post(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = '/api/rsConnectService/downloadDataJob';
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) };
    const sent = ask({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the service responded ${response.statusCode}`));
      response.resume().once('end', resolve).once('error', reject);
    });
    sent.once('error', reject);
    sent.end(BODY);
  });
}
