/** Joins the result of a job into one blob while its parts are written, if the store can do that. */

import {
  type BlobOwner,
  type BlobStore,
  blobName,
  type JoinProgress,
  type Part,
  type PartJoiner,
} from '../results/blob-store.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';

/** What joining needs of the attempt. */
export interface JoinOptions {
  readonly store: BlobStore;
  readonly owner: BlobOwner;
  readonly epoch: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Joins for one attempt. The unfinished upload of an earlier attempt may be gone, completed or changed: then all parts
 * are joined again, under a name of this attempt. If that fails too, the result stays in parts, which only rules out
 * presigned links. Each name is used once, so that a late attempt cannot complete the result of another one.
 */
export class ResultJoin {
  readonly #options: JoinOptions;
  readonly #joiner: PartJoiner | undefined;
  #progress: JoinProgress | undefined;
  #names = 0;

  constructor(options: JoinOptions) {
    this.#options = options;
    this.#joiner = options.store.joiner;
  }

  /** Whether the store can join. */
  get isAble(): boolean {
    return this.#joiner !== undefined;
  }

  /** What the next attempt resumes from. */
  get progress(): JoinProgress | undefined {
    return this.#progress;
  }

  /** Resumes from the progress of an earlier attempt; undefined restarts. */
  async resume(progress: JoinProgress | undefined): Promise<void> {
    if (progress === undefined) await this.#abandon();
    this.#progress = progress;
  }

  /** Joins the parts so far. */
  async continue(parts: readonly Part[]): Promise<void> {
    const { owner, signal } = this.#options;
    await this.#twice(async (joiner, from) => {
      this.#progress = await joiner.join(owner, parts, from, signal);
    });
  }

  /** The final content of a file: one blob, or its parts unchanged. */
  async finish(parts: readonly Part[]): Promise<readonly Part[]> {
    if (parts.length < 2) {
      await this.#abandon();
      return parts;
    }
    const { owner, signal } = this.#options;
    const whole = await this.#twice((joiner, from) => joiner.finish(owner, parts, from, signal));
    this.#progress = undefined;
    return whole ? [whole] : parts;
  }

  /** Runs `work`, and again from the beginning if it fails. Undefined if it fails twice. */
  async #twice<T>(work: (joiner: PartJoiner, from: string | JoinProgress) => Promise<T>): Promise<T | undefined> {
    const joiner = this.#joiner;
    if (!joiner) return undefined;
    for (let again = false; ; again = true) {
      try {
        return await work(joiner, this.#progress ?? blobName('joined', this.#names++, this.#options.epoch));
      } catch (cause) {
        const error = toSluiceError(cause, 'INTERNAL', 'job');
        // An outage of the store, or the end of the attempt: the next attempt resumes from the checkpoint.
        if (error.code === 'SERVICE_FAILED' || error.code === 'ABORTED') throw error;
        this.#warn(error, again);
        await this.#abandon();
        if (again) return undefined;
      }
    }
  }

  async #abandon(): Promise<void> {
    const progress = this.#progress;
    this.#progress = undefined;
    if (progress) await this.#joiner?.abandon(this.#options.owner, progress).catch(() => {});
  }

  #warn({ message }: SluiceError, again: boolean): void {
    const { logger, owner } = this.#options;
    const what = again ? 'a result stays in its parts' : 'the parts of a result are joined again';
    logger.warn({ job: owner.job, reason: message }, what);
  }
}
