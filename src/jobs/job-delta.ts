/** The delta of a job: against the index that the job before it in its chain has left, which it replaces. */
import type { FileHandle } from 'node:fs/promises';
import type { DeltaPorts } from '../delta/comparison.js';
import type { IndexPlan } from '../delta/index-format.js';
import { IndexReader } from '../delta/index-reader.js';
import { type BlobOwner, type BlobStore, type BlobWriter, blobName } from '../results/blob-store.js';
import { namesOf } from '../results/parts.js';
import { copyInto, openNamelessFile } from '../temporary-files/nameless-file.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import type { JobEngine, JobRow, StoredFile } from './engine.js';

/** How a job takes part in a chain. */
export interface ChainPlan {
  /** What the jobs of the chain have in common, as a fact of them. */
  readonly chain: string;
  readonly index: IndexPlan;
}

/** What a delta works on. */
export interface JobDeltaParts {
  readonly engine: JobEngine;
  readonly store: BlobStore;
}

/** States of jobs that have left an index, whether it is there still or not. */
const SUCCESSFUL = ['completed', 'completedWithNoRecords', 'completedWithErrors', 'expired'] as const;

const UNFINISHED = ['queued', 'running'] as const;

/** Failures that mean that an index is not the one that was left, or not for these settings. */
const DOES_NOT_FIT: ReadonlySet<string> = new Set(['VERIFY_FAILED', 'PLAN_CHANGED']);

/**
 * Refuses a second unfinished job of a chain: both would have the same changes, and the later one would lack what the
 * earlier one undoes.
 * @param before only jobs that were submitted before; default all
 * @throws SluiceError `TOO_MANY_REQUESTS`
 */
export async function refuseSecond(
  engine: JobEngine,
  { tenant, id, facts }: Pick<JobRow, 'tenant' | 'id' | 'facts'>,
  before?: number,
): Promise<void> {
  const chain = facts?.deltaChain;
  if (chain === undefined) return;
  const found = await engine.find(tenant, {
    states: UNFINISHED,
    facts: [{ name: 'deltaChain', values: [chain] }],
    times: before === undefined ? [] : [{ name: 'createdAt', to: before }],
    descending: false,
    limit: 2,
  });
  const [first] = found.ids;
  if (first === undefined || first === id) return;
  const message = `job ${first} makes the delta before this one and has not ended; each is against the one before, so wait for it`;
  throw new SluiceError('TOO_MANY_REQUESTS', 'job', message, { path: 'delta' });
}

/** The delta of one attempt. */
export class JobDelta {
  readonly #parts: JobDeltaParts;
  readonly #owner: BlobOwner;
  readonly #chain: string;
  /** The job that left the index. */
  #previous: JobRow | undefined;
  #handle: FileHandle | undefined;
  #writer: BlobWriter | undefined;
  ports: DeltaPorts;

  private constructor(parts: JobDeltaParts, row: JobRow, { chain, index }: ChainPlan) {
    this.#parts = parts;
    this.#owner = { tenant: row.tenant, job: row.id };
    this.#chain = row.facts?.deltaChain ?? chain;
    this.ports = { plan: index };
  }

  /**
   * Finds the index of the job before, and begins that of this one. An index that is gone, or does not fit, makes the
   * export complete.
   * @throws SluiceError (rejects) `TOO_MANY_REQUESTS` while an earlier job of the chain has not ended; whatever the store
   *   fails with
   */
  static async open(parts: JobDeltaParts, row: JobRow, plan: ChainPlan): Promise<JobDelta> {
    await refuseSecond(parts.engine, row, row.createdAt);
    const delta = new JobDelta(parts, row, plan);
    try {
      delta.#previous = await delta.#findPrevious();
      const found = await delta.#readIndex(plan.index);
      const writer = await parts.store.create(delta.#owner, blobName('index', 0, row.epoch));
      delta.#writer = writer;
      const sink = { write: (bytes: Buffer) => writer.write(bytes) };
      delta.ports = {
        plan: plan.index,
        sink,
        ...(found instanceof IndexReader ? { index: found } : { missing: found }),
      };
      return delta;
    } catch (cause) {
      await delta.close();
      throw cause;
    }
  }

  /**
   * The export is complete: makes the index durable.
   * @throws SluiceError (rejects) `TOO_MANY_REQUESTS` where another job of the chain has ended meanwhile
   */
  async commit(name: string, bytesOf: (parts: StoredFile['parts']) => Promise<string>): Promise<StoredFile> {
    if ((await this.#findPrevious())?.id !== this.#previous?.id) {
      const message = 'another job of this chain has ended meanwhile, so this delta is not against the one before it';
      throw new SluiceError('TOO_MANY_REQUESTS', 'job', message, { path: 'delta' });
    }
    if (!this.#writer) throw new SluiceError('INTERNAL', 'job', 'a delta was committed before it was opened');
    const part = await this.#writer.commit();
    this.#writer = undefined;
    const sha256 = await bytesOf([part]);
    return { name, mediaType: 'text/plain; charset=utf-8', bytes: part.bytes, sha256, parts: [part], isIndex: true };
  }

  /**
   * Deletes the index before, while this job is about to end. Were it left, and this job deleted later, the next delta would
   * be against it, and lack what has changed back since. If the process dies here, the next export is complete.
   */
  async deletePrevious(): Promise<void> {
    if (!this.#previous) return;
    const { id, tenant, files } = this.#previous;
    const kept = files.filter(({ isIndex }) => !isIndex).flatMap(({ parts }) => namesOf(parts));
    await this.#parts.store.sweep({ tenant, job: id }, new Set(kept));
  }

  async close(): Promise<void> {
    const [handle, writer] = [this.#handle, this.#writer];
    this.#handle = undefined;
    this.#writer = undefined;
    await handle?.close();
    await writer?.discard().catch(() => {});
  }

  /** The last successful job of the chain. */
  async #findPrevious(): Promise<JobRow | undefined> {
    const { engine } = this.#parts;
    const facts = [{ name: 'deltaChain' as const, values: [this.#chain] }];
    const { ids } = await engine.find(this.#owner.tenant, { states: SUCCESSFUL, facts, limit: 1 });
    return ids[0] === undefined ? undefined : engine.look(ids[0]);
  }

  /** The index of the job before, or why there is none. */
  async #readIndex(plan: IndexPlan): Promise<IndexReader | string> {
    if (!this.#previous) return 'no earlier job of this chain has a result';
    const { id, tenant, files } = this.#previous;
    const file = files.find(({ isIndex }) => isIndex);
    if (!file) return `the index of job ${id} has expired with its result`;
    this.#handle = await openNamelessFile('job');
    try {
      await copyInto(this.#handle, this.#parts.store.read({ tenant, job: id }, file.parts), 'job');
      return await IndexReader.open(this.#handle, `the index of job ${id}`, plan);
    } catch (cause) {
      if (!(cause instanceof SluiceError)) throw cause;
      if (isMissing(cause)) return `the index of job ${id} was deleted`;
      if (!DOES_NOT_FIT.has(cause.code)) throw cause;
      return cause.message;
    }
  }
}

function isMissing({ code, cause }: SluiceError): boolean {
  return code === 'NOT_FOUND' || systemCode(cause) === 'ENOENT';
}
