/** Hands the entities of a batch, as objects, to a function of the caller, and takes its answers in their order. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, END, entityCount, ordinalAt, ROW_WIDTH, START } from '../terms/batch.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';

/** An entity as JSON.parse makes it. */
export type EntityObject = Record<string, unknown>;

/** Answers that are waited for at the same time where nothing else is said. */
export const DEFAULT_CONCURRENCY = 16;

/** What the function has answered for an entity, or will. */
export interface Answer {
  /** Of the entity in the batch. */
  readonly position: number;
  /** Which record of the batch the entity is. */
  readonly ordinal: number;
  readonly value: unknown;
}

/** Why no further entity was handed over. */
export interface AskFault {
  /** Of the record whose answer is the fault. */
  readonly ordinal: number;
  readonly error: SluiceError;
}

/** How entities are handed over. */
export interface AskOptions {
  readonly ask: (entity: EntityObject, recordIndex: number) => unknown;
  /** Answers, settled, in the order of the entities; what it throws is the fault of that record. */
  readonly take: (answer: Answer) => void;
  /** How many answers may be waited for at the same time. */
  readonly concurrency: number;
}

/**
 * Asks of every entity.
 * @returns the first fault, by the order of the records; the run is told to stop then
 * @throws SluiceError (rejects) `ABORTED`
 */
export async function askEach(
  batch: Batch,
  run: Run,
  { ask, take, concurrency }: AskOptions,
): Promise<AskFault | undefined> {
  const { source, firstIndex } = batch;
  /** Those that are not known yet, and what was answered behind them. */
  const waiting: Answer[] = [];
  const count = entityCount(batch);
  let ordinal = 0;
  try {
    for (let position = 0; position < count; position++) {
      if (turnIsOver()) await nextTurn(run);
      ordinal = ordinalAt(batch, position);
      const call = () => ask(entityAt(batch, position), firstIndex + ordinalAt(batch, position));
      const value = waiting.length === 0 ? call() : later(call);
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
 * An entity as an object. What `JSON.parse` cannot hold is lost from here on: digits beyond a double, repeated keys.
 * @throws SluiceError `INVALID_JSON` for text that nobody has checked
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

/** Its failure waits for its turn, behind those that are not known yet. */
function later(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    return Promise.reject(cause);
  }
}

/** A failure is handled when its turn comes; the run may have ended by then. */
function handled(value: PromiseLike<unknown>): Promise<unknown> {
  const promise = Promise.resolve(value);
  promise.catch(() => {});
  return promise;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
