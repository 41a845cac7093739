/** Exports to a file that another process can finish: a checkpoint lies beside the partial result. */

import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { refuseDeltaOfJobs } from '../delta/refuse-delta.js';
import { placeFile } from '../destinations/file-writer.js';
import type { FilePlace } from '../destinations/place.js';
import { syncDirectory, syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import type { Source } from '../sources/source.js';
import { writeAll } from '../temporary-files/file-bytes.js';
import { lockPart } from '../temporary-files/part-lock.js';
import { invalid, SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { ExportPlan } from '../terms/plan.js';
import type { Progress } from '../terms/progress.js';
import type { Note, Receipt } from '../terms/receipt.js';
import { type ExportCheckpoint, encodeCheckpoint } from './export-checkpoint.js';
import { exportSlices } from './export-slices.js';
import { GentleAbort } from './gentle-abort.js';
import { type Besides, besides, filePlace, type Interrupted } from './interrupted-export.js';
import { openPart } from './open-part.js';
import { PartialRejects } from './partial-rejects.js';
import { PartialRows } from './partial-rows.js';

/** How an export to a file is run. */
export interface ResumableOptions {
  readonly source: Source;
  /** With the id and `now` of the interrupted export, if there is one. */
  readonly plan: ExportPlan;
  readonly path: string;
  readonly overwrite: boolean;
  /** Path of the file for rejected records; absent: they are not written. */
  readonly rejects?: string | undefined;
  readonly now: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds between two checkpoints; default 1000. */
  readonly everyMs?: number;
}

/** What a process that is killed has done since its last checkpoint is done again. */
const EVERY_MS = 1000;

/** Bytes of input after which a checkpoint is made too. */
const EVERY_BYTES = 256 * 1024 * 1024;

/** Told when an export fails that should have had a checkpoint. */
const WITHOUT_CHECKPOINT =
  'no checkpoint was made, so that the same command starts again; gzip and archives have none inside: store large inputs plain or in Zstandard to resume in them';

/** Bytes of the partial result that are read at a time. */
const READ_BYTES = 1024 * 1024;

/**
 * Exports to a file, from the checkpoint if there is one. A process that dies leaves the partial result and its last
 * checkpoint, from which the next call continues; the bytes are those of an export that was never interrupted. What fails
 * or is aborted after a checkpoint leaves both too.
 * @throws SluiceError (rejects) `INVALID` for a plan or source that has no checkpoints; `PLAN_CHANGED`, `SOURCE_CHANGED`,
 *   `VERIFY_FAILED` where an interrupted export does not fit; whatever an export fails with; `WRITE_FAILED` while another
 *   process writes the same file
 */
export async function exportResumably(options: ResumableOptions, before: Interrupted | undefined): Promise<Receipt> {
  const { plan, path, overwrite, source } = options;
  refuseUnresumable(plan, source);
  const place = await filePlace(path, overwrite);
  const beside = besides(place);
  const { part } = beside;
  const unlock = await lockPart(part, path, 'exported');
  let rejects: PartialRejects | undefined;
  try {
    const handle = await openPart(part, place, before !== undefined).catch((cause: unknown) => {
      throw writeError(cause, path);
    });
    const file = new PartialFile(handle, place, beside, options, before);
    try {
      rejects = await PartialRejects.open(options.rejects, overwrite, before);
      return await file.finish(place, await file.write(rejects), rejects);
    } catch (cause) {
      const keeps = file.hasCheckpoint;
      const failure = writeError(await file.left(cause), path);
      await rejects?.left(keeps);
      throw failure;
    }
  } finally {
    await rejects?.close();
    await unlock();
  }
}

function refuseUnresumable(plan: ExportPlan, { reopenable }: Source): void {
  refuseDeltaOfJobs(plan);
  const why = plan.select.sort
    ? 'a sorted result is made in one go, since the last record may be the first'
    : reopenable === false
      ? 'the input can be read once only, so nothing can continue in it'
      : undefined;
  if (why !== undefined) throw invalid('accept', why, 'resume');
}

/** Failures of an interrupted export that does not fit this one. */
const DO_NOT_FIT: ReadonlySet<string> = new Set(['PLAN_CHANGED', 'SOURCE_CHANGED', 'VERIFY_FAILED']);

/** A partial result, and its checkpoint. */
class PartialFile {
  readonly #handle: FileHandle;
  readonly #beside: Besides;
  readonly #rows: PartialRows;
  readonly #options: ResumableOptions;
  readonly #startedAt: number;
  readonly #begunAt: number;
  readonly #before: Interrupted | undefined;
  hasCheckpoint: boolean;
  #at: number;

  constructor(
    handle: FileHandle,
    place: FilePlace,
    beside: Besides,
    options: ResumableOptions,
    before: Interrupted | undefined,
  ) {
    this.#handle = handle;
    this.#beside = beside;
    this.#rows = new PartialRows(beside.rows, place, before);
    this.#options = options;
    this.#before = before;
    this.#startedAt = before?.startedAt ?? Date.now();
    this.#begunAt = performance.now();
    this.hasCheckpoint = before !== undefined;
    this.#at = before?.checkpoint.outputBytes ?? 0;
  }

  /** Writes the rest of the result. */
  async write(rejects: PartialRejects | undefined): Promise<Receipt> {
    const { source, plan, signal, logger, onProgress, everyMs = EVERY_MS } = this.#options;
    await this.#cutBack();
    const abort = new GentleAbort(signal);
    let sliceAt = performance.now();
    let sliceBytes: number | undefined;
    const { events, receipt } = exportSlices({
      source,
      plan,
      signal: abort.signal,
      logger,
      onProgress,
      startedAt: this.#startedAt,
      endsSlice: ({ bytesDone }) => {
        sliceBytes ??= bytesDone;
        return abort.isAsked || performance.now() - sliceAt >= everyMs || bytesDone - sliceBytes >= EVERY_BYTES;
      },
      spool: this.#rows,
      onReject: rejects && ((reject) => rejects.write(reject)),
      from: this.#before && { checkpoint: this.#before.checkpoint, output: this.#stored() },
    });
    try {
      for await (const event of events) {
        if (event.kind === 'bytes') {
          this.#at = await writeAll(this.#handle, event.bytes, this.#at);
          continue;
        }
        await this.#keep(event.checkpoint, rejects);
        if (abort.isAsked) abort.now();
        sliceAt = performance.now();
        sliceBytes = undefined;
      }
    } finally {
      abort.close();
    }
    return receipt;
  }

  /** Gives the complete result its name. */
  async finish(place: FilePlace, receipt: Receipt, rejects: PartialRejects | undefined): Promise<Receipt> {
    if (this.#at !== receipt.output.bytes) {
      const message = `${place.name}: ${this.#at} bytes arrived of ${receipt.output.bytes} that were made`;
      throw new SluiceError('UNBALANCED', 'write', message, { path: place.name });
    }
    const { overwrite, logger } = this.#options;
    const note = ({ code, text }: Note) => logger.warn({ code }, text);
    // First: a result under its name says that everything is there.
    await rejects?.place(overwrite, note);
    const temporary = { path: this.#beside.part, handle: this.#handle };
    await placeFile({ temporary, placing: 'rename' }, place, { overwrite, note });
    await unlink(this.#beside.state).catch(() => {});
    await this.#rows.remove();
    return receipt;
  }

  /** Ends a run that failed: what can be continued stays. @returns the failure to report */
  async left(failure: unknown): Promise<unknown> {
    await this.#handle.close().catch(() => {});
    if (!this.hasCheckpoint) {
      await unlink(this.#beside.part).catch(() => {});
      await this.#rows.remove();
      const { logger, path, everyMs = EVERY_MS } = this.#options;
      // Before that there is not much to lose.
      if (performance.now() - this.#begunAt >= everyMs) logger.warn({ path }, `${path}: ${WITHOUT_CHECKPOINT}`);
      return failure;
    }
    if (this.#before && failure instanceof SluiceError && DO_NOT_FIT.has(failure.code)) {
      const message = `${failure.message}; to start again, remove ${this.#beside.state}`;
      return new SluiceError(failure.code, failure.stage, message, { ...failure.toJSON(), cause: failure.cause });
    }
    const { logger, path } = this.#options;
    logger.warn(
      { path, part: this.#beside.part },
      `${path} is incomplete; the same command with --resume continues it`,
    );
    return failure;
  }

  /** Drops what was written after the checkpoint. */
  async #cutBack(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size < this.#at) {
      const message = `${this.#options.path}: ${size} bytes of the partial result are left of ${this.#at}`;
      throw new SluiceError('VERIFY_FAILED', 'run', message, { path: this.#beside.state });
    }
    await this.#handle.truncate(this.#at);
  }

  async *#stored(): AsyncGenerator<Buffer, void> {
    for (let at = 0; at < this.#at; ) {
      const bytes = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#at - at));
      const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  }

  /** Stores a checkpoint, after the bytes before it. */
  async #keep(checkpoint: ExportCheckpoint, rejects: PartialRejects | undefined): Promise<void> {
    const { plan, now } = this.#options;
    await syncFile(this.#handle);
    await this.#rows.sync();
    const facts = JSON.stringify({ id: plan.id, now, startedAt: this.#startedAt, rejects: await rejects?.mark() });
    const temporary = `${this.#beside.state}.new`;
    // Whatever has this name in a folder of several users is not written to: it may be a link to a file of someone else.
    await unlink(temporary).catch(() => {});
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.concat([Buffer.from(`${facts}\n`), encodeCheckpoint(checkpoint)]));
      await syncFile(handle);
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#beside.state);
    await syncDirectory(join(this.#beside.state, '..'));
    this.hasCheckpoint = true;
  }
}
