/** Writes what a table of rules keeps of JSON texts, in plain TypeScript: source text, in source order. */

import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { ValueWalk } from '../scan/value-walk.js';
import { type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import { COPIED_BYTES, LARGE_BYTES, STEP_VALUES } from './large-text.js';
import { KEEP, type Rule, type RuleTable } from './rule-table.js';

/** What is noted of what is written. */
export interface WriterOptions {
  /** The column of a row that receives the span of a member of the first level; such a member stays whatever its rule. */
  readonly columns?: ReadonlyMap<string, number>;
  /** Receives the numbers of paths that lead to a value. */
  readonly reach?: (paths: readonly number[]) => void;
}

const NO_COLUMNS: ReadonlyMap<string, number> = new Map();

/** Writes the kept parts of values of one batch, with the results of the kernel. */
export class RuleTableWriter {
  readonly #source: ByteBatch;
  readonly #target: Buffer;
  readonly #walk: ValueWalk;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #reach: WriterOptions['reach'];
  #length = 0;

  /** @param target with room for everything that is written: at most as much as the source */
  constructor(source: ByteBatch, target: Buffer, { columns = NO_COLUMNS, reach }: WriterOptions = {}) {
    this.#source = source;
    this.#target = target;
    this.#columns = columns;
    this.#reach = reach;
    this.#walk = this.#newWalk();
  }

  /**
   * Writes an entity, and the spans of its text and of the members with a column into its row; of equal names the first
   * counts.
   * @returns the length of the target
   * @throws SluiceError for faulty text, which only unchecked batches have, and `TOO_DEEP`
   */
  writeEntity(rules: RuleTable, position: number, at: number, rows: Int32Array): number {
    const row = position * ROW_WIDTH;
    const given = this.#source.rows;
    this.#length = at;
    this.#walk.open(given[row + START], given[row + END]);
    const stays = this.#object(rules, rows, row);
    return this.#endEntity(stays, row, at, rows);
  }

  /** The same in steps, for a large entity. */
  *writeEntityInSteps(rules: RuleTable, position: number, at: number, rows: Int32Array): Generator<void, number> {
    const row = position * ROW_WIDTH;
    const given = this.#source.rows;
    this.#length = at;
    const stays = yield* this.#objectInSteps(rules, given[row + START], given[row + END], rows, row);
    return this.#endEntity(stays, row, at, rows);
  }

  #endEntity(stays: boolean, row: number, at: number, rows: Int32Array): number {
    if (!stays) {
      this.#length = at;
      this.#put(OPEN_BRACE);
      this.#put(CLOSE_BRACE);
    }
    rows[row + START] = at;
    rows[row + END] = this.#length;
    rows[row + ORDINAL] = this.#source.rows[row + ORDINAL];
    return this.#length;
  }

  /**
   * Writes what stays of the value at `[start, end)`.
   * @returns the length of the target, or `at` if nothing stays
   */
  writeValue(rule: Rule, start: number, end: number, at: number): number {
    this.#length = at;
    if (rule.keeps === 'all') {
      this.#copy(start, end);
      return this.#length;
    }
    this.#walk.open(start, end);
    return this.#value(rule) ? this.#length : at;
  }

  /** Writes what stays of the value at the position of the walk, and moves after it; false if nothing stays. */
  #value({ keeps }: Rule): boolean {
    const walk = this.#walk;
    const start = walk.pos;
    const first = this.#source.bytes[start];
    if (typeof keeps === 'object') {
      if (first === OPEN_BRACE) return this.#object(keeps);
      if (first === OPEN_BRACKET && keeps.elements) return this.#array(keeps);
    }
    walk.skip();
    const stays = keeps === 'all' || (keeps !== 'nothing' && keeps.stays);
    if (stays) this.#copy(start, walk.pos);
    return stays;
  }

  #object(rules: RuleTable, rows?: Int32Array, row = 0): boolean {
    const { bytes } = this.#source;
    const walk = this.#walk;
    const start = walk.pos;
    const begin = this.#length;
    let came = false;
    let kept = false;
    walk.enter();
    this.#put(OPEN_BRACE);
    while (walk.nextMember(!came)) {
      came = true;
      const { keyStart, keyEnd } = walk;
      const name = decodeString(bytes, keyStart, keyEnd);
      const column = rows && this.#columns.get(name);
      const rule = rules.of(name);
      if (rule.ends.length > 0) this.#reach?.(rule.ends);
      if (column === undefined && rule.keeps === 'nothing') {
        walk.skip();
        continue;
      }
      const undo = this.#length;
      if (kept) this.#put(COMMA);
      this.#copy(keyStart, keyEnd);
      this.#put(COLON);
      const at = this.#length;
      if (!this.#value(column === undefined ? rule : KEEP)) {
        this.#length = undo;
        continue;
      }
      kept = true;
      if (!rows || column === undefined || rows[row + column] >= 0) continue;
      rows[row + column] = at;
      rows[row + column + 1] = this.#length;
    }
    if (came || !rows) return this.#closed(CLOSE_BRACE, start, walk.pos, begin, came, kept || rules.stays);
    this.#put(CLOSE_BRACE);
    return true;
  }

  /** The same for a large object. */
  *#objectInSteps(rules: RuleTable, start: number, end: number, rows?: Int32Array, row = 0): Generator<void, boolean> {
    const begin = this.#length;
    // The other walk is for what is inside.
    const walk = this.#newWalk();
    let count = 0;
    let kept = false;
    walk.open(start, end);
    walk.enter();
    this.#put(OPEN_BRACE);
    for (; walk.nextMember(count === 0); count++) {
      if (count % STEP_VALUES === 0) yield;
      const { keyStart, keyEnd, pos } = walk;
      const name = decodeString(this.#source.bytes, keyStart, keyEnd);
      const column = rows && this.#columns.get(name);
      const rule = rules.of(name);
      if (rule.ends.length > 0) this.#reach?.(rule.ends);
      while (!walk.skipPart()) yield;
      if (column === undefined && rule.keeps === 'nothing') continue;
      const undo = this.#length;
      if (kept) this.#put(COMMA);
      this.#copy(keyStart, keyEnd);
      this.#put(COLON);
      const at = this.#length;
      if (!(yield* this.#valueInSteps(column === undefined ? rule : KEEP, pos, walk.pos))) {
        this.#length = undo;
        continue;
      }
      kept = true;
      if (!rows || column === undefined || rows[row + column] >= 0) continue;
      rows[row + column] = at;
      rows[row + column + 1] = this.#length;
    }
    return this.#closed(CLOSE_BRACE, start, walk.pos, begin, count > 0, kept || rules.stays);
  }

  #array(rules: RuleTable): boolean {
    const walk = this.#walk;
    const start = walk.pos;
    const begin = this.#length;
    let count = 0;
    let kept = false;
    walk.enter();
    this.#put(OPEN_BRACKET);
    for (; walk.nextElement(count === 0); count++) {
      const rule = rules.element(count);
      if (rule.ends.length > 0) this.#reach?.(rule.ends);
      if (rule.keeps === 'nothing') {
        walk.skip();
        continue;
      }
      const undo = this.#length;
      if (kept) this.#put(COMMA);
      if (this.#value(rule)) kept = true;
      else this.#length = undo;
    }
    return this.#closed(CLOSE_BRACKET, start, walk.pos, begin, count > 0, kept || rules.stays);
  }

  /** The same for a large array. */
  *#arrayInSteps(rules: RuleTable, start: number, end: number): Generator<void, boolean> {
    const begin = this.#length;
    const walk = this.#newWalk();
    let count = 0;
    let kept = false;
    walk.open(start, end);
    walk.enter();
    this.#put(OPEN_BRACKET);
    for (; walk.nextElement(count === 0); count++) {
      if (count % STEP_VALUES === 0) yield;
      const rule = rules.element(count);
      if (rule.ends.length > 0) this.#reach?.(rule.ends);
      const { pos } = walk;
      while (!walk.skipPart()) yield;
      if (rule.keeps === 'nothing') continue;
      const undo = this.#length;
      if (kept) this.#put(COMMA);
      if (yield* this.#valueInSteps(rule, pos, walk.pos)) kept = true;
      else this.#length = undo;
    }
    return this.#closed(CLOSE_BRACKET, start, walk.pos, begin, count > 0, kept || rules.stays);
  }

  /** Writes what stays of the value at `[start, end)`; false if nothing stays. */
  *#valueInSteps(rule: Rule, start: number, end: number): Generator<void, boolean> {
    const { keeps } = rule;
    if (typeof keeps === 'object' && end - start > LARGE_BYTES) {
      const first = this.#source.bytes[start];
      if (first === OPEN_BRACE) return yield* this.#objectInSteps(keeps, start, end);
      if (first === OPEN_BRACKET && keeps.elements) return yield* this.#arrayInSteps(keeps, start, end);
    }
    if (keeps === 'all') {
      for (let from = start; from < end; from += COPIED_BYTES) {
        if (from > start) yield;
        this.#copy(from, Math.min(end, from + COPIED_BYTES));
      }
      return true;
    }
    this.#walk.open(start, end);
    return this.#value(rule);
  }

  #newWalk(): ValueWalk {
    return new ValueWalk(this.#source.bytes, this.#source.maxDepth, (fault) => {
      throw batchError(this.#source, fault, 'select');
    });
  }

  /** Ends a container that began in the target at `begin`; one that is empty in the source stays as it is. */
  #closed(bracket: number, start: number, end: number, begin: number, came: boolean, stays: boolean): boolean {
    if (!came) {
      this.#length = begin;
      this.#copy(start, end);
      return true;
    }
    this.#put(bracket);
    if (!stays) this.#length = begin;
    return stays;
  }

  #put(byte: number): void {
    this.#target[this.#length++] = byte;
  }

  #copy(start: number, end: number): void {
    this.#length += this.#source.bytes.copy(this.#target, this.#length, start, end);
  }
}
