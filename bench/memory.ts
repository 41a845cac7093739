/** The resident set of an export of 100 MB beside that of 2 GB: constant memory, shown. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { bytes, exportEntities } from '../src/index.js';
import { nullSink } from './forms.js';
import { SEED, withFacts } from './input.js';
import { keep, setting, table } from './report.js';

/** What one export was and took. */
interface Use {
  readonly megabytes: number;
  readonly entities: number;
  /** Of the resident set, in MiB. */
  readonly before: number;
  readonly highest: number;
  readonly seconds: number;
}

/** Milliseconds between two looks at the resident set. */
const SAMPLE_MS = 10;

const SIZES = [setting('BENCH_MB', 100), setting('BENCH_LARGE_MB', 2000)];

if (process.send) process.send(await measure(Number(process.argv[2])));
else await compare();

/** Runs each size in a process of its own, since a resident set hardly shrinks. */
async function compare(): Promise<void> {
  const uses: Use[] = [];
  for (const megabytes of SIZES) {
    const child = fork(fileURLToPath(import.meta.url), [String(megabytes)]);
    const [[use]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
    uses.push(use);
  }
  const rows = uses.map(({ megabytes, entities, before, highest, seconds }) => [
    `${megabytes} MB`,
    entities,
    Math.round(before),
    Math.round(highest),
    seconds.toFixed(1),
  ]);
  console.log('\nproducts of a generated catalog -> zip level 1 -> base64 envelope -> null sink, no file\n');
  console.log(table(['input', 'entities written', 'RSS before, MiB', 'RSS highest, MiB', 'seconds'], rows));
  await keep('memory', uses);
}

async function measure(megabytes: number): Promise<Use> {
  const { chunks, facts } = withFacts({ seed: SEED, form: 'lines', bytes: megabytes * 1_000_000 });
  const mebibytes = () => process.memoryUsage.rss() / 1024 / 1024;
  const before = mebibytes();
  let highest = before;
  const sampler = setInterval(() => {
    highest = Math.max(highest, mebibytes());
  }, SAMPLE_MS);
  const start = performance.now();
  const stream = exportEntities({ source: bytes(chunks), request: { types: ['product'] }, pack: 'envelope' });
  await pipeline(stream, nullSink().stream);
  const { written } = await stream.receipt;
  clearInterval(sampler);
  const right = facts().byType.product;
  if (written !== right) throw new Error(`${written} entities were written; ${right} are right`);
  return { megabytes, entities: written, before, highest, seconds: (performance.now() - start) / 1000 };
}
