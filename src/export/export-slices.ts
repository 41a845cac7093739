/** An export in slices: bytes, and between them checkpoints from which a later run makes the same bytes on. */
import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { readBatches } from '../sources/read-batches.js';
import type { Source } from '../sources/source.js';
import type { Batch } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { ExportPlan } from '../terms/plan.js';
import { bytesUpTo } from '../terms/position.js';
import type { Receipt, Reject } from '../terms/receipt.js';
import type { Progress, Run } from '../terms/run.js';
import { inflated } from '../unpack/inflate.js';
import type { ChainState } from './chain-state.js';
import { createRun } from './create-run.js';
import { exportChain, prefilterOf } from './export-chain.js';
import { traceExport } from './export-channel.js';
import type { ExportCheckpoint } from './export-checkpoint.js';
import { fingerprintOf, type PlanFingerprint } from './plan-fingerprint.js';
import { narrowed } from './to-source.js';
import { fuse } from './to-stream.js';

/** What a sliced export is made of. */
export interface SliceOptions {
  readonly source: Source;
  /** Its pack is `zip`, `gzip` or `none`: an envelope is made of what is stored, when it is sent. */
  readonly plan: ExportPlan;
  /**
   * Asked behind each batch, with the bytes of the source up to its end: whether the slice ends here. Where the source
   * knows no places, none ends, nor where the first of several files waits for its name, nor of a table: that is made
   * in one go, and again from its beginning.
   */
  readonly endsSlice: (soFar: { readonly bytesDone: number }) => boolean;
  /** Where an earlier run had come to, and the bytes it had made, which are read once to take up their digests. */
  readonly from?: { readonly checkpoint: ExportCheckpoint; readonly output: AsyncIterable<Buffer> };
  /** When the first run began, in milliseconds since 1970; default now. */
  readonly startedAt?: number;
  readonly signal: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: Progress) => void;
  readonly onReject?: (reject: Reject) => void | Promise<void>;
}

/** What comes out: bytes of the output, or what must be kept to go on behind all bytes so far. */
export type SliceEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'checkpoint'; readonly checkpoint: ExportCheckpoint };

/** A sliced export under way. */
export interface SlicedExport {
  /** Chunks are used up before the next is asked for. Leaving early ends the run and closes the source. */
  readonly events: AsyncGenerator<SliceEvent, void>;
  /** The proof at the end, over all runs; rejects with the first failure, never unhandled. */
  readonly receipt: Promise<Receipt>;
}

/**
 * Starts, or goes on with, an export. Runs that were ended behind a checkpoint and went on from it have made together
 * the very bytes that one run makes.
 * @throws (while reading) SluiceError whatever the export fails with; `SOURCE_CHANGED`; `PLAN_CHANGED` where the first run
 * was to export something else; `VERIFY_FAILED` where the bytes that were made before are not those of the checkpoint, or
 * would be made otherwise now: then it must begin anew
 */
export function exportSlices(options: SliceOptions): SlicedExport {
  const { plan, startedAt, signal, logger, onProgress, onReject } = options;
  if (plan.output.pack === 'envelope') {
    throw new SluiceError('INVALID', 'plan', 'an envelope cannot be made in slices; it is made of the stored zip');
  }
  const run = createRun({
    id: plan.id,
    signal,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(logger ? { logger } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(onReject ? { onReject } : {}),
  });
  run.beginReading();
  run.digest = true;
  return { events: runSlices(options, run), receipt: run.receipt };
}

async function* runSlices(options: SliceOptions, run: Run): AsyncGenerator<SliceEvent, void> {
  const leave = run.join();
  /** Whoever reads went away between two events. */
  let left = true;
  traceExport({ id: run.id, output: options.plan.output }, () =>
    run.receipt.then(
      (receipt) => (left ? undefined : receipt),
      (failure: unknown) => (left ? undefined : Promise.reject(failure)),
    ),
  );
  try {
    const { source, plan, from, endsSlice } = options;
    const fingerprint = fingerprintOf(plan, source);
    const state = from && (await takeUpChain(from, plan, fingerprint, run));
    if (plan.select.limit === 0) {
      run.ledger.stoppedBy = 'limit';
      run.stop();
    }
    const position = from?.checkpoint.source;
    const read = {
      ...plan.read,
      reader: 'scan',
      prefilter: prefilterOf(plan.select),
      recycle: true,
      ...(position ? { from: position } : {}),
    } as const;
    const batches = readBatches(narrowed(source, plan), read, run);
    const { chain, found, sightings, pack, files, meter } = exportChain(plan, run, undefined, state);
    let outputBytes = from?.checkpoint.outputBytes ?? 0;
    const cutBehind = (batch: Batch) => {
      // The rows of a table wait until the last one has come: there is no place between to go on from.
      if (plan.output.format === 'dsv') return undefined;
      if (run.stopping || files?.held || batch.kind === 'objects' || batch.ending || !batch.next) return undefined;
      const { next } = batch;
      // The ledger counts what was read ahead, which depends on how fast it came: slices of equal input must be equal.
      if (!endsSlice({ bytesDone: bytesUpTo(next.position) })) return undefined;
      return async (): Promise<ExportCheckpoint> => {
        const kept = await next.keep();
        const { read, written, filtered, rejected } = run.ledger;
        const standing = files ? files.standing.current : pack?.standing;
        const unpackedBytes = plan.output.pack === 'none' ? outputBytes : 0;
        const documentBytes = standing ? standing.state.uncompressed + standing.pending.length : unpackedBytes;
        return {
          source: kept.position,
          counts: { read, written, filtered, rejected },
          notes: [...run.ledger.notes, ...kept.notes],
          found: [...found],
          sightings: structuredClone(sightings),
          documentBytes,
          outputBytes,
          ...(meter.sha256 === undefined ? {} : { outputSha256: meter.sha256 }),
          plan: fingerprint,
          ...(standing ? { pack: standing } : {}),
          ...(files ? { finished: [...files.standing.finished] } : {}),
        };
      };
    };
    for await (const item of fuse(batches, chain, run, cutBehind)) {
      if (Buffer.isBuffer(item)) {
        outputBytes += item.length;
        yield { kind: 'bytes', bytes: item };
      } else if (isCheckpoint(item)) {
        yield { kind: 'checkpoint', checkpoint: item };
      }
    }
    left = false;
  } catch (cause) {
    left = false;
    if (cause instanceof SluiceError) run.fail(cause);
    throw cause;
  } finally {
    leave();
  }
}

function isCheckpoint(item: unknown): item is ExportCheckpoint {
  return typeof item === 'object' && item !== null && 'counts' in item;
}

/** Enters in the ledger what earlier runs have counted, and takes up their digests from what they made. */
async function takeUpChain(
  { checkpoint, output }: NonNullable<SliceOptions['from']>,
  plan: ExportPlan,
  fingerprint: PlanFingerprint,
  { ledger }: Run,
): Promise<ChainState> {
  if (checkpoint.plan.meaning !== fingerprint.meaning) {
    const message =
      'the export was begun under other settings, which decide what records there are and what becomes of them: go on under those, or begin it anew';
    throw new SluiceError('PLAN_CHANGED', 'run', message);
  }
  if (!isDeepStrictEqual(checkpoint.plan.form, JSON.parse(JSON.stringify(fingerprint.form)))) {
    throw verifyFailed('the output was planned otherwise, or by another version');
  }
  Object.assign(ledger, checkpoint.counts, { found: checkpoint.counts.read });
  ledger.notes.push(...checkpoint.notes);
  const whole = { bytes: 0, hash: createHash('sha256') };
  const document = { bytes: 0, hash: createHash('sha256') };
  try {
    for await (const chunk of unpacked(metered(output, whole), checkpoint, plan)) add(document, chunk);
  } catch (cause) {
    // A store that is away says nothing of the bytes.
    if (cause instanceof SluiceError && cause.code === 'SERVICE_FAILED') throw cause;
    throw verifyFailed(`the bytes before it cannot be read: ${messageOf(cause)}`, cause);
  }
  if (checkpoint.pack) add(document, checkpoint.pack.pending);
  if (whole.bytes !== checkpoint.outputBytes || document.bytes !== checkpoint.documentBytes) {
    throw verifyFailed(`${whole.bytes} bytes were kept of ${checkpoint.outputBytes}`);
  }
  if (whole.bytes > 0 && whole.hash.copy().digest('hex') !== checkpoint.outputSha256) {
    throw verifyFailed('the bytes before it are others');
  }
  return {
    found: new Set(checkpoint.found),
    sightings: structuredClone(checkpoint.sightings),
    document,
    output: whole,
    ...(checkpoint.pack ? { pack: checkpoint.pack } : {}),
    ...(checkpoint.finished ? { finished: checkpoint.finished } : {}),
  };
}

/** Bytes that were counted and digested. */
interface Measured {
  bytes: number;
  readonly hash: Hash;
}

function add(measured: Measured, chunk: Buffer): void {
  measured.bytes += chunk.length;
  measured.hash.update(chunk);
}

async function* metered(chunks: AsyncIterable<Buffer>, measured: Measured): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    add(measured, chunk);
    yield chunk;
  }
}

/** What the packed bytes were made of, as far as whole blocks go; of several documents the open one. */
function unpacked(
  chunks: AsyncIterable<Buffer>,
  { pack: standing, outputBytes }: ExportCheckpoint,
  { output }: ExportPlan,
): AsyncIterable<Buffer> {
  if (output.pack === 'none') return chunks;
  // Behind what was deflated nothing has come yet; where no document is open, that is all.
  const content = without(chunks, outputBytes - (standing?.state.compressed ?? 0));
  return !standing || (output.pack === 'zip' && output.level === 0) ? content : inflated(content);
}

/** The chunks without the first bytes. */
async function* without(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void> {
  let left = length;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function verifyFailed(message: string, cause?: unknown): SluiceError {
  return new SluiceError('VERIFY_FAILED', 'run', `a checkpoint does not fit what was stored: ${message}`, { cause });
}
