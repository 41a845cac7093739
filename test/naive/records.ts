/** The records of an input, found one after the other in bytes that are all in memory. */
import type { MemberName } from '../../src/terms/batch.js';
import { EVERY, type Path } from '../../src/terms/path.js';
import { type FormOptions, formOf } from './form.js';
import {
  charAt,
  decode,
  Fault,
  firstBadByte,
  members,
  readScalar,
  readString,
  type Span,
  skipBalanced,
  skipSpace,
} from './json-text.js';

export interface RecordOptions extends FormOptions {
  /** The members of the selection. */
  readonly locate: readonly MemberName[];
  readonly onError: 'stop' | 'skip';
  readonly idFromKey?: boolean;
  readonly maxDepth: number;
  readonly maxEntityBytes: number;
}

/** One record: an entity, or a line that is not an entity. */
export interface Found extends Span {
  /** The values of the requested members that exist. */
  readonly located: ReadonlyMap<MemberName, Span>;
  readonly fault?: Fault;
  /** Whether it is a complete line. */
  readonly inLine: boolean;
}

/**
 * The records of an input.
 * @throws Fault after the records so far
 */
export function* records(bytes: Buffer, options: RecordOptions): Generator<Found> {
  const start = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  const bad = firstBadByte(bytes, start, bytes.length);
  const form = formOf(bytes, start, bad < 0 ? bytes.length : bad, options);
  if (form === 'lines') {
    // Detecting the form skips blank lines before the first record; a given form does not.
    yield* lines(bytes, options.form === 'lines' ? start : skipSpace(bytes, start, bytes.length), options);
    return;
  }
  // Only lines have an end that can be found whatever they contain.
  if (options.onError === 'skip') {
    const isGiven = options.form === 'array' || options.form === 'sequence' || options.path !== undefined;
    throw new Fault('INVALID', isGiven ? start : skipSpace(bytes, start, bytes.length));
  }
  if (form === 'sequence') yield* sequence(bytes, start, bad, options);
  else yield* new Document(bytes, start, bad, form.path, form.isEntity ?? false, options).entities();
}

/** How a sequence may begin: a value is `{`; a bracket may be missing at either end. */
const VALUES = '(?:\\{(?:,?\\{)*,?)?';
const BEGINNING = new RegExp(`^(?:${VALUES}\\]?|(?:\\[${VALUES}\\])*(?:\\[${VALUES})?)$`);
const CLOSED = new RegExp(`^(?:${VALUES}\\]|(?:\\[${VALUES}\\])+)$`);

/** The values of a sequence. */
function* sequence(bytes: Buffer, start: number, bad: number, options: RecordOptions): Generator<Found> {
  const end = bad < 0 ? bytes.length : bad;
  let before = '';
  for (let pos = start; ; ) {
    while (pos < end && ' \t\r\n\x1e'.includes(charAt(bytes, pos, end))) pos++;
    if (pos >= end) break;
    const first = charAt(bytes, pos, end);
    if (!BEGINNING.test(before + first)) {
      const isEndDue = CLOSED.test(before) || first === ',' || first === '}';
      throw new Fault(isEndDue ? 'INVALID_JSON' : 'NOT_AN_ENTITY', pos);
    }
    if (first === '{') {
      const after = valueEnd(bytes, pos, end, bad, options);
      const { located } = locate(bytes, { start: pos, end: after }, options);
      yield { start: pos, end: after, located, inLine: false };
      pos = after;
    } else pos++;
    before += first;
  }
  if (bad >= 0) throw new Fault('INVALID_UTF8', bad);
}

/** Behind the object at `start` in a sequence. */
function valueEnd(bytes: Buffer, start: number, end: number, bad: number, options: RecordOptions): number {
  const limit = Math.min(end, start + options.maxEntityBytes);
  try {
    const after = skipBalanced(bytes, start, limit, options.maxDepth);
    if (charAt(bytes, after - 1, end) !== '}') throw new Fault('NOT_AN_ENTITY', after - 1);
    return after;
  } catch (fault) {
    if (!(fault instanceof Fault) || fault.code === 'TOO_DEEP') throw fault;
    if (fault.code === 'NOT_AN_ENTITY') throw new Fault('INVALID_JSON', fault.at);
    if (end > limit) throw new Fault('ENTITY_TOO_LARGE', start);
    throw bad < 0 ? new Fault('TRUNCATED', end) : new Fault('INVALID_UTF8', bad);
  }
}

function* lines(bytes: Buffer, first: number, options: RecordOptions): Generator<Found> {
  for (let start = first; start <= bytes.length; ) {
    const newline = bytes.indexOf('\n', start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      const found = readLine(bytes, { start, end }, newline < 0, options);
      if (found) yield found;
    } catch (fault) {
      if (!(fault instanceof Fault) || fault.code === 'ENTITY_TOO_LARGE' || options.onError === 'stop') throw fault;
      yield { start, end, located: new Map(), inLine: true, fault };
    }
    start = end + 1;
  }
}

/** The entity of a line; undefined if it is blank. */
function readLine(bytes: Buffer, line: Span, unended: boolean, options: RecordOptions): Found | undefined {
  const bad = firstBadByte(bytes, line.start, line.end);
  // A faulty line is rejected only once its end is found.
  const readable = bad >= 0 && options.onError === 'stop' ? bad : line.end;
  if (readable - line.start > options.maxEntityBytes) throw new Fault('ENTITY_TOO_LARGE', line.start);
  if (bad >= 0) throw new Fault('INVALID_UTF8', bad);
  const start = skipSpace(bytes, line.start, line.end);
  if (start === line.end) return undefined;
  let end = line.end;
  while (skipSpace(bytes, end - 1, end) === end) end--;
  if (charAt(bytes, start, end) !== '{') throw new Fault('NOT_AN_ENTITY', start);
  try {
    const { located, after } = locate(bytes, { start, end }, options);
    if (after < end) throw new Fault('INVALID_JSON', skipSpace(bytes, after, end));
    if (charAt(bytes, end - 1, end) !== '}') throw new Fault('INVALID_JSON', end - 1);
    return { start, end, located, inLine: true };
  } catch (fault) {
    // A record that only lacks its end was cut with the input.
    if (unended && fault instanceof Fault && fault.at >= end) throw new Fault('TRUNCATED', fault.at);
    throw fault;
  }
}

/** The wanted members, and the end of the entity. */
interface Located {
  readonly located: ReadonlyMap<MemberName, Span>;
  readonly after: number;
}

/**
 * Reads the first level by the grammar up to the last of the wanted members, and the rest by its quotes and the count of
 * the count of its brackets. No wanted member may come twice.
 */
function locate(bytes: Buffer, { start, end }: Span, options: RecordOptions): Located {
  const { locate: wanted, memberNames, maxDepth } = options;
  const located = new Map<MemberName, Span>();
  const isSecond = (name: string) => wanted.some((member) => memberNames[member] === name && located.has(member));
  let pos = start + 1;
  if (wanted.length > 0) {
    for (const { name, key, value } of members(bytes, start, end, maxDepth, skipBalanced)) {
      if (isSecond(name)) throw new Fault('DUPLICATE_KEY', key.start);
      for (const member of wanted) if (memberNames[member] === name) located.set(member, value);
      pos = value.end;
      if (located.size === wanted.length) break;
    }
  }
  for (;;) {
    const character = charAt(bytes, pos, end);
    if (character === '') throw new Fault('INVALID_JSON', end);
    if (character === '}' || character === ']') return { located, after: pos + 1 };
    if (character === '"') {
      const string = { start: pos, end: skipString(bytes, pos, end) };
      const isKey = charAt(bytes, skipSpace(bytes, string.end, end), end) === ':';
      if (isKey && isValidString(bytes, string) && isSecond(decode(bytes, string))) {
        throw new Fault('DUPLICATE_KEY', pos);
      }
      pos = string.end;
    } else {
      pos = character === '{' || character === '[' ? skipBalanced(bytes, pos, end, maxDepth - 1) : pos + 1;
    }
  }
}

/** The offset after the string at `at`, by its quotes only. */
function skipString(bytes: Buffer, at: number, end: number): number {
  for (let pos = at + 1; pos < end; pos++) {
    const character = charAt(bytes, pos, end);
    if (character === '"') return pos + 1;
    if (character === '\\') pos++;
  }
  throw new Fault('INVALID_JSON', end);
}

function isValidString(bytes: Buffer, { start, end }: Span): boolean {
  try {
    return readString(bytes, start, end) === end;
  } catch {
    return false;
  }
}

/** A document, from its first byte to its last. */
class Document {
  readonly path: Path;
  #pos: number;
  #arrayFound = false;
  /** The offset after the last byte that may be read. */
  readonly #end: number;

  constructor(
    readonly bytes: Buffer,
    start: number,
    readonly bad: number,
    readonly way: Path,
    readonly isEntity: boolean,
    readonly options: RecordOptions,
  ) {
    this.path = way.at(-1) === EVERY ? way.slice(0, -1) : way;
    this.#pos = start;
    this.#end = bad < 0 ? bytes.length : bad;
  }

  *entities(): Generator<Found> {
    this.#space();
    const blank = this.#pos === this.#end;
    if (!blank) yield* this.#pathValue(0);
    this.#space();
    if (this.#pos < this.#end) throw new Fault('INVALID_JSON', this.#pos);
    if (this.bad >= 0) throw new Fault('INVALID_UTF8', this.bad);
    if (blank) throw new Fault('TRUNCATED', this.#end);
    if (!this.#arrayFound) throw new Fault('NO_ENTITIES', this.#end);
  }

  /** A value on the way to the entities, or what holds them. */
  *#pathValue(level: number): Generator<Found> {
    const first = this.#next();
    const isOneOfMany = this.path.slice(0, level).includes(EVERY);
    if (first === 'n' && isOneOfMany) {
      this.#otherValue(level);
    } else if (level === this.path.length) {
      if (this.isEntity) {
        this.#arrayFound = true;
        yield this.#withoutKey(this.#entity(this.#pos));
        return;
      }
      const isMembers = first === '{' && this.way.at(-1) === EVERY;
      if (first !== '[' && !isMembers) throw new Fault('NO_ENTITIES', this.#pos);
      this.#arrayFound = true;
      yield* isMembers ? this.#entityMembers() : this.#array();
    } else {
      const step = this.path[level];
      const isArray = first === '[' && (step === EVERY || /^(0|[1-9][0-9]*)$/.test(String(step)));
      if (first !== '{' && !isArray) throw new Fault('NO_ENTITIES', this.#pos);
      yield* isArray ? this.#arrayOnTheWay(level) : this.#object(level);
    }
  }

  *#arrayOnTheWay(level: number): Generator<Found> {
    const step = this.path[level];
    this.#pos++;
    if (this.#next() === ']') {
      this.#arrayFound ||= step === EVERY;
      this.#pos++;
      return;
    }
    for (let element = 0; ; element++) {
      this.#next();
      if (step === EVERY || step === String(element)) yield* this.#pathValue(level + 1);
      else this.#otherValue(level + 1);
      const byte = this.#next();
      this.#pos++;
      if (byte === ']') return;
      if (byte !== ',') throw new Fault('INVALID_JSON', this.#pos - 1);
    }
  }

  /** The members of an object, each of them an entity. */
  *#entityMembers(): Generator<Found> {
    this.#pos++;
    if (this.#next() === '}') {
      this.#pos++;
      return;
    }
    for (;;) {
      this.#next();
      const start = this.#pos;
      this.#key();
      const key = { start, end: this.#pos };
      if (this.#heldNext(start) !== ':') throw new Fault('INVALID_JSON', this.#pos);
      this.#pos++;
      this.#heldNext(start);
      const entity = this.#entity(this.#pos);
      yield this.options.idFromKey && this.options.locate.includes('id')
        ? { ...entity, located: new Map([...entity.located, ['id', key]]) }
        : entity;
      const byte = this.#next();
      this.#pos++;
      if (byte === '}') return;
      if (byte !== ',') throw new Fault('INVALID_JSON', this.#pos - 1);
    }
  }

  /** The next character, no further from the key than an entity may have bytes. */
  #heldNext(start: number): string {
    const pos = skipSpace(this.bytes, this.#pos, this.#end);
    if (pos - start > this.options.maxEntityBytes) throw new Fault('ENTITY_TOO_LARGE', start);
    return this.#next();
  }

  /** Elements have no keys. */
  #withoutKey(entity: Found): Found {
    if (!this.options.idFromKey) return entity;
    return { ...entity, located: new Map([...entity.located].filter(([name]) => name !== 'id')) };
  }

  #entity(start: number): Found {
    const first = this.#next();
    if (first === ',' || first === ']' || first === '}') throw new Fault('INVALID_JSON', this.#pos);
    if (first !== '{') throw new Fault('NOT_AN_ENTITY', this.#pos);
    const end = this.#balanced(this.options.maxDepth, this.options.maxEntityBytes);
    if (charAt(this.bytes, end - 1, end) !== '}') throw new Fault('INVALID_JSON', end - 1);
    const { located } = locate(this.bytes, { start, end }, this.options);
    return { start, end, located, inLine: false };
  }

  *#object(level: number): Generator<Found> {
    const step = this.path[level];
    let seen = false;
    this.#pos++;
    if (this.#next() === '}') {
      this.#arrayFound ||= step === EVERY;
      this.#pos++;
      return;
    }
    for (;;) {
      this.#next();
      const start = this.#pos;
      const key = this.#key();
      const leads = step === EVERY || key === step;
      if (leads && seen && step !== EVERY) throw new Fault('DUPLICATE_KEY', start);
      if (this.#next() !== ':') throw new Fault('INVALID_JSON', this.#pos);
      this.#pos++;
      if (leads) {
        seen = true;
        yield* this.#pathValue(level + 1);
      } else {
        this.#beside(key, level + 1);
      }
      const byte = this.#next();
      this.#pos++;
      if (byte === '}') return;
      if (byte !== ',') throw new Fault('INVALID_JSON', this.#pos - 1);
    }
  }

  /** A member that does not lead to the entities; without a given path, responses are examined. */
  #beside(key: string, depth: number): void {
    const first = this.#next();
    const isGiven = this.options.path !== undefined;
    if (!isGiven && key === 'response' && depth === 1 && first === '{') this.#response();
    else if (!isGiven && key === 'status' && depth === 2 && this.path.length === 2 && first === '"') this.#status();
    else this.#otherValue(depth);
  }

  /** A response beside the entities, which may contain others. */
  #response(): void {
    this.#pos++;
    if (this.#next() === '}') {
      this.#pos++;
      return;
    }
    for (;;) {
      this.#key();
      if (this.#next() !== ':') throw new Fault('INVALID_JSON', this.#pos);
      this.#pos++;
      this.#otherValue(2);
      const byte = this.#next();
      this.#pos++;
      if (byte === '}') return;
      if (byte !== ',') throw new Fault('INVALID_JSON', this.#pos - 1);
    }
  }

  /** The status of the response that contains the entities. */
  #status(): void {
    const start = this.#pos;
    const end = this.#balanced(1, this.options.maxEntityBytes);
    readString(this.bytes, start, end);
    if (decode(this.bytes, { start, end }).toLowerCase() === 'error') throw new Fault('EXPORT_FAILED', start);
  }

  *#array(): Generator<Found> {
    this.#pos++;
    if (this.#next() === ']') {
      this.#pos++;
      return;
    }
    for (;;) {
      this.#next();
      yield this.#withoutKey(this.#entity(this.#pos));
      const byte = this.#next();
      this.#pos++;
      if (byte === ']') return;
      if (byte !== ',') throw new Fault('INVALID_JSON', this.#pos - 1);
    }
  }

  /** A key of the document; it must be a valid string, since it is compared with the path. */
  #key(): string {
    if (this.#next() !== '"') throw new Fault('INVALID_JSON', this.#pos);
    const start = this.#pos;
    const end = this.#balanced(1, this.options.maxEntityBytes);
    readString(this.bytes, start, end);
    return decode(this.bytes, { start, end });
  }

  /** A value beside the path to the entities: of any size, with balanced brackets and quotes. */
  #otherValue(depth: number): void {
    const first = this.#next();
    if (first === '"' || first === '{' || first === '[') {
      this.#balanced(this.options.maxDepth - depth, Number.POSITIVE_INFINITY);
      return;
    }
    const start = this.#pos;
    while (this.#pos < this.#end && !',}] \t\r\n'.includes(charAt(this.bytes, this.#pos, this.#end))) this.#pos++;
    if (this.#pos - start > this.options.maxEntityBytes) throw new Fault('ENTITY_TOO_LARGE', start);
    if (this.#pos === this.#end) this.#ranOut();
    const end = readScalar(this.bytes, start, this.#pos);
    if (end !== this.#pos) throw new Fault('INVALID_JSON', end);
  }

  /** Skips a string, an object or an array of at most this many bytes. */
  #balanced(maxDepth: number, maxBytes: number): number {
    const start = this.#pos;
    const limit = Math.min(this.#end, start + maxBytes);
    try {
      const isString = charAt(this.bytes, start, limit) === '"';
      this.#pos = isString ? this.#string(limit) : skipBalanced(this.bytes, start, limit, maxDepth);
      return this.#pos;
    } catch (fault) {
      if (!(fault instanceof Fault) || fault.code === 'TOO_DEEP') throw fault;
      if (this.#end > limit) throw new Fault('ENTITY_TOO_LARGE', start);
      return this.#ranOut();
    }
  }

  #string(limit: number): number {
    for (let pos = this.#pos + 1; pos < limit; pos++) {
      const character = charAt(this.bytes, pos, limit);
      if (character === '"') return pos + 1;
      if (character === '\\') pos++;
    }
    throw new Fault('TRUNCATED', limit);
  }

  #space(): void {
    this.#pos = skipSpace(this.bytes, this.#pos, this.#end);
  }

  /** The next character that is not white space. */
  #next(): string {
    this.#space();
    return this.#pos < this.#end ? charAt(this.bytes, this.#pos, this.#end) : this.#ranOut();
  }

  #ranOut(): never {
    if (this.bad >= 0) throw new Fault('INVALID_UTF8', this.bad);
    throw new Fault('TRUNCATED', this.#end);
  }
}
