/** Turns every entity into an object and hands it to a function of the caller: the form for those who want objects. */

import { nextTurn, turnIsOver } from '../../loop/turn.js';
import {
  type Batch,
  END,
  endAfter,
  entityCount,
  type ObjectBatch,
  ordinalAt,
  ROW_WIDTH,
  START,
} from '../../terms/batch.js';
import { SluiceError, toSluiceError } from '../../terms/errors.js';
import { jsonObject } from '../../terms/json-value.js';
import { NOTHING, type Stage } from '../../terms/stage.js';

/** An entity as JSON.parse makes it. */
export type EntityObject = Record<string, unknown>;

/**
 * Answers the entity to pass on, changed or new, as a plain object; or undefined, to filter it out. It may answer a
 * promise of that. Anything else is refused, null among it.
 */
export type EntityMapper = (
  entity: EntityObject,
  recordIndex: number,
) => object | undefined | Promise<object | undefined>;

/** Answers that are waited for at the same time where nothing else is said. */
export const DEFAULT_CONCURRENCY = 16;

/**
 * Makes the stage. What `JSON.parse` cannot hold (digits beyond a double, repeated keys) is lost from here on. Entities
 * stay in their order, however long each answer takes; what came before the first fault passes. Batches must have been
 * checked, or trusted.
 * @param concurrency how many answers may be waited for at the same time
 */
export function mapEntitiesStage(map: EntityMapper, concurrency = DEFAULT_CONCURRENCY): Stage<Batch, Batch> {
  return {
    name: 'mapEntities',
    step: 'select',
    push: async (batch) => [await mapBatch(batch, map, concurrency)],
    flush: () => NOTHING,
  };
}

/** What the function has answered for an entity, or will. */
interface Answer {
  readonly ordinal: number;
  readonly value: unknown;
}

async function mapBatch(batch: Batch, map: EntityMapper, concurrency: number): Promise<Batch> {
  const { run } = batch;
  const mapped: Mapped = { objects: [], ordinals: [] };
  /** Those that are not known yet, and what was answered behind them. */
  const waiting: Answer[] = [];
  const count = entityCount(batch);
  let ordinal = 0;
  try {
    for (let position = 0; position < count; position++) {
      if (turnIsOver()) await nextTurn(run);
      ordinal = ordinalAt(batch, position);
      const value = waiting.length === 0 ? call(batch, position, map) : later(() => call(batch, position, map));
      if (waiting.length === 0 && !isThenable(value)) {
        add(mapped, batch, { ordinal, value });
        continue;
      }
      waiting.push({ ordinal, value: isThenable(value) ? handled(value) : value });
      if (waiting.length >= concurrency) await settleFirst();
    }
    while (waiting.length > 0) await settleFirst();
  } catch (cause) {
    if (run.signal.aborted) throw run.abortError();
    run.stop();
    const details = { source: batch.source, recordIndex: batch.firstIndex + ordinal };
    const error = toSluiceError(cause, 'INTERNAL', 'select', details);
    return endAfter(mappedBatch(batch, mapped), ordinal - 1, { kind: 'fault', error });
  }
  return mappedBatch(batch, mapped);

  async function settleFirst(): Promise<void> {
    const [first] = waiting.splice(0, 1);
    ordinal = first.ordinal;
    add(mapped, batch, { ordinal, value: await run.orAbort(Promise.resolve(first.value)) });
  }
}

/** The entities that pass, and which records they are. */
interface Mapped {
  readonly objects: object[];
  readonly ordinals: number[];
}

/** @throws SluiceError `INVALID` for an answer that is none; whatever its `toJSON` throws */
function add({ objects, ordinals }: Mapped, { source, firstIndex }: Batch, { ordinal, value }: Answer): void {
  if (value === undefined) return;
  const entity = isPlainObject(value) ? jsonObject(value, '') : undefined;
  if (!entity) {
    const recordIndex = firstIndex + ordinal;
    const due = 'a plain object is due, or undefined to leave the entity out';
    const message = `${source}: the function of mapEntities answered ${kindOf(value)} for record ${recordIndex}; ${due}`;
    throw new SluiceError('INVALID', 'select', message, { source, recordIndex });
  }
  objects.push(entity);
  ordinals.push(ordinal);
}

function mappedBatch(batch: Batch, { objects, ordinals }: Mapped): ObjectBatch {
  const { run, source, memberNames, firstIndex, covers, filtered, rejects, ending } = batch;
  return {
    ...{ kind: 'objects', run, source, memberNames, firstIndex, covers, rejects, ending, objects, ordinals },
    filtered: filtered + entityCount(batch) - objects.length,
  };
}

function call(batch: Batch, position: number, map: EntityMapper): unknown {
  const recordIndex = batch.firstIndex + ordinalAt(batch, position);
  let entity: EntityObject;
  try {
    entity = entityObject(batch, position);
  } catch (cause) {
    throw toSluiceError(cause, 'INVALID_JSON', 'select', { source: batch.source, recordIndex });
  }
  return map(entity, recordIndex);
}

function entityObject(batch: Batch, position: number): EntityObject {
  if (batch.kind === 'objects') return { ...batch.objects[position] };
  const row = position * ROW_WIDTH;
  return JSON.parse(batch.bytes.toString('utf8', batch.rows[row + START], batch.rows[row + END]));
}

/** Its failure waits for its turn, behind those that are not known yet. */
function later(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    return Promise.reject(cause);
  }
}

/** Whoever takes it hears of its failure; the run may have ended by then. */
function handled(value: PromiseLike<unknown>): Promise<unknown> {
  const promise = Promise.resolve(value);
  promise.catch(() => {});
  return promise;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** An object that a literal or `JSON.parse` has made, of this realm or another; no instance of a class. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isPlainObject(value) ? 'what JSON writes as no object' : `an instance of ${value.constructor.name}`;
}
