/** Writes values at paths as members with new names, after the members that stay. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACKET } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { DEEPEST_WALK, ValueWalk } from '../scan/value-walk.js';
import { type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { jsonObject, jsonValue } from '../terms/json-value.js';
import { EVERY, type Path, type Step } from '../terms/path.js';
import type { PathFields } from '../terms/path-fields.js';
import type { Run } from '../terms/run.js';
import type { EntityPlace } from './keep-by-entity-rules.js';
import { GONE, keepByRule } from './keep-by-table.js';
import { LARGE_BYTES, STEP_VALUES } from './large-text.js';
import { elementRule, type Found, memberRule, PathFinder, type Span } from './path-finder.js';
import { isElementNumber, pathRules } from './path-rules.js';
import type { Numbered } from './path-sightings.js';
import { PathTree } from './path-tree.js';
import { BytesProjector, sizeOf } from './project-bytes.js';
import { KEEP, type Rule } from './rule-table.js';
import { RuleTableWriter } from './write-by-table.js';

/** A member to write: its name, as text and as JSON, and where its value is. */
interface Member {
  readonly name: string;
  readonly key: Buffer;
  readonly path: Path;
}

/** Rows have places of 31 bits. */
const MOST_BYTES = 2 ** 31 - 1;

type Reach = (paths: readonly number[]) => void;

/**
 * Adds the renamed members of one run. A path through an array, or with `*`, has any number of values, which are written
 * as one array in source order; of equal names the last counts. A member without a value is left out.
 */
export class Renamer {
  readonly #members: readonly Member[];
  readonly #names: ReadonlySet<string>;
  readonly #tree: PathTree;
  /** What is left out of values. */
  readonly #rule: Rule;
  readonly #shape: BytesProjector;
  /** Whether a member that stays may have one of the new names. */
  readonly #mayClash: boolean;
  readonly #numbers: ReadonlyMap<Path, number>;
  readonly #reach: Reach;

  constructor({ include = [], renamed = [] }: PathFields, numbered: Numbered, reach: Reach) {
    this.#members = renamed.map(({ name, path }) => ({ name, key: Buffer.from(`${JSON.stringify(name)}:`), path }));
    this.#names = new Set(renamed.map(({ name }) => name));
    this.#tree = new PathTree(renamed.map(({ path }) => path));
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
    const output = new Output(source, sizeOf(kept) + sizeOf(source));
    const finder = new PathFinder(this.#tree, source);
    const rows = kept.rows.slice();
    for (let row = 0; row < batch.count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      if (this.#mayClash) this.#refuseClash(kept, row);
      const [from, to] = [source.rows[row + START], source.rows[row + END]];
      const isLarge = to - from > LARGE_BYTES;
      const found = isLarge
        ? await stepsInTurns(finder.findInSteps(from, to, this.#rule), run)
        : finder.find(from, to, this.#rule);
      const [start, end] = [kept.rows[row + START], kept.rows[row + END]];
      rows[row + START] = output.begin(end - start + this.#roomFor(found));
      // Without the brace that closes it.
      output.copy(kept.bytes, start, end - 1);
      let isFirst = end - start <= 2;
      for (const one of found) {
        const member = this.#members[one.path];
        this.#see(member);
        const stays = isLarge
          ? await stepsInTurns(output.memberInSteps(member.key, one, isFirst), run)
          : output.member(member.key, one, isFirst);
        if (stays) isFirst = false;
      }
      rows[row + END] = output.end();
    }
    return { ...kept, bytes: output.target, rows };
  }

  /**
   * The same for an object.
   * @param kept what stays of it
   */
  appendTo(kept: object, entity: object, place: EntityPlace): object {
    const members: [string, unknown][] = Object.entries(kept);
    const read: ReadObjects = new Map();
    for (const member of this.#members) {
      if (Object.hasOwn(kept, member.name)) throw clash(member.name, place);
      const found = findValues(member.path, entity, this.#rule, read);
      if (found.values.length === 0) continue;
      this.#see(member);
      const values = found.values
        .map(({ value, rule }) => keepByRule(value, rule, place, () => {}))
        .filter((value) => value !== GONE);
      if (found.many ? values.length > 0 : values.length === 1)
        members.push([member.name, found.many ? values : values[0]]);
    }
    return Object.fromEntries(members);
  }

  /** The most bytes that the members take. */
  #roomFor(found: readonly Found[]): number {
    let room = 0;
    for (const { path, spans } of found) {
      // A comma before the member, brackets around its values, a comma after each.
      room += this.#members[path].key.length + 3 + spans.length;
      for (const { start, end } of spans) room += end - start;
    }
    return room;
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
      if (!this.#names.has(name)) continue;
      throw clash(name, { source: kept.source, recordIndex: kept.firstIndex + kept.rows[row + ORDINAL] });
    }
  }
}

function clash(name: string, place: EntityPlace): SluiceError {
  const { source, recordIndex } = place;
  const message = `${source}: a member that stays is already called ${JSON.stringify(name)}, the new name of another (record ${recordIndex})`;
  return new SluiceError('DUPLICATE_KEY', 'select', message, place);
}

/** The texts of one batch, in memory that grows with them: a value may be written for each of many members. */
class Output {
  target: Buffer;
  readonly #source: ByteBatch;
  #writer: RuleTableWriter;
  #length = 0;

  constructor(source: ByteBatch, size: number) {
    this.#source = source;
    this.target = Buffer.allocUnsafe(size);
    this.#writer = new RuleTableWriter(source, this.target);
  }

  /** Begins a text of at most so many bytes. @returns where. @throws SluiceError `ENTITY_TOO_LARGE` */
  begin(room: number): number {
    const size = this.#length + room;
    if (size > MOST_BYTES) {
      const { source } = this.#source;
      const message = `${source}: the members with new names take more than ${MOST_BYTES} bytes`;
      throw new SluiceError('ENTITY_TOO_LARGE', 'select', message, { source });
    }
    if (size > this.target.length) {
      const larger = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(size, 2 * this.target.length)));
      this.target.copy(larger, 0, 0, this.#length);
      this.target = larger;
      this.#writer = new RuleTableWriter(this.#source, larger);
    }
    return this.#length;
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#length += bytes.copy(this.target, this.#length, start, end);
  }

  /** Writes what stays of the values of a member; false if nothing does, so that there is no member. */
  member(key: Buffer, found: Found, isFirst: boolean): boolean {
    const undo = this.#length;
    this.#open(key, found, isFirst);
    let isEmpty = true;
    for (const span of found.spans) if (this.#value(span, isEmpty)) isEmpty = false;
    return this.#close(found, isEmpty, undo);
  }

  /** The same in steps. */
  *memberInSteps(key: Buffer, found: Found, isFirst: boolean): Generator<void, boolean> {
    const undo = this.#length;
    this.#open(key, found, isFirst);
    let isEmpty = true;
    for (const [index, span] of found.spans.entries()) {
      if (index % STEP_VALUES === 0) yield;
      if (this.#value(span, isEmpty)) isEmpty = false;
    }
    return this.#close(found, isEmpty, undo);
  }

  #open(key: Buffer, { many }: Found, isFirst: boolean): void {
    if (!isFirst) this.#put(COMMA);
    this.copy(key, 0, key.length);
    if (many) this.#put(OPEN_BRACKET);
  }

  #value({ start, end, rule }: Span, isFirst: boolean): boolean {
    const from = isFirst ? this.#length : this.#length + 1;
    const after = this.#writer.writeValue(rule, start, end, from);
    if (after === from) return false;
    if (!isFirst) this.#put(COMMA);
    this.#length = after;
    return true;
  }

  #close({ many }: Found, isEmpty: boolean, undo: number): boolean {
    if (isEmpty) this.#length = undo;
    else if (many) this.#put(CLOSE_BRACKET);
    return !isEmpty;
  }

  /** Closes the text. @returns where it ends */
  end(): number {
    this.#put(CLOSE_BRACE);
    return this.#length;
  }

  #put(byte: number): void {
    this.target[this.#length++] = byte;
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

/** Objects of one entity as JSON writes them, so that each is read once for all paths. */
type ReadObjects = Map<unknown, NonNullable<ReturnType<typeof jsonObject>>>;

/** The values of an object at a path, with what stays of each. */
function findValues(
  path: Path,
  entity: object,
  rule: Rule,
  read: ReadObjects,
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
    const members = read.get(given) ?? jsonObject(given, key);
    if (members) {
      read.set(given, members);
      if (step === EVERY) many = true;
      if (step !== EVERY && !Object.hasOwn(members, step)) return;
      const names = step === EVERY ? Object.keys(members) : [step];
      for (const name of names) collect(members[name], name, at + 1, memberRule(own, name), level + 1);
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
