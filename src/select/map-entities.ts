/** Passes each entity as an object to a function of the user, and writes what the function returns. */

import { type Batch, endAfter, entityCount, type ObjectBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { describeInstance, isPlainObject, jsonObject } from '../terms/json-value.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { callForEach, DEFAULT_CONCURRENCY, type EntityObject, type Result } from './call-with-entities.js';

/**
 * Returns the entities to write, each as a plain object: one, changed or new; several, as an array or another iterable;
 * or none, as undefined or an empty iterable, which leaves the entity out; or a promise of that. An iterable is read
 * to its end, and may yield 10,000 entities. Other results are refused, null included.
 */
export type EntityMapper = (
  entity: EntityObject,
  recordIndex: number,
) => object | Iterable<object> | undefined | Promise<object | Iterable<object> | undefined>;

/**
 * Makes the stage. It loses what `JSON.parse` cannot represent: digits beyond a double, repeated keys. Entities keep
 * their order, however long each result takes; those before the first fault pass. All results of a batch are in memory
 * at the same time. Batches must have been checked, or trusted.
 * @param concurrency maximum of results that are awaited at the same time
 */
export function mapEntitiesStage(map: EntityMapper, concurrency = DEFAULT_CONCURRENCY): Stage<Batch, Batch> {
  return {
    name: 'mapEntities',
    step: 'select',
    push: async (batch, run) => [await mapBatch(batch, run, map, concurrency)],
    flush: () => NOTHING,
  };
}

async function mapBatch(batch: Batch, run: Run, map: EntityMapper, concurrency: number): Promise<Batch> {
  if (entityCount(batch) === 0) return batch;
  const mapped: Mapped = { objects: [], ordinals: [], added: [], dropped: 0 };
  const take = (result: Result) => add(mapped, batch, result);
  const fault = await callForEach(batch, run, { call: map, concurrency, take });
  const passed = mappedBatch(batch, mapped);
  return fault ? endAfter(passed, fault.ordinal - 1, { kind: 'fault', error: fault.error }) : passed;
}

/** What the entities of a batch became. */
interface Mapped {
  readonly objects: object[];
  /** For each object, which record of the batch it was made from. */
  readonly ordinals: number[];
  /** For each object beyond the first of an entity, the same. */
  readonly added: number[];
  /** Entities that became none. */
  dropped: number;
}

/** Maximum of entities that one becomes: an endless generator would hold the event loop until memory is full. */
const MAX_PER_ENTITY = 10_000;

/** @throws SluiceError `INVALID` for a result of another kind, or too many; errors of its iterator or `toJSON` */
function add(mapped: Mapped, batch: Batch, { ordinal, value }: Result): void {
  const entities: object[] = [];
  for (const one of isIterable(value) ? value : value === undefined ? [] : [value]) {
    const entity = isPlainObject(one) ? jsonObject(one, '') : undefined;
    if (!entity) throw refused(batch, ordinal, `${kindOf(one)}${isIterable(value) ? ' among the entities' : ''}`);
    if (entities.length === MAX_PER_ENTITY) throw refused(batch, ordinal, `more than ${MAX_PER_ENTITY} entities`);
    entities.push(entity);
  }
  if (entities.length === 0) mapped.dropped++;
  for (const [index, entity] of entities.entries()) {
    mapped.objects.push(entity);
    mapped.ordinals.push(ordinal);
    if (index > 0) mapped.added.push(ordinal);
  }
}

function refused({ source, firstIndex }: Batch, ordinal: number, returned: string): SluiceError {
  const recordIndex = firstIndex + ordinal;
  const expected = 'it must return plain objects: one, several in an iterable, or undefined to leave the entity out';
  const message = `${source}: the function of mapEntities returned ${returned} for record ${recordIndex}; ${expected}`;
  return new SluiceError('INVALID', 'select', message, { source, recordIndex });
}

function mappedBatch(batch: Batch, { objects, ordinals, added, dropped }: Mapped): ObjectBatch {
  const { source, memberNames, firstIndex, covers, filtered, rejects, ending } = batch;
  const all = [...(batch.added ?? []), ...added].sort((a, b) => a - b);
  return {
    ...{ kind: 'objects', source, memberNames, firstIndex, covers, rejects, ending, objects, ordinals },
    added: all.length === 0 ? undefined : all,
    filtered: filtered + dropped,
  };
}

/** Whether a value may hold several entities: maps hold pairs, and buffers numbers. */
function isIterable(value: unknown): value is Iterable<unknown> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && Symbol.iterator in value && !(value instanceof Map) && !ArrayBuffer.isView(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isPlainObject(value) ? 'an object that JSON does not write as one' : describeInstance(value);
}
