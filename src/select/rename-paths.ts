/** Writes values at paths as members with new names, behind the members that stay. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { DEEPEST_WALK, ValueWalk } from '../scan/value-walk.js';
import { type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { jsonObject, jsonValue } from '../terms/json-value.js';
import { EVERY, type Path, type Step } from '../terms/path.js';
import type { PathFields } from '../terms/path-fields.js';
import type { Run } from '../terms/run.js';
import { GONE, keepByRule } from './keep-by-rules.js';
import type { EntityPlace } from './keep-of-object.js';
import { isElementNumber, pathRules } from './path-rules.js';
import type { Numbered } from './path-sightings.js';
import { BytesProjector, sizeOf } from './project-bytes.js';
import { KEEP, type Rule } from './rule-table.js';
import { RuleWriter } from './write-by-rules.js';

/** A member to write: its name, as text and as JSON, and where its value is. */
interface Member {
  readonly name: string;
  readonly key: Buffer;
  readonly path: Path;
}

type Reach = (paths: readonly number[]) => void;

/**
 * Adds the renamed members of one run. A path through an array, or with `*`, has any number of values, which are written
 * as one array in source order; of equal names the last counts. A member without a value is left out.
 */
export class Renamer {
  readonly #members: readonly Member[];
  /** What is left out of values. */
  readonly #rule: Rule;
  readonly #shape: BytesProjector;
  /** Whether a member that stays may have one of the new names. */
  readonly #mayClash: boolean;
  readonly #numbers: ReadonlyMap<Path, number>;
  readonly #reach: Reach;

  constructor({ include = [], renamed = [] }: PathFields, numbered: Numbered, reach: Reach) {
    this.#members = renamed.map(({ name, path }) => ({ name, key: Buffer.from(`${JSON.stringify(name)}:`), path }));
    const { exclude } = numbered;
    this.#rule = exclude.length === 0 ? KEEP : { keeps: pathRules({ exclude }), ends: [] };
    // The few members that matter, with everything on the way to them.
    const rules = pathRules({ include: numbered.renamed, keepShape: true });
    this.#shape = new BytesProjector(rules, { keepLocated: false, recycle: true });
    this.#mayClash = include.some(([first]) => first === EVERY);
    this.#numbers = new Map(numbered.renamed);
    this.#reach = reach;
  }

  /**
   * Returns the kept texts of a batch with the renamed members of its texts.
   * @throws SluiceError `DUPLICATE_KEY` if a member that stays has the new name of another
   */
  async append(batch: ByteBatch, kept: ByteBatch, run: Run): Promise<ByteBatch> {
    const source = await this.#shape.project(batch, run);
    const keys = this.#members.reduce((sum, { key }) => sum + key.length + 3, 0);
    // A value may be written for each of the members.
    const size = sizeOf(kept) + this.#members.length * sizeOf(source) + batch.count * keys;
    const target = Buffer.allocUnsafe(size);
    const writer = new RuleWriter(source, target);
    const finder = new SpanFinder(source);
    const rows = kept.rows.slice();
    let length = 0;
    for (let row = 0; row < batch.count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const [start, end] = [kept.rows[row + START], kept.rows[row + END]];
      if (this.#mayClash) this.#refuseClash(kept, row);
      rows[row + START] = length;
      // Without the brace that closes it.
      length += kept.bytes.copy(target, length, start, end - 1);
      let isFirst = end - start <= 2;
      for (const member of this.#members) {
        const found = finder.find(member.path, source.rows[row + START], source.rows[row + END], this.#rule);
        if (found.spans.length === 0) continue;
        this.#see(member);
        const undo = length;
        if (!isFirst) target[length++] = COMMA;
        length += member.key.copy(target, length);
        const after = writeFound(found, writer, target, length);
        if (after === undefined) {
          length = undo;
          continue;
        }
        length = after;
        isFirst = false;
      }
      target[length++] = CLOSE_BRACE;
      rows[row + END] = length;
    }
    return { ...kept, bytes: target, rows };
  }

  /**
   * The same for an object.
   * @param kept what stays of it
   */
  appendTo(kept: object, entity: object, place: EntityPlace): object {
    const members: [string, unknown][] = Object.entries(kept);
    for (const member of this.#members) {
      if (Object.hasOwn(kept, member.name)) throw clash(member.name, place);
      const found = findValues(member.path, entity, this.#rule);
      if (found.values.length === 0) continue;
      this.#see(member);
      const values = found.values
        .map(({ value, rule }) => keepByRule(value, '', rule, place, () => {}))
        .filter((value) => value !== GONE);
      if (found.many ? values.length > 0 : values.length === 1)
        members.push([member.name, found.many ? values : values[0]]);
    }
    return Object.fromEntries(members);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#shape.close();
  }

  #see({ path }: Member): void {
    const number = this.#numbers.get(path);
    if (number !== undefined) this.#reach([number]);
  }

  #refuseClash(kept: ByteBatch, row: number): void {
    const walk = new ValueWalk(kept.bytes, kept.maxDepth, (fault) => {
      throw batchError(kept, fault, 'select');
    });
    walk.open(kept.rows[row + START], kept.rows[row + END]);
    walk.enter();
    for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
      const name = decodeString(kept.bytes, walk.keyStart, walk.keyEnd);
      walk.skip();
      if (!this.#members.some((member) => member.name === name)) continue;
      throw clash(name, { source: kept.source, recordIndex: kept.firstIndex + kept.rows[row + ORDINAL] });
    }
  }
}

function clash(name: string, place: EntityPlace): SluiceError {
  const { source, recordIndex } = place;
  const message = `${source}: a member that stays is already called ${JSON.stringify(name)}, the new name of another (record ${recordIndex})`;
  return new SluiceError('DUPLICATE_KEY', 'select', message, place);
}

/** A value and what stays of it. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: Rule;
}

/** The values at a path; where it may lead to several they are written as an array. */
interface Found {
  readonly spans: readonly Span[];
  readonly many: boolean;
}

/** Returns the length of the target, or undefined if nothing stays of any value. */
function writeFound({ spans, many }: Found, writer: RuleWriter, target: Buffer, at: number): number | undefined {
  let length = at;
  if (many) target[length++] = OPEN_BRACKET;
  let isFirst = true;
  for (const { start, end, rule } of spans) {
    const from = isFirst ? length : length + 1;
    const after = writer.writeValue(rule, start, end, from);
    if (after === from) continue;
    if (!isFirst) target[length] = COMMA;
    isFirst = false;
    length = after;
  }
  if (isFirst) return undefined;
  if (many) target[length++] = CLOSE_BRACKET;
  return length;
}

/** Finds the values at paths in the texts of one batch. */
class SpanFinder {
  readonly #batch: ByteBatch;
  readonly #walk: ValueWalk;
  #spans: Span[] = [];
  #many = false;

  constructor(batch: ByteBatch) {
    this.#batch = batch;
    this.#walk = new ValueWalk(batch.bytes, batch.maxDepth, (fault) => {
      throw batchError(batch, fault, 'select');
    });
  }

  find(path: Path, start: number, end: number, rule: Rule): Found {
    this.#spans = [];
    this.#many = false;
    this.#collect(path, 0, { start, end, rule }, 0);
    return { spans: this.#spans, many: this.#many };
  }

  #collect(path: Path, step: number, span: Span, level: number): void {
    const { start, rule } = span;
    if (rule.keeps === 'nothing') return;
    if (step === path.length) {
      this.#spans.push(span);
      return;
    }
    if (level > DEEPEST_WALK) {
      const fault = { code: 'TOO_DEEP', at: start, message: `more than ${DEEPEST_WALK} nested brackets` } as const;
      throw batchError(this.#batch, fault, 'select');
    }
    const first = this.#batch.bytes[start];
    const name = path[step];
    if (first === OPEN_BRACE) {
      if (name === EVERY) this.#many = true;
      for (const member of this.#membersOf(span, name)) this.#collect(path, step + 1, member, level + 1);
    } else if (first === OPEN_BRACKET) {
      const { isPassed, isMany, takes } = elementsAt(name);
      if (isMany) this.#many = true;
      for (const [index, element] of this.#elementsOf(span).entries()) {
        if (takes(index)) this.#collect(path, isPassed ? step : step + 1, element, level + 1);
      }
    }
  }

  /** The members that the step leads to; of equal names the last. */
  #membersOf({ start, end, rule }: Span, step: Step): Iterable<Span> {
    const walk = this.#walk;
    const members = new Map<string, Span>();
    walk.open(start, end);
    walk.enter();
    for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
      const name = decodeString(this.#batch.bytes, walk.keyStart, walk.keyEnd);
      const from = walk.pos;
      walk.skip();
      if (step !== EVERY && step !== name) continue;
      members.set(name, { start: from, end: walk.pos, rule: memberRule(rule, name) });
    }
    return members.values();
  }

  #elementsOf({ start, end, rule }: Span): readonly Span[] {
    const walk = this.#walk;
    const elements: Span[] = [];
    walk.open(start, end);
    walk.enter();
    while (walk.nextElement(elements.length === 0)) {
      const from = walk.pos;
      walk.skip();
      elements.push({ start: from, end: walk.pos, rule: elementRule(rule, elements.length) });
    }
    return elements;
  }
}

/** What a step means in an array: a number is one element, `*` every element; a name is passed to every element. */
function elementsAt(step: Step): {
  readonly isPassed: boolean;
  readonly isMany: boolean;
  readonly takes: (index: number) => boolean;
} {
  if (step === EVERY) return { isPassed: false, isMany: true, takes: () => true };
  if (!isElementNumber(step)) return { isPassed: true, isMany: true, takes: () => true };
  return { isPassed: false, isMany: false, takes: (index) => String(index) === step };
}

function memberRule({ keeps }: Rule, name: string): Rule {
  return typeof keeps === 'object' ? keeps.of(name) : { keeps, ends: [] };
}

function elementRule({ keeps }: Rule, index: number): Rule {
  return typeof keeps === 'object' ? keeps.element(index) : { keeps, ends: [] };
}

/** The values of an object at a path, with what stays of each. */
function findValues(
  path: Path,
  entity: object,
  rule: Rule,
): { readonly values: readonly { readonly value: unknown; readonly rule: Rule }[]; readonly many: boolean } {
  const values: { readonly value: unknown; readonly rule: Rule }[] = [];
  let many = false;
  collect(entity, '', 0, rule, 0);
  return { values, many };

  function collect(given: unknown, key: string, at: number, own: Rule, level: number): void {
    const value = jsonValue(given, key);
    if (own.keeps === 'nothing') return;
    if (at === path.length) {
      values.push({ value: value === undefined ? null : given, rule: own });
      return;
    }
    if (level > DEEPEST_WALK) throw new SluiceError('TOO_DEEP', 'select', `more than ${DEEPEST_WALK} nested brackets`);
    const step = path[at];
    const members = jsonObject(given, key);
    if (members) {
      if (step === EVERY) many = true;
      for (const [name, member] of Object.entries(members)) {
        if (step === EVERY || step === name) collect(member, name, at + 1, memberRule(own, name), level + 1);
      }
    } else if (Array.isArray(value)) {
      const { isPassed, isMany, takes } = elementsAt(step);
      if (isMany) many = true;
      for (let index = 0; index < value.length; index++) {
        if (!takes(index)) continue;
        collect(value[index], String(index), isPassed ? at : at + 1, elementRule(own, index), level + 1);
      }
    }
  }
}
