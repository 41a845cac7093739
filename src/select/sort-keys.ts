/** The keys that entities are sorted by: compiles them, and makes them of entities. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { decodeInSteps } from '../scan/decode-in-steps.js';
import { decodeValue, elementsOf, memberOf, NumberText, textOf } from '../scan/decode-value.js';
import { type Batch, type ByteBatch, END, type ObjectBatch, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { ContextScope } from '../terms/context.js';
import type { ComparisonType } from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { toSluiceError } from '../terms/errors.js';
import { formatCount } from '../terms/format-count.js';
import { type Path, parsePath } from '../terms/path.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { SortKey, SortPlan } from '../terms/sort.js';
import { PIECE_CHARACTERS } from '../values/fold-in-steps.js';
import {
  booleanKey,
  dateKey,
  directed,
  directedInSteps,
  instantKey,
  NO_VALUE,
  numberKey,
  type OrderKey,
  textKey,
  textKeyInSteps,
} from '../values/order-key.js';
import { faultAt } from './fault-at.js';
import { valuesOf } from './field-criteria.js';
import { someInScope } from './find-value.js';
import { STEP_VALUES } from './large-text.js';
import { pathRules } from './path-rules.js';
import { BytesProjector } from './project-bytes.js';
import { contextTest, type WholeTest } from './value-object.js';

/** Finds the values of an entity that one key is about, one by one; undefined where the caller may pause. */
type Collect = (entity: unknown) => Iterable<unknown>;

interface CompiledKey {
  /** What it is, for a note. */
  readonly what: string;
  readonly collect: Collect;
  readonly keyOf: (value: unknown) => string | undefined;
  /** The text that a value is compared as; undefined where it is compared as anything else. */
  readonly comparedText: (value: unknown) => string | undefined;
  readonly isDescending: boolean;
}

/** How values of a type become keys. */
const KEY_OF_TYPE: Readonly<Record<ComparisonType, OrderKey>> = {
  _STRING: textKey,
  _INTEGER: numberKey,
  _DECIMAL: numberKey,
  _DATETIME: instantKey,
  _DATE: dateKey,
  _BOOLEAN: booleanKey,
};

/** Begins the keys of texts among values of all kinds. */
const TEXT_FIRST = '\x02';

/** Longer texts are parsed in pieces. */
const LARGE_BYTES = 512 * 1024;

/** Makes the keys of the entities of one run. */
export class SortKeys {
  readonly #keys: readonly CompiledKey[];
  readonly #projector: BytesProjector;
  #entities = 0;
  /** Keys for which some entity had a value. */
  readonly #found = new Set<CompiledKey>();

  /** @param scope the data whose attributes count */
  constructor({ keys, valueContexts }: SortPlan, scope: ContextScope) {
    const isWanted = valueContexts && contextTest(valueContexts);
    this.#keys = keys.map((key) => ({
      what: describe(key),
      collect: collector(key, scope, isWanted),
      keyOf: key.type === undefined ? naturalKey : ofText(KEY_OF_TYPE[key.type]),
      comparedText: key.type === undefined ? ownText : key.type === '_STRING' ? textOf : nothing,
      isDescending: key.order === 'desc',
    }));
    const hasContexts = scope.contexts === 'all' || scope.contexts.length > 0;
    const paths = keys.flatMap((key) => pathsOf(key, hasContexts));
    const include = paths.map((path, number) => [path, number] as const);
    this.#projector = new BytesProjector(pathRules({ include, keepShape: true }), {
      keepLocated: false,
      recycle: true,
    });
  }

  /** The key of each entity of a batch. */
  of(batch: Batch, run: Run): Promise<readonly string[]> {
    return batch.kind === 'bytes' ? this.#ofTexts(batch, run) : this.#ofObjects(batch, run);
  }

  /** Notes the keys by which nothing was sorted. */
  report(run: Run): void {
    const missing = this.#keys.filter((key) => !this.#found.has(key));
    if (this.#entities === 0 || missing.length === 0) return;
    const which = missing.map(({ what }) => what).join(', ');
    const text = `none of the ${formatCount(this.#entities)} entities that were sorted has a value of ${which}`;
    const counts = { entities: this.#entities, wanted: this.#keys.length, notFound: missing.length };
    run.note({ code: 'FIELDS_NOT_FOUND', text, counts });
  }

  close(): void {
    this.#projector.close();
  }

  async #ofTexts(batch: ByteBatch, run: Run): Promise<readonly string[]> {
    const { bytes, rows, count } = await this.#projector.project(batch, run);
    const keys: string[] = [];
    for (let position = 0; position < count; position++) {
      if (turnIsOver()) await nextTurn(run);
      const row = position * ROW_WIDTH;
      try {
        const [start, end] = [rows[row + START], rows[row + END]];
        if (end - start > LARGE_BYTES) {
          const entity = await stepsInTurns(decodeInSteps(bytes, start, end), run);
          keys.push(await stepsInTurns(this.#keyInSteps(entity), run));
        } else keys.push(this.#keyOf(decodeValue(bytes.toString('utf8', start, end))));
      } catch (cause) {
        const recordIndex = batch.firstIndex + rows[row + ORDINAL];
        const fault = faultAt(batch, rows[row + ORDINAL], cause);
        throw toSluiceError(fault, 'INVALID_JSON', 'select', { source: batch.source, recordIndex });
      }
    }
    return keys;
  }

  async #ofObjects(batch: ObjectBatch, run: Run): Promise<readonly string[]> {
    const keys: string[] = [];
    for (const [position, object] of batch.objects.entries()) {
      if (turnIsOver()) await nextTurn(run);
      try {
        keys.push(await stepsInTurns(this.#keyInSteps(object), run));
      } catch (cause) {
        throw faultAt(batch, batch.ordinals[position], cause);
      }
    }
    return keys;
  }

  #keyOf(entity: unknown): string {
    let text = '';
    this.#entities++;
    for (const key of this.#keys) {
      const { collect, keyOf, isDescending } = key;
      let best: string | undefined;
      for (const value of collect(entity)) {
        const own = keyOf(value);
        if (own !== undefined && (best === undefined || (isDescending ? own > best : own < best))) best = own;
      }
      if (best !== undefined) this.#found.add(key);
      text += best === undefined ? NO_VALUE : directed(best, isDescending);
    }
    return text;
  }

  /** The same in steps, for an entity with many values or long ones. */
  *#keyInSteps(entity: unknown): Generator<void, string> {
    let text = '';
    this.#entities++;
    for (const key of this.#keys) {
      let best: string | undefined;
      let count = 0;
      for (const value of key.collect(entity)) {
        if (++count % STEP_VALUES === 0) yield;
        const own = yield* keyOfValue(value, key);
        if (own !== undefined && (best === undefined || (key.isDescending ? own > best : own < best))) best = own;
      }
      if (best !== undefined) this.#found.add(key);
      text += best === undefined ? NO_VALUE : yield* directedInSteps(best, key.isDescending);
    }
    return text;
  }
}

function* keyOfValue(value: unknown, { keyOf, comparedText }: CompiledKey): Generator<void, string | undefined> {
  const text = comparedText(value);
  if (text === undefined || text.length <= PIECE_CHARACTERS) return keyOf(value);
  const key = yield* textKeyInSteps(text);
  return comparedText === ownText ? TEXT_FIRST + key : key;
}

/** The text by which values without a stated type are compared. */
function ownText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function nothing(): undefined {}

function describe({ attribute, property, field, type }: SortKey): string {
  const name = quoted(attribute ?? property ?? field ?? '');
  const what = attribute !== undefined ? 'the attribute' : property !== undefined ? 'the property' : 'the path';
  return `${what} ${name}${type === undefined ? '' : ` that is compared as ${type}`}`;
}

/** The members that a key needs. */
function pathsOf({ attribute, property, field }: SortKey, hasContexts: boolean): readonly Path[] {
  if (field !== undefined) return [parsePath(field, 'sort')];
  if (property !== undefined) return [['properties', property]];
  return [['data', 'attributes', attribute ?? ''], ...(hasContexts ? [['data', 'contexts']] : [])];
}

function collector(
  { attribute, property, field }: SortKey,
  scope: ContextScope,
  isWanted: WholeTest | undefined,
): Collect {
  if (field !== undefined) {
    const path = parsePath(field, 'sort');
    return (entity) => valuesOf(entity, path);
  }
  if (property !== undefined) return (entity) => [memberOf(memberOf(entity, 'properties'), property)];
  return function* (entity) {
    const inScope: unknown[] = [];
    someInScope(entity, scope, (data) => {
      inScope.push(data);
      return false;
    });
    for (const data of inScope) {
      const values = memberOf(memberOf(memberOf(data, 'attributes'), attribute ?? ''), 'values');
      for (const value of elementsOf(values)) {
        yield !isWanted || isWanted(value, false) ? memberOf(value, 'value') : undefined;
      }
    }
  };
}

function ofText(keyOf: OrderKey): (value: unknown) => string | undefined {
  return (value) => {
    const text = textOf(value);
    return text === undefined || text === NULL_TEXT ? undefined : keyOf(text);
  };
}

/** Numbers, then texts, then booleans; nothing else has an order. */
function naturalKey(value: unknown): string | undefined {
  if (typeof value === 'string') return value === NULL_TEXT ? undefined : TEXT_FIRST + textKey(value);
  if (typeof value === 'boolean') return `\x03${booleanKey(String(value))}`;
  if (typeof value !== 'number' && !(value instanceof NumberText)) return undefined;
  const key = numberKey(textOf(value) ?? '');
  return key === undefined ? undefined : `\x01${key}`;
}
