/** Passes each entity as an object to a function of the user, and writes what the function returns. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { isObject, kindOf } from '../options/faults.js';
import { type Batch, type Ending, entityCount, type ObjectBatch, ordinalAt } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { describeInstance, isPlainObject, jsonObject } from '../terms/json-value.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage, type StageOutput } from '../terms/stage.js';
import { Calls, DEFAULT_CONCURRENCY, type EntityObject } from './call-with-entities.js';
import { MappedRecords } from './mapped-records.js';

/**
 * Returns the entities to write, each as a plain object: one, changed or new; any number, as an array or another
 * iterable; or none, as undefined or an empty iterable, which leaves the entity out; or a promise of that. An iterable
 * is read as its entities are needed, and left where a later stage takes no more. Other results are refused, null
 * included.
 */
export type EntityMapper = (
  entity: EntityObject,
  recordIndex: number,
) => object | Iterable<object> | undefined | Promise<object | Iterable<object> | undefined>;

/** Entities in a batch of the output: enough that the cost of passing a batch on is negligible. */
const ENTITIES_PER_BATCH = 256;

/**
 * Makes the stage. It loses what `JSON.parse` cannot represent: digits beyond a double, repeated keys. Entities keep
 * their order, however long each result takes; those before the first fault pass. Batches must have been checked, or
 * trusted.
 * @param concurrency maximum of results that are awaited at the same time
 */
export function mapEntitiesStage(map: EntityMapper, concurrency = DEFAULT_CONCURRENCY): Stage<Batch, Batch> {
  let mapping: Mapping | undefined;
  let enough = false;
  return {
    name: 'mapEntities',
    step: 'select',
    push(batch, run) {
      if (enough) return NOTHING;
      if (entityCount(batch) === 0) return [batch];
      const leave = (recordIndex: number) => {
        enough = true;
        batch.enough?.(recordIndex);
      };
      mapping = new Mapping(batch, run, { map, concurrency, leave, isLeft: () => enough });
      return more();
    },
    more,
    flush: () => NOTHING,
    close: () => mapping?.close(),
  };

  function more(): StageOutput<Batch> {
    return mapping?.next() ?? NOTHING;
  }
}

/** How the entities of a batch are mapped. */
interface MappingOptions {
  readonly map: EntityMapper;
  readonly concurrency: number;
  /** What later stages call when they take no more. */
  readonly leave: (recordIndex: number) => void;
  readonly isLeft: () => boolean;
}

/** The mapping of one batch: each call makes the next batch of the output. */
class Mapping {
  readonly #batch: Batch;
  readonly #run: Run;
  readonly #options: MappingOptions;
  readonly #calls: Calls;
  readonly #records: MappedRecords;
  /** The open result of an entity. */
  #open: Iterator<unknown> | undefined;
  #isDone = false;

  constructor(batch: Batch, run: Run, options: MappingOptions) {
    this.#batch = batch;
    this.#run = run;
    this.#options = options;
    this.#calls = new Calls(batch, run, { name: 'mapEntities', call: options.map, concurrency: options.concurrency });
    this.#records = new MappedRecords(batch, options.leave);
  }

  /** @throws SluiceError (rejects) `ABORTED`, `CALLBACK_FAILED` where what was left throws */
  async next(): Promise<readonly ObjectBatch[]> {
    if (this.#options.isLeft()) this.close();
    if (this.#isDone) return NOTHING;
    try {
      while (this.#records.length < ENTITIES_PER_BATCH && !this.#options.isLeft()) {
        if (turnIsOver()) await nextTurn(this.#run);
        if (this.#open) this.#step(this.#open);
        else if (this.#calls.isDone) break;
        else {
          const next = this.#calls.take();
          const result = next instanceof Promise ? await next : next;
          this.#begin(result?.value);
        }
      }
    } catch (cause) {
      if (this.#run.signal.aborted) throw this.#run.abortError();
      return this.#fail(cause);
    }
    if (this.#open || !this.#calls.isDone) return [this.#records.batch(this.#calls.position)];
    this.#isDone = true;
    return [this.#records.lastBatch()];
  }

  /** Leaves the open result, which may release what it holds. @throws SluiceError `CALLBACK_FAILED` */
  close(): void {
    this.#isDone = true;
    const open = this.#open;
    this.#open = undefined;
    try {
      open?.return?.();
    } catch (cause) {
      throw this.#calls.failure(cause);
    }
  }

  /** Begins the result of the next entity. */
  #begin(value: unknown): void {
    this.#records.begin(this.#calls.position);
    if (value === undefined) this.#records.end();
    else if (isIterable(value)) this.#open = value[Symbol.iterator]();
    else {
      this.#add(value, '');
      this.#records.end();
    }
  }

  /** Takes the next entity of an iterable. */
  #step(open: Iterator<unknown>): void {
    const { done, value } = open.next();
    if (!done) {
      this.#add(value, ' among the entities');
      return;
    }
    this.#open = undefined;
    this.#records.end();
  }

  /** @throws SluiceError `INVALID` for what is no entity, `UNSERIALIZABLE` where its `toJSON` throws */
  #add(value: unknown, where: string): void {
    const { source, firstIndex } = this.#batch;
    const recordIndex = firstIndex + ordinalAt(this.#batch, this.#calls.position);
    let entity: object | undefined;
    try {
      entity = isPlainObject(value) ? jsonObject(value, '') : undefined;
    } catch (cause) {
      const message = `${source}: what record ${recordIndex} became cannot be written as JSON: ${messageOf(cause)}`;
      throw new SluiceError('UNSERIALIZABLE', 'select', message, { source, recordIndex, cause });
    }
    if (!entity) throw refused(source, recordIndex, `${nameOfKind(value)}${where}`);
    this.#records.add(entity);
  }

  /** What came before the fault passes. */
  #fail(cause: unknown): readonly ObjectBatch[] {
    this.#run.stop();
    const ending: Ending = { kind: 'fault', error: this.#calls.failure(cause) };
    const passed = this.#records.batchBefore(this.#calls.position, ending);
    try {
      this.close();
    } catch {
      // The fault that is reported came first.
    }
    return [passed];
  }
}

function refused(source: string, recordIndex: number, returned: string): SluiceError {
  const expected = 'it must return plain objects: one, several in an iterable, or undefined to leave the entity out';
  const message = `${source}: the function of mapEntities returned ${returned} for record ${recordIndex}; ${expected}`;
  return new SluiceError('INVALID', 'select', message, { source, recordIndex });
}

/** Whether a value may hold several entities: maps hold pairs, and buffers numbers. */
function isIterable(value: unknown): value is Iterable<unknown> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && Symbol.iterator in value && !(value instanceof Map) && !ArrayBuffer.isView(value);
}

function nameOfKind(value: unknown): string {
  if (!isObject(value)) return kindOf(value);
  return isPlainObject(value) ? 'an object that JSON does not write as one' : describeInstance(value);
}
