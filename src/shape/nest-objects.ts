/** Puts child records into their parents: objects. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { Ending, ObjectBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { valueAt } from '../terms/json-value.js';
import type { NestPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { faultOfObject } from '../terms/unserializable.js';
import { Family, orphan, type Relative } from './family.js';
import { NestCounts } from './nest-counts.js';
import type { Shape } from './shape.js';

/** The families of one input. */
export class ObjectNester {
  readonly #shape: Shape;
  readonly #nest: NestPlan;
  #counts: NestCounts | undefined;
  #family: Family<object> | undefined;
  #objects: object[] = [];
  #ordinals: number[] = [];
  #last: ObjectBatch | undefined;

  constructor(shape: Shape, nest: NestPlan) {
    this.#shape = shape;
    this.#nest = nest;
  }

  /** The batch of the families that are complete; the last one stays open. */
  async nest(batch: ObjectBatch, run: Run): Promise<ObjectBatch> {
    const { source, firstIndex } = batch;
    this.#last = batch;
    this.#counts ??= new NestCounts(firstIndex);
    const counts = this.#counts;
    let passed = 0;
    const passRejects = (ordinal: number) => {
      while (passed < batch.rejects.length && batch.rejects[passed].recordIndex - firstIndex < ordinal) {
        counts.rejected(batch.rejects[passed++]);
      }
    };
    for (const [position, record] of batch.objects.entries()) {
      if (turnIsOver()) await nextTurn(run);
      const ordinal = batch.ordinals[position];
      passRejects(ordinal);
      const recordIndex = firstIndex + ordinal;
      let error: SluiceError;
      try {
        const why = this.#take(record, counts);
        if (why === undefined) continue;
        const message = `${source}: ${why} (record ${recordIndex})`;
        error = new SluiceError('NOT_AN_ENTITY', 'read', message, { source, recordIndex });
      } catch (cause) {
        // What a getter of the record has thrown, for example.
        const fault = cause instanceof SluiceError ? undefined : faultOfObject(batch, position, 'read');
        if (!fault) throw cause;
        error = fault;
      }
      if (this.#shape.onError === 'stop') {
        if (batch.fromInput === undefined) run.stop();
        this.#family = undefined;
        return this.#cut(batch, counts, { kind: 'fault', error });
      }
      counts.rejected({ source, recordIndex, error, raw: Buffer.from(JSON.stringify(record)) });
    }
    passRejects(batch.covers);
    if (batch.ending) this.#family = undefined;
    return this.#cut(batch, counts, batch.ending);
  }

  /** The last family, once no records follow; undefined if there is none. */
  end(): ObjectBatch | undefined {
    if (!this.#family || !this.#last || !this.#counts) return undefined;
    this.#complete(this.#counts);
    return this.#cut(this.#last, this.#counts, undefined);
  }

  #cut(batch: ObjectBatch, counts: NestCounts, ending: Ending | undefined): ObjectBatch {
    const [objects, ordinals] = [this.#objects, this.#ordinals];
    [this.#objects, this.#ordinals] = [[], []];
    return { ...batch, ...counts.cut(ending), objects, ordinals, deeper: this.#shape.deeper };
  }

  /** Adds a record to the family, or begins another one; returns why it cannot. */
  #take(record: object, counts: NestCounts): string | undefined {
    const { memberNames, deeper } = this.#shape;
    const id = textOf(valueAt(record, [memberNames.id, ...(deeper.id ?? [])]));
    const value = valueAt(record, this.#nest.parent);
    if (value === undefined || value === null) {
      this.#complete(counts);
      this.#family = new Family(record, id);
      return undefined;
    }
    const parent = textOf(value);
    if (parent === undefined) return 'the id of its parent is neither text nor a number';
    if (!this.#family) return orphan(parent);
    return this.#family.add(record, { id, parent }, this.#nest, (one, name) => Object.hasOwn(one, name));
  }

  #complete(counts: NestCounts): void {
    if (!this.#family) return;
    this.#objects.push(withChildren(this.#family.head));
    this.#ordinals.push(counts.family(this.#family.children));
    this.#family = undefined;
  }
}

function withChildren({ item, lists }: Relative<object>): object {
  if (!lists) return item;
  const members = [...lists].map(([name, children]): [string, unknown] => [name, children.map(withChildren)]);
  // Unlike an assignment, this makes an own member even of `__proto__`.
  return Object.fromEntries([...Object.entries(item), ...members]);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
