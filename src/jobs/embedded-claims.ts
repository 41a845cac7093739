/** Claims jobs of the embedded engine; the claim of a job that is being submitted takes no commit of its own. */
import type { DurableWrites } from './durable-writes.js';
import type { EmbeddedRows } from './embedded-rows.js';
import type { JobRow, WholeRow } from './engine.js';
import type { FairQueue, Turn } from './fair-queue.js';
import type { Change, RowChanges } from './row-changes.js';

/** Delay before a job is claimed again after its claim could not be written, in milliseconds. */
const CLAIM_AGAIN_MS = 1000;

/** What claims need. */
export interface EmbeddedClaimsParts {
  readonly queue: FairQueue;
  readonly rows: EmbeddedRows;
  readonly changes: RowChanges;
  readonly writes: DurableWrites;
  readonly now: () => number;
}

/** Knows the submissions that are under way. */
export class EmbeddedClaims {
  readonly #parts: EmbeddedClaimsParts;
  /** Submissions that have not ended, by the id of their job. */
  readonly #submissions = new Map<string, Promise<unknown>>();
  /** Those of them whose job is not in the queue yet: a transaction that begins now comes after theirs. */
  readonly #coming = new Set<string>();

  constructor(parts: EmbeddedClaimsParts) {
    this.#parts = parts;
  }

  /**
   * Follows a submission to its end.
   * @param store begins its transaction before it returns, and in it calls `queued`
   */
  async follow<T>(id: string, store: () => Promise<T>): Promise<T> {
    this.#coming.add(id);
    const storing = store();
    this.#submissions.set(id, storing);
    try {
      return await storing;
    } finally {
      this.#coming.delete(id);
      this.#submissions.delete(id);
    }
  }

  /** The job of a submission is in the queue. */
  queued(id: string): void {
    this.#coming.delete(id);
  }

  /** As `claim` of the engine. */
  async claim(alone: boolean, except: readonly string[]): Promise<WholeRow | undefined> {
    const { queue, rows, changes, writes, now } = this.#parts;
    for (;;) {
      let turn: Turn | undefined = queue.take(now(), alone, except);
      if (!turn && this.#coming.size === 0) return undefined;
      let submission: Promise<unknown> | undefined;
      try {
        // Read the row within a transaction only: the transaction that submits it may still be open.
        const changed = await writes.write(() => {
          turn ??= queue.take(now(), alone, except);
          if (!turn) return undefined;
          submission = this.#submissions.get(turn.id);
          return changes.apply(turn.id, undefined, (row) => this.#started(row));
        });
        if (!turn) return undefined;
        // It is reported first; without one, changes are reported in the order of their transactions.
        if (submission) await submission;
        const row = changes.settle(changed);
        // Read the request now: the job may be cancelled and deleted while it is parsed.
        if (row?.state === 'running') return { ...row, request: await rows.takeRequest(row.id) };
        // The job was cancelled in the meantime.
        queue.release(turn.tenant);
      } catch (cause) {
        // The submissions that were awaited report the same failure.
        if (!turn) return undefined;
        const { tenant, id } = turn;
        queue.release(tenant);
        // An unreadable row is set aside and does not block the queue; a job that was not stored is gone.
        if (rows.isSetAside(id) || (await hasFailed(submission))) continue;
        // The write failed, e.g. on a full disk: queue the job again.
        queue.add(tenant, id, { notBefore: now() + CLAIM_AGAIN_MS });
        throw cause;
      }
    }
  }

  #started({ state, epoch, startedAt }: JobRow): Change | undefined {
    if (state !== 'queued') return undefined;
    return { state: 'running', epoch: epoch + 1, startedAt: startedAt ?? this.#parts.now(), notBefore: undefined };
  }
}

async function hasFailed(work: Promise<unknown> | undefined): Promise<boolean> {
  return (
    work?.then(
      () => false,
      () => true,
    ) ?? false
  );
}
