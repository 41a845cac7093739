/** The delay of timers during exports, by plan: what everything else in the process notices of them. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { ExportOptions } from '../src/export/export-options.js';
import { type ExportStream, exportEntities } from '../src/export/run-export.js';
import { catalogId } from '../src/generate/catalog.js';
import { encodeJson, mapEntities, scanEntities } from '../src/stages.js';
import { inspectSource } from '../src/verify/inspect-source.js';
import { verifyExport } from '../src/verify/verify-export.js';
import { hasZstd } from '../src/zstd/node-zstd.js';
import { nullSink } from './forms.js';
import { type Inputs, WANTED } from './input.js';
import type { LoopDelay, Section } from './section.js';

/** The interval of the timer whose delay is measured, in milliseconds. */
const INTERVAL_MS = 1;

const IDS = Array.from({ length: 100_000 }, (_, index) => catalogId(5_000_000 + index));
const KEYWORDS = { keywords: { keywords: 'shirt linen', operator: '_AND' } } as const;

/** Runs every plan once, after one run in which code is compiled. */
export async function benchEventLoop({
  folder,
  lines,
  linesSmall,
  document,
  tiny,
  brackets,
}: Inputs): Promise<Section> {
  const source = lines.path;
  const result = join(folder, 'event-loop.zip');
  const exported = (options: Omit<ExportOptions, 'source'>, path = source) =>
    discarded(exportEntities({ source: path, ...options }));
  const plans: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
    ['lines, selected, envelope with a zip', () => exported({ request: { types: WANTED }, pack: 'envelope' })],
    ['lines, all, as lines', () => exported({ format: 'ndjson' })],
    ['lines, all, trusted', () => exported({ format: 'ndjson', trust: true })],
    ['lines, all, gzip level 6', () => exported({ pack: 'gzip', level: 6 })],
    ...(hasZstd() ? [['lines, all, Zstandard', () => exported({ pack: 'zstd' })] as const] : []),
    ['lines, 100,000 ids', () => exported({ request: { ids: IDS } })],
    ['lines, two keywords', () => exported({ request: { criteria: KEYWORDS } })],
    ['lines, three attributes', () => exported({ request: { fields: { attributes: ['color', 'size', 'mdmid'] } } })],
    ['lines, sorted', () => exported({ request: { sort: 'name' }, format: 'ndjson' })],
    ['lines, a table', () => exported({ format: 'dsv' })],
    ['a tenth of the lines, a workbook', () => exported({ format: 'xlsx' }, linesSmall.path)],
    ['a tenth of the lines, stream-json', () => exported({ reader: 'stream-json' }, linesSmall.path)],
    ['entities of 100 bytes, as lines', () => exported({ format: 'ndjson' }, tiny.path)],
    ['entities of brackets, as lines', () => exported({ format: 'ndjson' }, brackets.path)],
    [
      'one document, selected, as lines',
      () => exported({ request: { types: WANTED }, format: 'ndjson' }, document.path),
    ],
    ['a pipeline with mapEntities', () => mapped(linesSmall.path)],
    ['to a zip in a file', () => exportEntities({ source, request: {} }).toFile(result, { overwrite: true })],
    ['verify the zip', () => verifyExport(result)],
    ['inspect the lines', () => inspectSource(source)],
  ];
  await plans[0][1]();
  const delays: LoopDelay[] = [];
  for (const [name, run] of plans) delays.push(await delayDuring(name, run));
  process.stderr.write('\n');
  return { rows: [], skipped: [], facts: {}, delays };
}

async function delayDuring(name: string, run: () => Promise<unknown>): Promise<LoopDelay> {
  await wait(50);
  const histogram = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  histogram.enable();
  await run();
  histogram.disable();
  process.stderr.write('.');
  // The histogram has nanoseconds from one timer to the next.
  const delay = (nanoseconds: number) => Number(Math.max(0, nanoseconds / 1e6 - INTERVAL_MS).toFixed(2));
  return {
    name,
    p50: delay(histogram.percentile(50)),
    p99: delay(histogram.percentile(99)),
    max: delay(histogram.max),
  };
}

async function discarded(stream: ExportStream): Promise<void> {
  await pipeline(stream, nullSink().stream);
  await stream.receipt;
}

function mapped(path: string): Promise<void> {
  return pipeline(
    createReadStream(path),
    scanEntities(),
    mapEntities((entity) => entity),
    encodeJson(),
    nullSink().stream,
  );
}
