/** OpenTelemetry spans made from the channels: one per export, one per attempt, the former within the latter. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type ExportTrace, exportEntities } from '../src/index.js';
import { type AttemptTrace, type JobsOptions, openJobs } from '../src/jobs.js';

const memory = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
const tracer = provider.getTracer('sluice');
const contexts = new AsyncLocalStorage<Context>();

/** How a subscriber makes spans: the span begins with `start`, in a context that inner operations inherit. */
function spansOf<Trace extends object>(
  name: string,
  parent: () => Context,
  attributesOf: (trace: Trace) => Attributes,
): () => void {
  const channel = tracingChannel<unknown, Trace>(`sluice:${name}`);
  const spans = new WeakMap<Trace, Span>();
  const subscribers = {
    start: () => {},
    end: () => {},
    asyncStart: () => {},
    error: (about: Trace & { error: unknown }) => {
      const { error } = about;
      if (!(error instanceof Error)) return;
      const span = spans.get(about);
      span?.recordException(error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    },
    asyncEnd: (about: Trace) => spans.get(about)?.setAttributes(attributesOf(about)).end(),
  };
  channel.start.bindStore(contexts, (about: Trace) => {
    const within = parent();
    const span = tracer.startSpan(name, { attributes: attributesOf(about) }, within);
    spans.set(about, span);
    return trace.setSpan(within, span);
  });
  channel.subscribe(subscribers);
  return () => {
    channel.unsubscribe(subscribers);
    channel.start.unbindStore(contexts);
  };
}

const quiet = [
  spansOf(
    'attempt',
    () => ROOT_CONTEXT,
    ({ job, tenant, epoch, state }: AttemptTrace) => ({ job, tenant, epoch, state }),
  ),
  spansOf(
    'export',
    () => contexts.getStore() ?? context.active(),
    ({ id, output, receipt }: ExportTrace) => ({ id, pack: output.pack, written: receipt?.written }),
  ),
];
afterAll(() => {
  for (const end of quiet) end();
});

let folder = '';
beforeEach(async () => {
  memory.reset();
  folder = await mkdtemp(join(tmpdir(), 'sluice-spans-'));
  await writeFile(join(folder, 'good'), '{"id":"1","type":"product"}\n{"id":"2","type":"sku"}\n');
  await writeFile(join(folder, 'bad'), '{"id":"1"');
});
afterEach(() => rm(folder, { recursive: true }));

const spans = () => memory.getFinishedSpans();

async function run(source: JobsOptions['source']): Promise<string> {
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source, retry: { minDelayMs: 1 } });
  const { job } = await jobs.forTenant('acme').submit({ request: { types: ['product'] } });
  await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 });
  await jobs.close();
  return job.id;
}

test('makes a span of an export, with its counts', async () => {
  const receipt = await exportEntities({ source: join(folder, 'good'), id: 'mine' }).toFile(join(folder, 'out.zip'));
  await new Promise(setImmediate);
  const [span, ...others] = spans();
  expect(others).toStrictEqual([]);
  expect(span).toMatchObject({ name: 'export', parentSpanContext: undefined, status: { code: SpanStatusCode.UNSET } });
  expect(span.attributes).toStrictEqual({ id: 'mine', pack: 'zip', written: receipt.written });
});

test('nests the span of the export of a job in that of its attempt', async () => {
  const id = await run(join(folder, 'good'));
  expect(spans().map(({ name }) => name)).toStrictEqual(['export', 'attempt']);
  const [inner, outer] = spans();
  expect(inner.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
  expect(inner.spanContext().traceId).toBe(outer.spanContext().traceId);
  expect(outer.parentSpanContext).toBeUndefined();
  expect(outer.attributes).toStrictEqual({ job: id, tenant: 'acme', epoch: 1, state: 'completed' });
  expect(inner.attributes).toMatchObject({ id, written: 1 });
});

test('sets the status of both spans after a failure, with its code', async () => {
  const id = await run(join(folder, 'bad'));
  for (const span of spans()) {
    expect(span.status).toMatchObject({ code: SpanStatusCode.ERROR });
    expect(span.events[0]).toMatchObject({ name: 'exception', attributes: { 'exception.type': 'TRUNCATED' } });
  }
  expect(spans().map(({ name }) => name)).toStrictEqual(['export', 'attempt']);
  expect(spans()[1].attributes).toStrictEqual({ job: id, tenant: 'acme', epoch: 1 });
});
