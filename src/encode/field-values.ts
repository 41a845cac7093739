/** Makes the cells of rows from the decoded values of an entity. */
import { elementsOf, isMembers, memberNames, memberOf, NumberText, textOf } from '../scan/decode-value.js';
import { SluiceError } from '../terms/errors.js';
import { DEFAULT_MAX_DEPTH, type DsvPlan } from '../terms/plan.js';
import { joinedInSteps } from './joined-array.js';
import { jsonInSteps } from './json-in-steps.js';
import type { PathColumns, PathNode } from './path-columns.js';
import { BOOLEAN, type CellKind, type Cells, JSON_TEXT, NULL, NUMBER, TEXT } from './table-cells.js';

/** Values handled in one step. */
const STEP_VALUES = 256;

interface Cell {
  readonly column: number;
  readonly kind: CellKind;
  readonly text: string;
}

/** Some cells of a row: its own and those of its parts. */
interface Part {
  readonly cells: readonly Cell[];
  readonly parts: readonly Part[];
}

/** What a value becomes: cells of all rows of the entity, and the rows of the arrays inside it, if there are any. */
interface Spread {
  readonly cells: Cell[];
  rows: Part[] | undefined;
}

/** Makes rows of decoded entities, in steps, because an entity may be large. */
export class FieldValues {
  readonly #columns: PathColumns;
  readonly #rules: Pick<DsvPlan, 'arrays' | 'collectionSeparator'>;
  #count = 0;

  constructor(columns: PathColumns, rules: Pick<DsvPlan, 'arrays' | 'collectionSeparator'>) {
    this.#columns = columns;
    this.#rules = rules;
  }

  /**
   * Sets the cells of each row in turn, and takes the steps of `take` for each row; yields between steps.
   * @throws SluiceError `TOO_DEEP`, `TOO_MANY_COLUMNS`; TypeError for values that JSON cannot hold
   */
  *rows(entity: unknown, cells: Cells, take: () => Iterable<void>): Generator<void, void> {
    const { cells: all, rows = [{ cells: [], parts: [] }] } = yield* this.#members(entity, this.#columns.root, 0);
    for (const row of rows) {
      cells.clear(NO_BYTES);
      for (const { column, kind, text } of all) cells.text(column, kind, text);
      setCells(cells, row);
      yield* take();
      yield;
    }
  }

  /**
   * The members of an object: their cells together, and side by side the rows of those that have some. An object without
   * members has a cell of its own, unless it is the entity.
   */
  *#members(value: unknown, node: PathNode, depth: number): Generator<void, Spread> {
    if (depth > DEFAULT_MAX_DEPTH) throw nestedTooDeeply();
    const spread: Spread = { cells: [], rows: undefined };
    let isEmpty = depth > 0;
    for (const [name, member] of membersIn(value)) {
      isEmpty = false;
      const inner = yield* this.#spread(member, this.#columns.child(node, name), depth + 1);
      for (const cell of inner.cells) spread.cells.push(cell);
      if (inner.rows) spread.rows = spread.rows ? sideBySide(spread.rows, inner.rows) : inner.rows;
    }
    return isEmpty ? this.#one(node, JSON_TEXT, '{}') : spread;
  }

  *#spread(value: unknown, node: PathNode, depth: number): Generator<void, Spread> {
    if (++this.#count % STEP_VALUES === 0) yield;
    if (value instanceof Map || isMembers(value)) return yield* this.#members(value, node, depth);
    const { arrays, collectionSeparator } = this.#rules;
    if (Array.isArray(value)) {
      if (arrays === 'explode') return yield* this.#elements(value, node, depth);
      const text = arrays === 'join' ? yield* joinedInSteps(elementsOf(value), collectionSeparator) : undefined;
      return text === undefined ? this.#one(node, JSON_TEXT, yield* jsonInSteps(value)) : this.#one(node, TEXT, text);
    }
    const text = textOf(value);
    if (text !== undefined) return this.#one(node, kindOf(value), text);
    // A bigint, which JSON cannot hold, is refused; all else is written as null.
    if (typeof value === 'bigint') JSON.stringify(value);
    return this.#one(node, NULL, '');
  }

  /** One row for each element, or for each row of an element; elements of inner arrays are elements too. */
  *#elements(value: readonly unknown[], node: PathNode, depth: number): Generator<void, Spread> {
    if (depth > DEFAULT_MAX_DEPTH) throw nestedTooDeeply();
    const rows: Part[] = [];
    if (value.length === 0) this.#columns.column(node);
    for (const element of elementsOf(value)) {
      const inner = yield* this.#spread(element ?? null, node, depth + 1);
      for (const row of inner.rows ?? [undefined]) {
        if (++this.#count % STEP_VALUES === 0) yield;
        rows.push({ cells: inner.cells, parts: row ? [row] : [] });
      }
    }
    return { cells: [], rows: rows.length > 0 ? rows : undefined };
  }

  #one(node: PathNode, kind: CellKind, text: string): Spread {
    return { cells: [{ column: this.#columns.column(node), kind, text }], rows: undefined };
  }
}

const NO_BYTES = new Uint8Array(0);

/** The members of an object that are written. */
function* membersIn(value: unknown): Generator<readonly [string, unknown]> {
  if (value instanceof Map) {
    yield* value;
    return;
  }
  for (const name of memberNames(value)) {
    const member = memberOf(value, name);
    if (member !== undefined) yield [name, member];
  }
}

/** The rows of two members of one object: the shorter list ends with rows without its cells. */
function sideBySide(one: readonly Part[], other: readonly Part[]): Part[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, index) => ({
    cells: [],
    parts: [one[index], other[index]].filter((part) => part !== undefined),
  }));
}

function setCells(cells: Cells, part: Part): void {
  const open: Part[] = [part];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const { column, kind, text } of next.cells) cells.text(column, kind, text);
    open.push(...next.parts);
  }
}

function kindOf(value: unknown): CellKind {
  if (typeof value === 'boolean') return BOOLEAN;
  return typeof value === 'number' || value instanceof NumberText ? NUMBER : TEXT;
}

/** The error of an entity that nests too deeply for a table. */
export function nestedTooDeeply(): SluiceError {
  const message = `values are nested more than ${DEFAULT_MAX_DEPTH} levels deep`;
  return new SluiceError('TOO_DEEP', 'serialize', message);
}
