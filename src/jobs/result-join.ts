/** The result of a job as one blob, put together while its parts are made, where the store can do that. */

import {
  type BlobOwner,
  type BlobStore,
  blobName,
  type JoinStanding,
  type Part,
  type PartJoiner,
} from '../results/blob-store.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';

/** What joining needs to know of the attempt. */
export interface JoinOptions {
  readonly store: BlobStore;
  readonly owner: BlobOwner;
  readonly epoch: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Joins on behalf of one attempt. What an earlier attempt has begun may be gone, finished by it, or changed by it since:
 * then all parts are joined again, under a name of this attempt. Where that cannot be done either, the result stays in
 * its parts, which is as good for all but links. Each name is used once, so that no attempt, however late, completes
 * what another one's result is.
 */
export class ResultJoin {
  readonly #options: JoinOptions;
  readonly #joiner: PartJoiner | undefined;
  #standing: JoinStanding | undefined;
  #names = 0;

  constructor(options: JoinOptions) {
    this.#options = options;
    this.#joiner = options.store.joiner;
  }

  /** Whether anything is joined here. */
  get isAble(): boolean {
    return this.#joiner !== undefined;
  }

  /** What the next attempt goes on from. */
  get standing(): JoinStanding | undefined {
    return this.#standing;
  }

  /** Goes on from where an attempt has come to; undefined: the parts are made again. */
  async takeUp(standing: JoinStanding | undefined): Promise<void> {
    if (standing === undefined) await this.#abandon();
    this.#standing = standing;
  }

  /** Joins what has come so far. */
  async goOn(parts: readonly Part[]): Promise<void> {
    const { owner, signal } = this.#options;
    await this.#twice(async (joiner, from) => {
      this.#standing = await joiner.join(owner, parts, from, signal);
    });
  }

  /** What a file is made of in the end: one blob, or its parts as they are. */
  async finish(parts: readonly Part[]): Promise<readonly Part[]> {
    if (parts.length < 2) {
      await this.#abandon();
      return parts;
    }
    const { owner, signal } = this.#options;
    const whole = await this.#twice((joiner, from) => joiner.finish(owner, parts, from, signal));
    this.#standing = undefined;
    return whole ? [whole] : parts;
  }

  /** Does it; again from the beginning where that fails. Undefined when it cannot be done. */
  async #twice<T>(work: (joiner: PartJoiner, from: string | JoinStanding) => Promise<T>): Promise<T | undefined> {
    const joiner = this.#joiner;
    if (!joiner) return undefined;
    for (let again = false; ; again = true) {
      try {
        return await work(joiner, this.#standing ?? blobName('joined', this.#names++, this.#options.epoch));
      } catch (cause) {
        const error = toSluiceError(cause, 'INTERNAL', 'job');
        // The store is away, or the job: whoever comes next goes on from what the checkpoint says.
        if (error.code === 'SERVICE_FAILED' || error.code === 'ABORTED') throw error;
        this.#warn(error, again);
        await this.#abandon();
        if (again) return undefined;
      }
    }
  }

  async #abandon(): Promise<void> {
    const standing = this.#standing;
    this.#standing = undefined;
    if (standing) await this.#joiner?.abandon(this.#options.owner, standing).catch(() => {});
  }

  #warn({ message }: SluiceError, again: boolean): void {
    const { logger, owner } = this.#options;
    const what = again ? 'a result stays in its parts' : 'the parts of a result are joined again';
    logger.warn({ job: owner.job, reason: message }, what);
  }
}
