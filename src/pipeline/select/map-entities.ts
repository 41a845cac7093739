/** Turns every entity into an object and hands it to a function of the caller: the form for those who want objects. */

import { nextTurn, turnIsOver } from '../../loop/turn.js';
import { type Batch, END, entityCount, ordinalAt, ROW_WIDTH, START } from '../../terms/batch.js';
import { SluiceError, toSluiceError } from '../../terms/errors.js';
import { jsonObject } from '../../terms/json-value.js';
import { NOTHING, type Stage } from '../../terms/stage.js';

/** An entity as JSON.parse makes it. */
export type EntityObject = Record<string, unknown>;

/** Answers the entity to pass on, changed or new, or undefined to filter it out. */
export type EntityMapper = (entity: EntityObject, recordIndex: number) => object | undefined;

/**
 * Makes the stage. What `JSON.parse` cannot hold (digits beyond a double, repeated keys) is lost from here on.
 * Batches must have been checked, or trusted.
 */
export function mapEntitiesStage(map: EntityMapper): Stage<Batch, Batch> {
  return {
    name: 'mapEntities',
    step: 'select',
    push: async (batch) => [await mapBatch(batch, map)],
    flush: () => NOTHING,
  };
}

async function mapBatch(batch: Batch, map: EntityMapper): Promise<Batch> {
  const objects: object[] = [];
  const ordinals: number[] = [];
  const count = entityCount(batch);
  for (let position = 0; position < count; position++) {
    if (turnIsOver()) await nextTurn(batch.run);
    const ordinal = ordinalAt(batch, position);
    const mapped = callMapper(batch, position, batch.firstIndex + ordinal, map);
    if (mapped === undefined) continue;
    objects.push(mapped);
    ordinals.push(ordinal);
  }
  const { run, source, memberNames, firstIndex, covers, filtered, rejects, ending } = batch;
  return {
    kind: 'objects',
    ...{ run, source, memberNames, firstIndex, covers, rejects, ...(ending ? { ending } : {}) },
    filtered: filtered + count - objects.length,
    objects,
    ordinals,
  };
}

function callMapper(batch: Batch, position: number, recordIndex: number, map: EntityMapper): object | undefined {
  const details = { source: batch.source, recordIndex };
  let entity: EntityObject;
  try {
    entity = entityObject(batch, position);
  } catch (cause) {
    throw toSluiceError(cause, 'INVALID_JSON', 'select', details);
  }
  try {
    const mapped = map(entity, recordIndex);
    if (mapped === undefined) return undefined;
    const members = jsonObject(mapped, '');
    if (members) return members;
  } catch (cause) {
    throw toSluiceError(cause, 'INTERNAL', 'select', details);
  }
  throw new SluiceError('INTERNAL', 'select', 'the mapper answered neither an object nor undefined', details);
}

function entityObject(batch: Batch, position: number): EntityObject {
  if (batch.kind === 'objects') return { ...batch.objects[position] };
  const row = position * ROW_WIDTH;
  return JSON.parse(batch.bytes.toString('utf8', batch.rows[row + START], batch.rows[row + END]));
}
