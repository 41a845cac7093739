/** Calls a function of the user with each entity of a batch as an object, and takes the results in order. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { isMembers, parseText } from '../scan/decode-value.js';
import { type Batch, END, entityCount, ordinalAt, ROW_WIDTH, START } from '../terms/batch.js';
import { callbackFailed } from '../terms/callback-failed.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { isThenable } from '../terms/thenable.js';

/** An entity as JSON.parse returns it. */
export type EntityObject = Record<string, unknown>;

/** Default of the results that are awaited at the same time. */
export const DEFAULT_CONCURRENCY = 16;

/** The result of the function for an entity, or a promise of it. */
export interface Result {
  /** Position of the entity in the batch. */
  readonly position: number;
  /** Number of the entity's record in the batch. */
  readonly ordinal: number;
  readonly value: unknown;
}

/** How the function is called. */
export interface CallOptions {
  /** Name of the function in errors: of the stream that takes it. */
  readonly name: string;
  readonly call: (entity: EntityObject, recordIndex: number) => unknown;
  /** Maximum of results that are awaited at the same time. */
  readonly concurrency: number;
}

/** Calls of the function with the entities of a batch, as their results are taken. */
export class Calls {
  readonly #batch: Batch;
  readonly #run: Run;
  readonly #options: CallOptions;
  readonly #count: number;
  /** Results that were not taken yet. */
  readonly #waiting: Result[] = [];
  /** The next entity to call the function with. */
  #next = 0;
  /** The entity whose result was taken last, or failed. */
  #position = -1;

  constructor(batch: Batch, run: Run, options: CallOptions) {
    this.#batch = batch;
    this.#run = run;
    this.#options = options;
    this.#count = entityCount(batch);
  }

  /** Position of the entity whose result was taken last, or has failed; -1 before the first. */
  get position(): number {
    return this.#position;
  }

  /** Whether every result was taken. */
  get isDone(): boolean {
    return this.#next === this.#count && this.#waiting.length === 0;
  }

  /**
   * The next result in the order of the entities; undefined after the last.
   * @throws SluiceError (or rejects) `CALLBACK_FAILED`, and `ABORTED`
   */
  take(): Result | undefined | Promise<Result> {
    if (this.isDone) return undefined;
    if (this.#waiting.length > 0) return this.#settle();
    this.#position = this.#next;
    const result = this.#call();
    if (!isThenable(result.value)) return result;
    this.#waiting.push({ ...result, value: handled(result.value) });
    return this.#settle();
  }

  /**
   * The error of what the function, or its iterator, threw.
   * @param position of the entity; default: that of the result taken last
   */
  failure(cause: unknown, position = this.#position): SluiceError {
    const { source, firstIndex } = this.#batch;
    const recordIndex = firstIndex + ordinalAt(this.#batch, position);
    return callbackFailed(`the function of ${this.#options.name}`, cause, 'select', { source, recordIndex });
  }

  /** Fills up the waiting results and awaits the first. */
  async #settle(): Promise<Result> {
    while (this.#waiting.length < this.#options.concurrency && this.#next < this.#count) {
      if (turnIsOver()) await nextTurn(this.#run);
      this.#waiting.push(this.#later());
    }
    const [first] = this.#waiting.splice(0, 1);
    this.#position = first.position;
    try {
      return { ...first, value: await this.#run.orAbort(Promise.resolve(first.value)) };
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  #call(): Result {
    const position = this.#next++;
    const ordinal = ordinalAt(this.#batch, position);
    const entity = entityAt(this.#batch, position);
    try {
      return { position, ordinal, value: this.#options.call(entity, this.#batch.firstIndex + ordinal) };
    } catch (cause) {
      throw this.failure(cause, position);
    }
  }

  /** A call after pending ones: its failure waits for its turn. */
  #later(): Result {
    const position = this.#next;
    try {
      const result = this.#call();
      return isThenable(result.value) ? { ...result, value: handled(result.value) } : result;
    } catch (cause) {
      return { position, ordinal: ordinalAt(this.#batch, position), value: handled(Promise.reject(cause)) };
    }
  }
}

/**
 * An entity as an object. This loses what `JSON.parse` cannot represent: digits beyond a double, repeated keys.
 * @throws SluiceError `INVALID_JSON` for faulty text, which only unchecked batches have
 */
export function entityAt(batch: Batch, position: number): EntityObject {
  if (batch.kind === 'objects') return { ...batch.objects[position] };
  const row = position * ROW_WIDTH;
  try {
    const value = parseText(batch.bytes.toString('utf8', batch.rows[row + START], batch.rows[row + END]));
    if (!isMembers(value)) throw new SyntaxError('an entity is an object');
    return value;
  } catch (cause) {
    const recordIndex = batch.firstIndex + ordinalAt(batch, position);
    throw toSluiceError(cause, 'INVALID_JSON', 'select', { source: batch.source, recordIndex });
  }
}

/** A rejection counts as handled until its turn comes, because the run may have ended by then. */
function handled(value: PromiseLike<unknown>): Promise<unknown> {
  const promise = Promise.resolve(value);
  promise.catch(() => {});
  return promise;
}
