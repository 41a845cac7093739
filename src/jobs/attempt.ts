/** One attempt at a job: slices with a checkpoint after each, then the result. */

import { describeReject } from '../destinations/describe-reject.js';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../export/export-checkpoint.js';
import { exportSlices, type SliceOptions } from '../export/export-slices.js';
import { type BlobKind, type BlobOwner, type BlobWriter, blobName, type Part } from '../results/blob-store.js';
import { digestOf, namesOf, sizeOf } from '../results/parts.js';
import { SluiceError } from '../terms/errors.js';
import { giveBack } from '../terms/lent-memory.js';
import { bytesUpTo } from '../terms/position.js';
import type { Progress } from '../terms/progress.js';
import type { Receipt } from '../terms/receipt.js';
import type { AttemptOptions } from './attempt-options.js';
import { type AttemptFacts, finalProgress, runningProgress } from './attempt-progress.js';
import type { JobCheckpoint, StoredFile, WholeRow } from './engine.js';
import { inBetween } from './in-between.js';
import { completedState, type JobProgress, type JobState } from './job.js';
import { traceAttempt } from './job-channels.js';
import { JobDelta } from './job-delta.js';
import type { JobPlan } from './job-plan.js';
import { JobSpool } from './job-spool.js';
import { ResultJoin } from './result-join.js';
import { boundedReceipt } from './row-bounds.js';
import { runLogger } from './run-logger.js';

/** Minimum number of slices before an attempt yields to a job of another tenant. */
const SLICES_BEFORE_YIELD = 2;

/** Interval of progress reports, in milliseconds. */
const PROGRESS_INTERVAL_MS = 1000;

/**
 * Makes one attempt of a claimed job: finishes it, or requeues it when it is asked to stop.
 * @throws SluiceError the failure of the export; `SUPERSEDED` if a newer attempt owns the job
 */
export async function makeAttempt(row: WholeRow, options: AttemptOptions): Promise<void> {
  await traceAttempt(row, async () => {
    const attempt = new Attempt(row, options, options.plans.of(row));
    try {
      return await attempt.run();
    } finally {
      await attempt.discard();
    }
  });
}

class Attempt {
  readonly #row: WholeRow;
  readonly #owner: BlobOwner;
  readonly #options: AttemptOptions;
  readonly #plan: JobPlan;
  readonly #join: ResultJoin;
  #parts: Part[] = [];
  #rejects: Part[] = [];
  /** Writers of the current slice; created with its first bytes. */
  #part: BlobWriter | undefined;
  #delta: JobDelta | undefined;
  #spool: JobSpool;
  #reject: BlobWriter | undefined;
  #states = 0;
  #written = 0;
  #progress: JobProgress;
  #totalBytes: number | undefined;
  /** Finds that size, while the export begins. */
  #sizing: Promise<void> | undefined;
  #reporting: Promise<unknown> = Promise.resolve();
  #reportedAt = 0;
  #failure: unknown;

  constructor(row: WholeRow, options: AttemptOptions, plan: JobPlan) {
    this.#row = row;
    this.#owner = { tenant: row.tenant, job: row.id };
    this.#options = options;
    this.#plan = plan;
    const { store, logger, signal } = options;
    this.#join = new ResultJoin({ store, owner: this.#owner, epoch: row.epoch, logger, signal });
    this.#progress = row.progress;
    this.#spool = this.#newSpool();
  }

  /** Returns the state in which the attempt leaves the job. */
  async run(): Promise<JobState> {
    const { source, hit } = this.#options;
    await hit('after-claim', this.#row.epoch);
    this.#sizing = source.totalBytes?.().then((bytes) => {
      this.#totalBytes = bytes;
    });
    // Awaited at the end.
    this.#sizing?.catch(() => {});
    const { checkpoint } = this.#row;
    const from = checkpoint && (await this.#resume(checkpoint));
    try {
      return await this.#export(from);
    } catch (cause) {
      // The stored output of earlier attempts is damaged: start from the beginning.
      if (!(from && cause instanceof SluiceError && cause.code === 'VERIFY_FAILED')) throw cause;
      this.#options.logger.warn({ job: this.#row.id, reason: cause.message }, 'a job restarts from the beginning');
      await this.#restart();
      return this.#export(undefined);
    }
  }

  /** Deletes unfinished output. */
  async discard(): Promise<void> {
    await this.#reporting.catch(() => {});
    // Failures to delete must not hide the error of the attempt.
    await Promise.allSettled([this.#part?.discard(), this.#reject?.discard(), this.#delta?.close()]);
  }

  async #resume(checkpoint: JobCheckpoint): Promise<SliceOptions['from']> {
    const { store } = this.#options;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of store.read(this.#owner, [checkpoint.state])) chunks.push(chunk);
      const decoded = decodeCheckpoint(Buffer.concat(chunks));
      await this.#join.resume(checkpoint.joined);
      this.#parts = [...checkpoint.parts];
      this.#rejects = [...checkpoint.rejects];
      this.#spool = this.#newSpool(checkpoint.spooled);
      return { checkpoint: decoded, output: store.read(this.#owner, checkpoint.parts) };
    } catch (cause) {
      // A temporary outage of the store does not justify a restart.
      if (cause instanceof SluiceError && cause.code === 'SERVICE_FAILED') throw cause;
      this.#options.logger.warn({ job: this.#row.id, err: cause }, 'the checkpoint of a job cannot be read');
      return undefined;
    }
  }

  async #restart(): Promise<void> {
    await this.discard();
    await this.#join.resume(undefined);
    this.#part = undefined;
    this.#reject = undefined;
    this.#parts = [];
    this.#rejects = [];
    this.#spool = this.#newSpool();
  }

  #newSpool(parts?: readonly Part[]): JobSpool {
    return new JobSpool({ store: this.#options.store, owner: this.#owner, epoch: this.#row.epoch }, parts);
  }

  async #export(from: SliceOptions['from']): Promise<JobState> {
    const { source, slice, signal, stopping, logger, now, hit } = this.#options;
    const { epoch } = this.#row;
    const counts = from?.checkpoint.source;
    const startBytes = counts ? bytesUpTo(counts) : 0;
    let sliceBytes = startBytes;
    let sliceAt = now();
    let slices = 0;
    const { delta } = this.#plan;
    if (delta) this.#delta = await JobDelta.open(this.#options, this.#row, delta);
    // After a lost attempt, slices start small: progress shows early, and only little before a repeated crash is lost.
    const longest = (made: number) => (this.#row.lost > 0 ? Math.min(slice.bytes, made) : slice.bytes);
    const { events, receipt } = exportSlices({
      source,
      plan: this.#plan.stored,
      startedAt: this.#row.startedAt ?? now(),
      signal,
      logger: runLogger(logger),
      endsSlice: ({ bytesDone }) =>
        stopping() || bytesDone - sliceBytes >= longest(sliceBytes - startBytes) || now() - sliceAt >= slice.durationMs,
      onProgress: (progress) => {
        this.#options.onProgress?.(true);
        this.#report(progress, startBytes);
      },
      onReject: async (reject) => {
        this.#reject ??= await this.#create('rejects', this.#rejects.length);
        await this.#reject.write(Buffer.from(`${JSON.stringify(describeReject(reject))}\n`));
      },
      delta: this.#delta?.ports,
      spool: this.#spool,
      from,
    });
    const { onProgress = () => {} } = this.#options;
    onProgress(true);
    for await (const event of inBetween(events, onProgress)) {
      if (this.#failure) throw this.#failure;
      if (event.kind === 'bytes') {
        this.#part ??= await this.#create('part', this.#parts.length);
        await this.#part.write(event.bytes);
        giveBack(event.bytes);
        continue;
      }
      this.#written = event.checkpoint.counts.written;
      await this.#checkpoint(event.checkpoint);
      this.#options.onCheckpoint?.();
      sliceBytes = bytesUpTo(event.checkpoint.source);
      sliceAt = now();
      slices++;
      // A resumed attempt first reads the existing output: it yields only after at least half as much new output.
      const enough = slices >= SLICES_BEFORE_YIELD && sliceBytes - startBytes >= startBytes / 2;
      if (stopping() || (enough && (await this.#options.engine.othersWait(this.#row.tenant)))) {
        return (await this.#options.engine.requeue(this.#row.id, epoch)).state;
      }
    }
    const proof = await receipt;
    await this.#sizing;
    this.#written = proof.written;
    await this.#commitParts();
    const files = await this.#files(proof);
    await hit('before-finish', epoch);
    const state = await this.#finish(proof, files, startBytes);
    await hit('after-finish', epoch);
    return state;
  }

  #create(kind: BlobKind, index: number): Promise<BlobWriter> {
    return this.#options.store.create(this.#owner, blobName(kind, index, this.#row.epoch));
  }

  async #commitParts(): Promise<void> {
    const { hit, quota, engine } = this.#options;
    const { epoch, tenant } = this.#row;
    if (this.#written > quota.records) {
      throw new SluiceError('QUOTA_EXCEEDED', 'job', `the job writes more than ${quota.records} records`);
    }
    await hit('before-part', epoch);
    if (this.#part) this.#parts.push(await this.#part.commit());
    this.#part = undefined;
    if (this.#reject) this.#rejects.push(await this.#reject.commit());
    this.#reject = undefined;
    await hit('after-part', epoch);
    if (quota.bytes === Number.POSITIVE_INFINITY) return;
    const known = sizeOf(this.#row.checkpoint?.parts ?? []);
    const { results, rows } = await engine.storedBytes(tenant);
    if (results + rows - known + sizeOf(this.#parts) > quota.bytes) {
      throw new SluiceError('QUOTA_EXCEEDED', 'job', `the results of the tenant take more than ${quota.bytes} bytes`);
    }
  }

  async #keepState(bytes: Uint8Array): Promise<Part> {
    // A unique name per checkpoint: a slice may have no part, and the row refers to the last state until it is replaced.
    const writer = await this.#create('state', this.#states++);
    try {
      await writer.write(bytes);
      return await writer.commit();
    } catch (cause) {
      await writer.discard().catch(() => {});
      throw cause;
    }
  }

  async #checkpoint(checkpoint: ExportCheckpoint): Promise<void> {
    const { engine, store, hit } = this.#options;
    const { id, epoch } = this.#row;
    await this.#commitParts();
    await this.#spool.keep(checkpoint.waiting?.spool.bytes ?? 0);
    const state = await this.#keepState(encodeCheckpoint(checkpoint));
    await hit('before-checkpoint', epoch);
    const joined = this.#join.progress;
    const { parts: spooled } = this.#spool;
    const kept = { state, parts: this.#parts, rejects: this.#rejects, spooled, joined };
    await this.#reporting;
    await engine.checkpoint(id, epoch, kept, this.#progress);
    await hit('after-checkpoint', epoch);
    const names = [...namesOf([state, ...kept.parts, ...kept.rejects, ...spooled]), ...(joined ? [joined.name] : [])];
    await store.sweep(this.#owner, new Set(names), epoch);
    // Only after the fenced write: a newer attempt may continue the same upload.
    await this.#join.continue(this.#parts);
  }

  /** The files of the result, each joined into one blob if the store can do that. */
  async #files(receipt: Receipt): Promise<readonly StoredFile[]> {
    const { engine, store } = this.#options;
    const { fileName, mediaType, rejectsName, indexName } = this.#plan;
    const { bytes, sha256 = '' } = receipt.output;
    if (this.#join.isAble) await engine.progress(this.#row.id, this.#row.epoch, this.#progress);
    const files: StoredFile[] = [
      { name: fileName, mediaType, bytes, sha256, parts: await this.#join.finish(this.#parts) },
    ];
    if (this.#rejects.length > 0) {
      const digest = await digestOf(store.read(this.#owner, this.#rejects));
      const parts = await this.#join.finish(this.#rejects);
      files.push({ name: rejectsName, mediaType: 'application/x-ndjson', bytes: sizeOf(parts), sha256: digest, parts });
    }
    if (this.#delta)
      files.push(await this.#delta.commit(indexName, (parts) => digestOf(store.read(this.#owner, parts))));
    return files;
  }

  async #finish(receipt: Receipt, files: readonly StoredFile[], startBytes: number): Promise<JobState> {
    const { engine, store, now, resultTtlMs, hit } = this.#options;
    const { id, epoch } = this.#row;
    await this.#reporting;
    await this.#delta?.deletePrevious();
    const { state } = await engine.finish(id, epoch, {
      state: completedState(receipt),
      progress: finalProgress(receipt, this.#facts(startBytes)),
      receipt: boundedReceipt(receipt),
      files,
      expiresAt: now() + resultTtlMs,
    });
    // The first attempt of a job that made no checkpoint has stored only what is kept.
    const leavesOthers = epoch > 1 || this.#states > 0 || this.#join.isAble;
    if (leavesOthers) await store.sweep(this.#owner, new Set(files.flatMap(({ parts }) => namesOf(parts))), epoch);
    await hit('after-sweep', epoch);
    return state;
  }

  #facts(startBytes: number): AttemptFacts {
    return { startBytes, totalBytes: this.#totalBytes, now: this.#options.now() };
  }

  /** Notes progress and writes it once per second; writes are sequential. */
  #report(progress: Progress, startBytes: number): void {
    const { engine, now } = this.#options;
    this.#progress = runningProgress(progress, this.#facts(startBytes));
    this.#written = progress.written;
    if (now() - this.#reportedAt < PROGRESS_INTERVAL_MS) return;
    this.#reportedAt = now();
    this.#reporting = this.#reporting
      .then(() => engine.progress(this.#row.id, this.#row.epoch, this.#progress))
      .catch((cause: unknown) => {
        // On a full disk, skip this report: the result may still find room.
        if (!(cause instanceof SluiceError && cause.code === 'DISK_FULL')) this.#failure ??= cause;
      });
  }
}
