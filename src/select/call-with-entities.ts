/** Calls a function of the user with each entity of a batch as an object, and takes the results in order. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, END, entityCount, ordinalAt, ROW_WIDTH, START } from '../terms/batch.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';

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

/** Why no further entity was passed to the function. */
export interface CallFault {
  /** Number of the record whose call failed. */
  readonly ordinal: number;
  readonly error: SluiceError;
}

/** How the function is called. */
export interface CallOptions {
  readonly call: (entity: EntityObject, recordIndex: number) => unknown;
  /** Receives the settled results in the order of the entities; what it throws is the fault of that record. */
  readonly take: (result: Result) => void;
  /** Maximum of results that are awaited at the same time. */
  readonly concurrency: number;
}

/**
 * Calls the function with every entity.
 * @returns the first fault in the order of the records; the run is then stopped
 * @throws SluiceError (rejects) `ABORTED`
 */
export async function callForEach(
  batch: Batch,
  run: Run,
  { call, take, concurrency }: CallOptions,
): Promise<CallFault | undefined> {
  const { source, firstIndex } = batch;
  /** Pending results, and the results after them. */
  const waiting: Result[] = [];
  const count = entityCount(batch);
  let ordinal = 0;
  try {
    for (let position = 0; position < count; position++) {
      if (turnIsOver()) await nextTurn(run);
      ordinal = ordinalAt(batch, position);
      const callNow = () => call(entityAt(batch, position), firstIndex + ordinalAt(batch, position));
      const value = waiting.length === 0 ? callNow() : later(callNow);
      if (waiting.length === 0 && !isThenable(value)) {
        take({ position, ordinal, value });
        continue;
      }
      waiting.push({ position, ordinal, value: isThenable(value) ? handled(value) : value });
      if (waiting.length >= concurrency) await settleFirst();
    }
    while (waiting.length > 0) await settleFirst();
  } catch (cause) {
    if (run.signal.aborted) throw run.abortError();
    run.stop();
    const error = toSluiceError(cause, 'INTERNAL', 'select', { source, recordIndex: firstIndex + ordinal });
    return { ordinal, error };
  }
  return undefined;

  async function settleFirst(): Promise<void> {
    const [first] = waiting.splice(0, 1);
    ordinal = first.ordinal;
    take({ ...first, value: await run.orAbort(Promise.resolve(first.value)) });
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
    return JSON.parse(batch.bytes.toString('utf8', batch.rows[row + START], batch.rows[row + END]));
  } catch (cause) {
    const recordIndex = batch.firstIndex + ordinalAt(batch, position);
    throw toSluiceError(cause, 'INVALID_JSON', 'select', { source: batch.source, recordIndex });
  }
}

/** A failure waits for its turn, after the results that are still pending. */
function later(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    return Promise.reject(cause);
  }
}

/** A rejection counts as handled until its turn comes, because the run may have ended by then. */
function handled(value: PromiseLike<unknown>): Promise<unknown> {
  const promise = Promise.resolve(value);
  promise.catch(() => {});
  return promise;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
