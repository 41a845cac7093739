/** The conformance suite of sources. */
import assert from 'node:assert/strict';
import { decodeCheckpoint, encodeCheckpoint } from '../export/export-checkpoint.js';
import { exportSlices } from '../export/export-slices.js';
import { planExport } from '../export/plan-export.js';
import type { SliceStart } from '../export/resume-chain.js';
import { exportEntities } from '../export/run-export.js';
import { acceptOptions, callback, listOf, type OptionTable, text } from '../options/accept-options.js';
import type { Input, Source } from '../sources/source.js';
import { isError } from '../terms/any-error.js';
import { SluiceError } from '../terms/errors.js';
import type { ExportRequest } from '../terms/request.js';
import { type ConformanceCase, settles } from './conformance-case.js';

/** A source under test. */
export interface SourceUnderTest {
  /** Opens the source anew, over the same entities: at least three. */
  readonly open: () => Source | Promise<Source>;
  /** The ids of its entities, in its order. */
  readonly ids: readonly string[];
  /** Called after each case. */
  readonly close?: () => void | Promise<void>;
}

const UNDER_TEST: OptionTable<SourceUnderTest> = { open: callback, ids: listOf(text), close: callback };

/**
 * The cases that a source must pass: it yields every entity once, settles when it is aborted or left, and is what it says of itself (`reopenable`, `narrow`, `describe`, `totalBytes`, inputs that resume).
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` for invalid options
 * @example
 * for (const { name, run } of sourceCases({ open: () => pagedApi(url), ids: ['1', '2', '3'] })) test(name, run);
 */
export function sourceCases(under: SourceUnderTest): readonly ConformanceCase[] {
  acceptOptions(under, UNDER_TEST, ['open', 'ids']);
  const { open, ids, close } = under;
  const idsOf = async (source: Source, request: ExportRequest = {}) => {
    const exported = exportEntities({ source, request, format: 'ndjson', pack: 'none' }).toBuffer();
    return idsIn((await settles(exported, 'the export')).toString());
  };
  const cases: Readonly<Record<string, () => Promise<void>>> = {
    'yields every entity once, in order': async () => {
      assert.ok(ids.length >= 3, 'the suite needs at least three entities');
      assert.deepEqual(await idsOf(await open()), ids);
    },
    'yields the same again, unless it says that it can be read once': async () => {
      const source = await open();
      const first = await idsOf(source);
      if (source.reopenable !== false) assert.deepEqual(await idsOf(source), first);
    },
    'yields what is selected, whatever it leaves out itself': async () => {
      const wanted = ids[ids.length - 1];
      assert.deepEqual(await idsOf(await open(), { ids: [wanted] }), [wanted]);
      assert.deepEqual(await idsOf(await open(), { maxRecords: 2 }), ids.slice(0, 2));
      assert.deepEqual(await idsOf(await open(), { ids: ['an id that no entity has'] }), []);
    },
    'ends when its reader leaves after the first input': async () => {
      const source = await open();
      await settles(readFirst(source), 'leaving');
      if (source.reopenable !== false) assert.deepEqual(await idsOf(source), ids);
    },
    'settles when it is aborted, before reading and within it': async () => {
      await assert.rejects(
        settles(drain(await open(), AbortSignal.abort()), 'reading with an aborted signal'),
        isAbort,
      );
      const ending = new AbortController();
      const reading = drain(await open(), ending.signal, () => ending.abort());
      // What was read already may be its end.
      await settles(reading, 'reading').catch((cause: unknown) => assert.ok(isAbort(cause), String(cause)));
    },
    'says how many bytes it has as a whole number, or nothing': async () => {
      const bytes = await (await open()).totalBytes?.();
      if (bytes !== undefined) assert.ok(Number.isSafeInteger(bytes) && bytes >= 0, `totalBytes: ${bytes}`);
    },
    'describes itself as plain JSON, each time in the same way': async () => {
      const [one, other] = [(await open()).describe?.(), (await open()).describe?.()];
      if (one === undefined) return;
      assert.notEqual(JSON.stringify(one), undefined);
      assert.equal(JSON.stringify(other), JSON.stringify(one));
    },
    'names existing files, if it names any': async () => {
      const names: string[] = [];
      for await (const { name } of (await open()).files?.() ?? []) names.push(name);
      assert.ok(names.every((name) => name !== ''));
    },
    'resumes after any slice with the bytes of an undisturbed run': async () => {
      if ((await open()).reopenable === false) return;
      const whole = await sliced(open, false);
      assert.deepEqual(idsIn(whole), ids);
      assert.equal(await sliced(open, true), whole);
    },
  };
  return Object.entries(cases).map(([name, run]) => ({
    name,
    run: () => run().finally(() => close?.()),
  }));
}

function idsIn(lines: string): readonly string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String(JSON.parse(line).id));
}

function isAbort(cause: unknown): boolean {
  return (cause instanceof SluiceError && cause.code === 'ABORTED') || (isError(cause) && cause.name === 'AbortError');
}

/** Reads a source to its end, as an export does. */
async function drain(source: Source, signal: AbortSignal, onFirst = () => {}): Promise<void> {
  for await (const input of source.inputs(signal)) {
    onFirst();
    try {
      await readAll(input);
    } finally {
      if (input.kind === 'bytes') await input.close();
    }
  }
  if (signal.aborted) throw new SluiceError('ABORTED', 'read', 'the reading was aborted');
}

async function readAll(input: Input): Promise<void> {
  if (input.kind === 'objects') {
    for await (const _ of input.objects);
    return;
  }
  const buffer = Buffer.alloc(64 * 1024);
  while ((await input.read(buffer)) > 0);
}

/** Reads the beginning of the first input, and leaves. */
async function readFirst(source: Source): Promise<void> {
  for await (const input of source.inputs(new AbortController().signal)) {
    if (input.kind === 'bytes') {
      await input.read(Buffer.alloc(16));
      await input.close();
    }
    return;
  }
}

/** Exports in one run, or in runs that end after one slice, each of which continues where the one before has ended. */
async function sliced(open: SourceUnderTest['open'], isCut: boolean): Promise<string> {
  const plan = planExport({ request: {}, format: 'ndjson', pack: 'none', id: 'conformance', now: 0 });
  const { signal } = new AbortController();
  const output: Buffer[] = [];
  let from: SliceStart | undefined;
  for (;;) {
    const { events, receipt } = exportSlices({ source: await open(), plan, signal, endsSlice: () => isCut, from });
    // The events reject with the same failure.
    receipt.catch(() => {});
    from = undefined;
    for await (const event of events) {
      if (event.kind === 'bytes') {
        output.push(Buffer.from(event.bytes));
        continue;
      }
      const written = [...output];
      // As jobs store it.
      const checkpoint = decodeCheckpoint(encodeCheckpoint(event.checkpoint));
      from = { checkpoint, output: eachOf(written) };
      break;
    }
    if (from === undefined) return Buffer.concat(output).toString();
  }
}

async function* eachOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer, void> {
  yield* chunks;
}
