/**
 * `node dist-bench/bench/longest-hold.js [tree] [part of a name …]`: the longest time that each kind
 * of work blocks the event loop, the delay of timers meanwhile, and its duration. Criteria are as large as a request
 * may make them, or larger.
 */

import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type * as Library from '../src/index.js';
import type { Criteria } from '../src/terms/criteria.js';
import { withFolder } from './input.js';
import { ROOT } from './settings.js';

const MEGABYTE = 1024 * 1024;
const INPUT_BYTES = Number(process.env.MEGABYTES ?? 60) * MEGABYTE;
const HUGE_BYTES = 20 * MEGABYTE;
/** The interval of the timer whose delay is measured. */
const RESOLUTION_MS = 1;
const VOCABULARY = 50_000;
const NAMES = 400;

const [, , tree = ROOT, ...wanted] = process.argv;
const library: typeof Library = await import(pathToFileURL(join(resolve(tree), 'dist', 'index.js')).href);
const stages: typeof import('../src/stages.js') = await import(
  pathToFileURL(join(resolve(tree), 'dist', 'stages.js')).href
);

const inspection: typeof import('../src/verify/inspect-source.js') = await import(
  pathToFileURL(join(resolve(tree), 'dist', 'verify', 'inspect-source.js')).href
);

const inside = async <T>(file: string): Promise<T> =>
  await import(pathToFileURL(join(resolve(tree), 'dist', file)).href);
const streams = await inside<typeof import('../src/export/to-stream.js')>('export/to-stream.js');
const checking = await inside<typeof import('../src/select/check.js')>('select/check.js');
const judging = await inside<typeof import('../src/select/filter-by-criteria.js')>('select/filter-by-criteria.js');
const BATCHES = { input: 'batches', output: 'batches' } as const;

/** Pseudo-random numbers, the same in every run. */
let seed = 1;
const random = (below: number) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};

/** A word of the vocabulary; words from `VOCABULARY` on occur in no text. */
const word = (number: number) => `${'bcdfgklmnprstvz'[number % 15]}${number.toString(36)}a`;
const several = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const missing = (count: number) => several(count, (index) => word(VOCABULARY + index));

function attribute() {
  return { values: [{ value: several(20, () => word(random(VOCABULARY))).join(' '), locale: 'en-US' }] };
}

function entity(id: number) {
  const attributes = Object.fromEntries(several(12, () => [`a${random(NAMES)}`, attribute()]));
  return { id: `e${id}`, name: word(random(VOCABULARY)), type: 'product', data: { attributes } };
}

async function writeLines(path: string): Promise<void> {
  const file = createWriteStream(path);
  for (let bytes = 0, id = 0; bytes < INPUT_BYTES; id++) {
    const line = `${JSON.stringify(entity(id))}\n`;
    bytes += line.length;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

const sink = () => new Writable({ write: (_chunk, _encoding, callback) => callback() });
const discard = (options: Parameters<typeof library.exportEntities>[0]) =>
  pipeline(library.exportEntities(options), sink());

/**
 * Measures the turns of the event loop: by the CPU time of the thread where the system reports it (Linux), so that
 * other processes do not count; otherwise by the clock.
 */
class TurnMeter {
  #longest = 0;
  #before = now();
  #immediate = setImmediate(() => this.#turn());

  #turn(): void {
    const at = now();
    this.#longest = Math.max(this.#longest, at - this.#before);
    this.#before = at;
    this.#immediate = setImmediate(() => this.#turn());
  }

  /** Returns the longest turn, in milliseconds. */
  end(): number {
    clearImmediate(this.#immediate);
    return this.#longest;
  }
}

/** CPU milliseconds of this thread, or those of the clock. */
function now(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

await withFolder(async (folder) => {
  const lines = join(folder, 'lines.ndjson');
  await writeLines(lines);
  const huge = join(folder, 'huge.ndjson');
  const values = several(HUGE_BYTES / 200, () => attribute().values[0]);
  const file = createWriteStream(huge);
  file.end(`${JSON.stringify({ id: 'h', type: 'product', data: { attributes: { a: { values } } } })}\n`);
  await once(file, 'close');
  const many = join(folder, 'many.ndjson');
  const elements = several(500_000, (n) => ({ sku: `s${n}`, price: { amount: n / 100 } }));
  const manyFile = createWriteStream(many);
  manyFile.end(`${JSON.stringify({ id: 'm', elements, text: '"text"; '.repeat(HUGE_BYTES / 8) })}\n`);
  await once(manyFile, 'close');
  const zip = join(folder, 'lines.zip');
  await library.exportEntities({ source: lines, request: {} }).toFile(zip);
  const cached = several(300_000, (id) => ({ id: `e${id}`, type: 'product', name: 'x' }));

  // Calls the stage directly: a request may not have so many criteria.
  const filtering = (one: Criteria) => ({ stages: [checking.checkStage(), judging.filterByCriteriaStage(one)] });
  const criteria =
    (one: Criteria, source = lines) =>
    () =>
      pipeline(stages.readEntities(source), streams.toTransform(filtering(one), BATCHES), stages.encodeJson(), sink());
  const attributes = (conditions: NonNullable<Criteria['attributes']>, any = false): Criteria =>
    any ? { attributes: conditions, anyAttribute: true } : { attributes: conditions };
  const works: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
    ['no criteria', () => discard({ source: lines, format: 'ndjson' })],
    ['1,000 keywords, any', criteria({ keywords: { keywords: missing(1000).join(' '), operator: '_OR' } })],
    ['10,000 keywords, any', criteria({ keywords: { keywords: missing(10_000).join(' '), operator: '_OR' } })],
    ['10,000 keywords, all', criteria({ keywords: { keywords: several(10_000, word).join(' '), operator: '_AND' } })],
    ['contains 140,000 words', criteria(attributes([{ _ALL: { contains: missing(140_000).join(' ') } }]))],
    ['eq 140,000 words', criteria(attributes([{ _ALL: { eq: several(140_000, word).join(' ') } }]))],
    ['startswith 25,000', criteria(attributes([{ _ALL: { startswith: missing(25_000) } }]))],
    [
      '25,000 attributes, not',
      criteria(attributes(several(25_000, (i) => ({ [`n${i}`]: { exact: 'x', not: true } })))),
    ],
    [
      '25,000 attributes, any',
      criteria(
        attributes(
          several(25_000, (i) => ({ [`n${i}`]: { exact: 'x' } })),
          true,
        ),
      ),
    ],
    [
      '25,000 of one name, any',
      criteria(
        attributes(
          several(25_000, (i) => ({ _ALL: { contains: word(VOCABULARY + i) } })),
          true,
        ),
      ),
    ],
    [
      '60,000 wildcards',
      criteria(
        attributes([
          {
            _ALL: {
              contains: missing(60_000)
                .map((one, i) => (i % 2 ? `*${one}*` : `${one}*`))
                .join(' '),
            },
          },
        ]),
      ),
    ],
    [
      'one entity of 20 MB, keywords',
      criteria({ keywords: { keywords: missing(1000).join(' '), operator: '_OR' } }, huge),
    ],
    ['500,000 elements, explode', () => discard({ source: many, format: 'ndjson', explode: 'elements', keep: 'id' })],
    [
      '500,000 elements, fields',
      () =>
        discard({
          source: many,
          format: 'ndjson',
          request: { fields: { include: ['elements.sku', 'x=elements.price'] } },
        }),
    ],
    ['500,000 elements, a table', () => discard({ source: many, format: 'dsv', dsv: { layout: 'fields' } })],
    ['one entity of 20 MB, a table', () => discard({ source: huge, format: 'dsv' })],
    ['a table', () => discard({ source: lines, format: 'dsv' })],
    [
      '10,000 fields',
      () =>
        discard({
          source: lines,
          format: 'ndjson',
          request: { fields: { attributes: several(10_000, (i) => `a${i}`) } },
        }),
    ],
    [
      '10,000 fields in contexts',
      () =>
        discard({
          source: lines,
          format: 'ndjson',
          request: { contexts: [{ a: 'b' }], fields: { attributes: several(10_000, (i) => `a${i}`) } },
        }),
    ],
    [
      'mapEntities',
      () =>
        pipeline(
          stages.readEntities(lines),
          stages.mapEntities((one) => one),
          stages.encodeJson(),
          sink(),
        ),
    ],
    ['300,000 cached objects', () => discard({ source: library.objects(cached), format: 'ndjson' })],
    [
      'endless objects, timeout 300 ms',
      () =>
        discard({ source: library.objects(endless()), format: 'ndjson', signal: AbortSignal.timeout(300) }).catch(
          () => {},
        ),
    ],
    ['stream-json', () => discard({ source: lines, reader: 'stream-json', format: 'ndjson' })],
    ['verify', () => library.verifyExport(zip)],
    ['inspect', () => inspection.inspectSource(lines)],
    ['scanEntities', () => pipeline(createReadStream(lines), stages.scanEntities(), stages.encodeJson(), sink())],
  ];
  console.log(`Node ${process.version}: CPU seconds; milliseconds: delay of timers at p50 and p99, longest hold`);
  for (const [name, work] of works) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    await wait(50);
    const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
    const turns = new TurnMeter();
    const start = now();
    let failure = '';
    await work().catch((cause: unknown) => {
      failure = ` (${cause})`;
    });
    const seconds = (now() - start) / 1000;
    const longest = turns.end();
    delays.disable();
    // The histogram has nanoseconds from one timer to the next.
    const delay = (percentile: number) =>
      Math.max(0, delays.percentile(percentile) / 1e6 - RESOLUTION_MS)
        .toFixed(1)
        .padStart(8);
    console.log(
      `${name.padEnd(34)}${seconds.toFixed(2).padStart(8)}${delay(50)}${delay(99)}${longest.toFixed(1).padStart(10)}${failure}`,
    );
  }
});

/** Practically endless; ends after 5 s, so that a fault cannot hang the process. */
function* endless() {
  const late = performance.now() + 5000;
  for (let id = 0; performance.now() < late; id++) yield { id: `e${id}`, type: 'product' };
}
