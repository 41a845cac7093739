/** Turns every entity into an object and hands it to a function of the caller: the form for those who want objects. */

import { type Batch, endAfter, entityCount, type ObjectBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { jsonObject } from '../terms/json-value.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { type Answer, askEach, DEFAULT_CONCURRENCY, type EntityObject } from './ask-entities.js';

/**
 * Answers the entity to pass on, changed or new, as a plain object; or undefined, to filter it out. It may answer a
 * promise of that. Anything else is refused, null among it.
 */
export type EntityMapper = (
  entity: EntityObject,
  recordIndex: number,
) => object | undefined | Promise<object | undefined>;

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
    push: async (batch, run) => [await mapBatch(batch, run, map, concurrency)],
    flush: () => NOTHING,
  };
}

async function mapBatch(batch: Batch, run: Run, map: EntityMapper, concurrency: number): Promise<Batch> {
  const mapped: Mapped = { objects: [], ordinals: [] };
  const fault = await askEach(batch, run, { ask: map, concurrency, take: (answer) => add(mapped, batch, answer) });
  const passed = mappedBatch(batch, mapped);
  return fault ? endAfter(passed, fault.ordinal - 1, { kind: 'fault', error: fault.error }) : passed;
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
  const { source, memberNames, firstIndex, covers, filtered, rejects, ending } = batch;
  return {
    ...{ kind: 'objects', source, memberNames, firstIndex, covers, rejects, ending, objects, ordinals },
    filtered: filtered + entityCount(batch) - objects.length,
  };
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
