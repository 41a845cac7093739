/** Writes what entity rules keep of JSON texts: source text in source order, one entity after the other. */

import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../scan/ascii.js';
import { parseText } from '../scan/decode-value.js';
import { batchError } from '../scan/lines.js';
import type { StringCache } from '../scan/string-cache.js';
import type { TextFault } from '../scan/text-faults.js';
import { ValueWalk } from '../scan/value-walk.js';
import { type ByteBatch, ORDINAL } from '../terms/batch.js';
import { messageOf } from '../terms/errors.js';
import {
  arrayStays,
  type ElementsRule,
  type FixedRule,
  isContent,
  Judged,
  type JudgedRule,
  type Keep,
  type MembersRule,
  nameClash,
  objectStays,
  writtenName,
} from './entity-rules.js';
import { renameClash } from './rename.js';

/** Maximum bytes for which a loop copies faster than a call. */
const SHORT = 32;

/** The column of a row that receives the span of a member of the first level. */
export type Columns = ReadonlyMap<string, number>;

/** Projects the entities of one batch into one buffer, which grows if names or added members need it. */
export class EntityRulesWriter {
  target: Buffer;
  length = 0;
  readonly #source: ByteBatch;
  readonly #walk: ValueWalk;
  readonly #strings: StringCache;
  /** Two names that became one, and where in the target; undoing what was written there removes the clash. */
  #clash: { readonly at: number; readonly names: readonly [string, string, string] } | undefined;

  /** @param size initial size of the target */
  constructor(source: ByteBatch, size: number, strings: StringCache) {
    this.#source = source;
    this.#strings = strings;
    this.target = Buffer.allocUnsafe(size);
    this.#walk = new ValueWalk(source.bytes, source.maxDepth, (fault) => this.#refuse(fault));
  }

  /**
   * Writes what the rule keeps of the entity at `[start, end)`, and the spans of the members with a column; of equal
   * names the first counts.
   * @throws SluiceError for names that become one, and for faulty text, which only unchecked batches have
   */
  writeEntity(start: number, end: number, rule: MembersRule, columns: Columns, rows: Int32Array, row: number): void {
    this.#walk.open(start, end);
    const stays = this.#members(rule, (name, valueStart) => {
      const column = columns.get(name);
      if (column === undefined || rows[row + column] >= 0) return;
      rows[row + column] = valueStart;
      rows[row + column + 1] = this.length;
    });
    if (!stays) this.#put('{}');
    const { source, firstIndex } = this.#source;
    if (this.#clash) throw renameClash(this.#clash.names, source, firstIndex + this.#source.rows[row + ORDINAL]);
  }

  /** Writes what stays of the value at the position of the walk, and moves after it; false if nothing stays. */
  #value(keep: Keep): boolean {
    if (keep === 'all') return this.#whole(true);
    switch (keep.kind) {
      case 'members':
        return this.#firstByte() === OPEN_BRACE ? this.#members(keep) : this.#whole(keep.lossless);
      case 'elements':
        return this.#firstByte() === OPEN_BRACKET ? this.#elements(keep) : this.#whole(keep.lossless);
      case 'judged':
        return this.#judged(keep);
      case 'fixed':
        this.#walk.skip();
        this.#put(keep.text);
        return true;
    }
  }

  #firstByte(): number {
    return this.#source.bytes[this.#walk.pos];
  }

  #whole(stays: boolean): boolean {
    const walk = this.#walk;
    const start = walk.pos;
    walk.skip();
    if (stays) this.#copy(start, walk.pos);
    return stays;
  }

  #members(rule: MembersRule, note?: (name: string, valueStart: number) => void): boolean {
    const { bytes } = this.#source;
    const walk = this.#walk;
    const start = walk.pos;
    const undo = this.length;
    const judged = rule.judge && new Judged(rule.judge);
    const taken = rule.rename && new Map<string, string>();
    const missing = rule.defaults && new Map(rule.defaults);
    let came = 0;
    let members = 0;
    let content = 0;
    let contentKept = 0;
    walk.enter();
    this.#putByte(OPEN_BRACE);
    for (; walk.nextMember(came === 0); came++) {
      const { keyStart, keyEnd, pos: valueStart } = walk;
      const name = this.#strings.decode(bytes, keyStart, keyEnd);
      const counts = isContent(rule, name);
      if (counts) content++;
      const keep = rule.rule(name);
      const before = this.length;
      if (keep === undefined) {
        walk.skip();
      } else {
        if (members > 0) this.#putByte(COMMA);
        const written = writtenName(rule, name);
        if (written === name) this.#copy(keyStart, keyEnd);
        else this.#put(JSON.stringify(written));
        this.#putByte(COLON);
        const at = this.length;
        if (this.#value(keep)) {
          members++;
          if (counts) contentKept++;
          missing?.delete(name);
          if (taken) this.#take(taken, written, name);
          note?.(name, at);
        } else {
          this.#undo(before);
        }
      }
      if (judged?.needs(name)) judged.see(name, this.#parse(valueStart, walk.pos));
    }
    if (judged && !judged.accepts()) {
      this.#undo(undo);
      return false;
    }
    if (missing) members += this.#addDefaults(missing, members);
    if (came === 0 && members === 0) {
      this.length = undo;
      this.#copy(start, walk.pos);
      return true;
    }
    this.#putByte(CLOSE_BRACE);
    const stays = objectStays(content, contentKept, missing?.size);
    if (!stays) this.#undo(undo);
    return stays;
  }

  #addDefaults(missing: ReadonlyMap<string, FixedRule>, written: number): number {
    for (const [name, { text }] of missing) {
      this.#put(`${written++ > 0 ? ',' : ''}${JSON.stringify(name)}:${text}`);
    }
    return missing.size;
  }

  #elements(rule: ElementsRule): boolean {
    const walk = this.#walk;
    const start = walk.pos;
    const undo = this.length;
    let came = 0;
    let written = 0;
    walk.enter();
    this.#putByte(OPEN_BRACKET);
    for (; walk.nextElement(came === 0); came++) {
      const before = this.length;
      if (written > 0) this.#putByte(COMMA);
      if (this.#value(rule.element)) written++;
      else this.#undo(before);
    }
    if (came === 0) {
      this.length = undo;
      this.#copy(start, walk.pos);
      return true;
    }
    this.#putByte(CLOSE_BRACKET);
    const stays = arrayStays(came, written);
    if (!stays) this.#undo(undo);
    return stays;
  }

  #judged({ judge }: JudgedRule): boolean {
    const { bytes } = this.#source;
    const walk = this.#walk;
    const start = walk.pos;
    const judged = new Judged(judge);
    if (this.#firstByte() === OPEN_BRACE) {
      walk.enter();
      for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
        const name = this.#strings.decode(bytes, walk.keyStart, walk.keyEnd);
        const valueStart = walk.pos;
        walk.skip();
        if (judged.needs(name)) judged.see(name, this.#parse(valueStart, walk.pos));
      }
    } else {
      walk.skip();
    }
    const stays = judged.accepts();
    if (stays) this.#copy(start, walk.pos);
    return stays;
  }

  #parse(start: number, end: number): unknown {
    const { bytes } = this.#source;
    try {
      if (bytes[start] === QUOTE) return this.#strings.decode(bytes, start, end);
      return parseText(bytes.toString('utf8', start, end));
    } catch (cause) {
      this.#refuse({ code: 'INVALID_JSON', at: start, message: messageOf(cause) });
    }
  }

  #take(taken: Map<string, string>, written: string, name: string): void {
    const other = nameClash(taken, written, name);
    if (other !== undefined) this.#clash ??= { at: this.length, names: [other, name, written] };
  }

  #undo(length: number): void {
    this.length = length;
    if (this.#clash && this.#clash.at > length) this.#clash = undefined;
  }

  #copy(start: number, end: number): void {
    const { bytes } = this.#source;
    this.#reserve(end - start);
    if (end - start > SHORT) {
      this.length += bytes.copy(this.target, this.length, start, end);
    } else {
      const { target } = this;
      let to = this.length;
      for (let at = start; at < end; at++) target[to++] = bytes[at];
      this.length = to;
    }
  }

  #put(text: string): void {
    this.#reserve(text.length * 3);
    this.length += this.target.write(text, this.length);
  }

  #putByte(byte: number): void {
    this.#reserve(1);
    this.target[this.length++] = byte;
  }

  #reserve(size: number): void {
    if (this.length + size <= this.target.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + size));
    this.target.copy(larger, 0, 0, this.length);
    this.target = larger;
  }

  #refuse(fault: TextFault): never {
    throw batchError(this.#source, fault, 'select');
  }
}
