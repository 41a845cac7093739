/** Makes entities of records that are objects. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { Ending, ObjectBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { jsonObject, jsonValue, valueAt } from '../terms/json-value.js';
import type { Names } from '../terms/path.js';
import type { Run } from '../terms/run.js';
import { faultOfObject } from '../terms/unserializable.js';
import { EntityCounts } from './entity-counts.js';
import type { Reshaped } from './reshaped.js';
import { clashMessage, makesElements, makesMembers, type Shape, withoutKeys } from './shape.js';

/** Entities of a batch that is cut. */
const MOST_OBJECTS = 256;

/** The batches of the entities; records without one count as filtered. */
export async function* reshapeObjects(batch: ObjectBatch, shape: Shape, run: Run): AsyncGenerator<Reshaped, void> {
  const { source, firstIndex, covers } = batch;
  if (shape.idFromKey && batch.objects.length > 0) throw withoutKeys(source);
  const counts = new EntityCounts(batch);
  let objects: object[] = [];
  let ordinals: number[] = [];
  let kept = shape.keep.map(() => 0);
  let exploded = 0;
  const cut = (end: number, ending?: Ending): Reshaped => {
    const { facts, records, nothing, arrays } = counts.cut(end, ending);
    const { memberNames, deeper } = shape;
    const reshaped = {
      batch: { ...batch, ...facts, objects, ordinals, memberNames, deeper },
      records,
      nothing,
      arrays,
      kept,
      exploded,
    };
    exploded = 0;
    [objects, ordinals, kept] = [[], [], shape.keep.map(() => 0)];
    return reshaped;
  };
  const fail = (ordinal: number, error: SluiceError): Reshaped => {
    if (batch.fromInput === undefined) run.stop();
    return cut(ordinal, { kind: 'fault', error });
  };
  for (const [position, record] of batch.objects.entries()) {
    if (turnIsOver()) await nextTurn(run);
    const ordinal = batch.ordinals[position];
    const recordIndex = firstIndex + ordinal;
    let before = objects.length;
    let progress: 'none' | 'begun' | 'cut' = 'none';
    try {
      const array = valueAt(record, shape.explode);
      // Where a large record is cut must not depend on those before it.
      const isFull = hasElements(array) && before > 0 && before + array.length > MOST_OBJECTS;
      if (isFull) yield cut(ordinal);
      before = objects.length;
      counts.begin(ordinal);
      progress = 'begun';
      if (hasElements(array)) exploded++;
      const around = aroundEntity(record, shape);
      const clash = clashOf(record, around, shape);
      if (clash !== undefined) {
        const message = `${source}: ${clash} (record ${recordIndex})`;
        const error = new SluiceError('DUPLICATE_KEY', 'read', message, { source, recordIndex });
        if (shape.onError === 'stop') {
          yield fail(ordinal, error);
          return;
        }
        counts.rejected({ source, recordIndex, error, raw: Buffer.from(JSON.stringify(record)) });
        continue;
      }
      for (const entity of entitiesOf(record, shape)) {
        if (!entity || entity === ARRAY) {
          counts.nothing(entity === ARRAY);
          continue;
        }
        ordinals.push(counts.entity());
        // Unlike an assignment, this makes an own member even of `__proto__`.
        objects.push(around.length > 0 ? Object.fromEntries([...around, ...Object.entries(entity)]) : entity);
        for (const [index, { name }] of shape.keep.entries()) if (around.some(([one]) => one === name)) kept[index]++;
        if (shape.explode.length === 0 || objects.length < MOST_OBJECTS) continue;
        progress = 'cut';
        yield cut(ordinal + 1);
      }
    } catch (cause) {
      // What a getter of the record has thrown, for example.
      const error = cause instanceof SluiceError ? undefined : faultOfObject(batch, position, 'read');
      if (!error || progress === 'cut') throw error ?? cause;
      if (progress === 'begun') counts.undo();
      objects.length = before;
      ordinals.length = before;
      yield fail(ordinal, error);
      return;
    }
  }
  yield cut(covers, batch.ending);
}

function hasElements(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

/** The members that the entities of a record get. */
function aroundEntity(record: object, { keep }: Shape): [string, unknown][] {
  return keep.flatMap(({ name, path }): [string, unknown][] => {
    const value = valueAt(record, path);
    return value === undefined ? [] : [[name, value]];
  });
}

function clashOf(record: object, around: readonly [string, unknown][], shape: Shape): string | undefined {
  if (around.length === 0) return undefined;
  for (const entity of entitiesOf(record, shape)) {
    const clash = entity && entity !== ARRAY && around.find(([name]) => Object.hasOwn(entity, name));
    const kept = clash && shape.keep.find(({ name }) => name === clash[0]);
    if (kept) return clashMessage(kept);
  }
  return undefined;
}

/** Stands for an entity where there is an array. */
const ARRAY = 'array';

/** What is in the place of an entity; undefined for nothing, and for plain values. */
type InPlace = object | typeof ARRAY | undefined;

function inPlace(value: unknown): InPlace {
  return jsonObject(value, '') ?? (Array.isArray(value) ? ARRAY : undefined);
}

/** The entities of a record, and what is in their places where it, or an element, has none. */
function* entitiesOf(record: object, shape: Shape): Generator<InPlace, void> {
  const { unwrap, explode } = shape;
  if (explode.length === 0) {
    yield inPlace(valueAt(record, unwrap));
    return;
  }
  const array = valueAt(record, explode);
  const isEach = makesElements(shape);
  if (!hasElements(array)) {
    yield isEach ? undefined : inPlace(valueAt(record, unwrap));
    return;
  }
  for (const [index, element] of array.entries()) {
    const value = jsonValue(element, String(index)) ?? null;
    if (isEach) {
      const entity = inPlace(valueAt(value, unwrap.slice(explode.length)));
      const isEntity = typeof entity === 'object';
      yield !isEntity && makesMembers(shape) ? Object.fromEntries([[explode.at(-1) ?? '', value]]) : entity;
    } else {
      yield inPlace(replaced(valueAt(record, unwrap), explode.slice(unwrap.length), value));
    }
  }
}

/** The value with another one at a path that it has. */
function replaced(value: unknown, [name, ...further]: Names, by: unknown): unknown {
  if (name === undefined) return by;
  const written = jsonValue(value, '');
  if (Array.isArray(written)) {
    return written.map((element: unknown, index) =>
      String(index) === name ? replaced(element, further, by) : element,
    );
  }
  const members = Object.entries(jsonObject(written, '') ?? {});
  return Object.fromEntries(
    members.map(([one, member]) => [one, one === name ? replaced(member, further, by) : member]),
  );
}
