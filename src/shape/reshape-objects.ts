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
  if (shape.idFromKey && batch.objects.length > 0) throw withoutKeys(batch.source);
  const entities = new EntitiesOfObjects(batch, shape);
  for (const position of batch.objects.keys()) {
    if (turnIsOver()) await nextTurn(run);
    const fault = yield* entities.take(position);
    if (!fault) continue;
    if (batch.fromInput === undefined) run.stop();
    yield entities.cut(batch.ordinals[position], { kind: 'fault', error: fault });
    return;
  }
  yield entities.cut(batch.covers, batch.ending);
}

/** The entities of one batch of records, since the last cut. */
class EntitiesOfObjects {
  readonly #batch: ObjectBatch;
  readonly #shape: Shape;
  readonly #counts: EntityCounts;
  #objects: object[] = [];
  #ordinals: number[] = [];
  /** For each kept member, the entities that have it. */
  #kept: number[];
  #exploded = 0;

  constructor(batch: ObjectBatch, shape: Shape) {
    this.#batch = batch;
    this.#shape = shape;
    this.#counts = new EntityCounts(batch);
    this.#kept = shape.keep.map(() => 0);
  }

  /** The entities as a batch, which covers the records before this ordinal. */
  cut(end: number, ending?: Ending): Reshaped {
    const { facts, records, nothing, arrays } = this.#counts.cut(end, ending);
    const { memberNames, deeper, keep } = this.#shape;
    const [objects, ordinals, kept, exploded] = [this.#objects, this.#ordinals, this.#kept, this.#exploded];
    this.#objects = [];
    this.#ordinals = [];
    this.#kept = keep.map(() => 0);
    this.#exploded = 0;
    const batch = { ...this.#batch, ...facts, objects, ordinals, memberNames, deeper };
    return { batch, records, nothing, arrays, kept, exploded };
  }

  /** Makes the entities of a record; yields batches that are full, and returns the fault that ends the input. */
  *take(position: number): Generator<Reshaped, SluiceError | undefined> {
    const { explode, onError } = this.#shape;
    const record = this.#batch.objects[position];
    const ordinal = this.#batch.ordinals[position];
    let before = this.#objects.length;
    let progress: 'none' | 'begun' | 'cut' = 'none';
    try {
      const array = valueAt(record, explode);
      const elements = hasElements(array) ? array.length : 0;
      // Where a large record is cut must not depend on those before it.
      if (elements > 0 && before > 0 && before + elements > MOST_OBJECTS) {
        yield this.cut(ordinal);
        before = 0;
      }
      this.#counts.begin(ordinal);
      progress = 'begun';
      if (elements > 0) this.#exploded++;
      const around = aroundEntity(record, this.#shape);
      const clash = this.#clash(position, around);
      if (clash && onError === 'stop') return clash;
      if (clash) {
        this.#reject(position, clash);
        return undefined;
      }
      for (const entity of entitiesOf(record, this.#shape)) {
        this.#add(entity, around);
        if (explode.length === 0 || this.#objects.length < MOST_OBJECTS) continue;
        progress = 'cut';
        yield this.cut(ordinal + 1);
      }
      return undefined;
    } catch (cause) {
      // What a getter of the record has thrown, for example.
      const error = cause instanceof SluiceError ? undefined : faultOfObject(this.#batch, position, 'read');
      if (!error || progress === 'cut') throw error ?? cause;
      if (progress === 'begun') this.#counts.undo();
      this.#objects.length = before;
      this.#ordinals.length = before;
      return error;
    }
  }

  #add(entity: InPlace, around: readonly [string, unknown][]): void {
    if (!entity || entity === ARRAY) {
      this.#counts.nothing(entity === ARRAY);
      return;
    }
    this.#ordinals.push(this.#counts.entity());
    // Unlike an assignment, this makes an own member even of `__proto__`.
    this.#objects.push(around.length > 0 ? Object.fromEntries([...around, ...Object.entries(entity)]) : entity);
    for (const [index, { name }] of this.#shape.keep.entries()) {
      if (around.some(([one]) => one === name)) this.#kept[index]++;
    }
  }

  /** Why an entity of the record cannot get the members that are kept around it. */
  #clash(position: number, around: readonly [string, unknown][]): SluiceError | undefined {
    const { source, firstIndex, objects, ordinals } = this.#batch;
    const clash = clashOf(objects[position], around, this.#shape);
    if (clash === undefined) return undefined;
    const recordIndex = firstIndex + ordinals[position];
    const message = `${source}: ${clash} (record ${recordIndex})`;
    return new SluiceError('DUPLICATE_KEY', 'read', message, { source, recordIndex });
  }

  #reject(position: number, error: SluiceError): void {
    const { source, firstIndex, objects, ordinals } = this.#batch;
    const raw = Buffer.from(JSON.stringify(objects[position]));
    this.#counts.rejected({ source, recordIndex: firstIndex + ordinals[position], error, raw });
  }
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
