/** Parses JSON to values in which numbers keep their digits, with functions that read such values. */
import { jsonValue } from '../terms/json-value.js';

/** A number that a double cannot represent as it is written. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** Matches numbers, and some digits inside strings; matches every number that JSON text can have. */
const NUMBERS = /[:[,]\s*(-?\d[-+.\deE]*)/g;

/**
 * Parses a JSON text; of equal keys the last one counts.
 * @throws SyntaxError for text that is found not to be JSON; not all faults are found
 */
export function decodeValue(text: string): unknown {
  NUMBERS.lastIndex = 0;
  for (let found = NUMBERS.exec(text); found; found = NUMBERS.exec(text)) {
    const digits = found[1];
    if (String(Number(digits)) !== digits && mayBegin(text, found.index)) return new ValueReader(text).read();
  }
  return parseText(text);
}

/** Whether a value may begin after a position: a colon follows a quote then, and in times it follows digits. */
function mayBegin(text: string, position: number): boolean {
  if (text[position] !== ':') return true;
  let before = position - 1;
  while (text.charCodeAt(before) <= SPACE) before--;
  return text[before] === '"';
}

/**
 * Parses as `JSON.parse` does. V8 of Node 24 and 26 gives a name with an escape the name of a member that it has seen
 * before, if that begins like the text: `"\""` becomes a backslash (nodejs/node#63785). Such texts are read here.
 * @throws SyntaxError that of `JSON.parse`
 */
export function parseText(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? new ValueReader(text, { hasDoubles: true }).read() : value;
}

/** Whether the name of a member in a JSON text has an escape. */
function hasEscapedName(text: string): boolean {
  for (let slash = text.indexOf('\\'); slash >= 0; ) {
    // A backslash is always inside a string.
    let quote = text.indexOf('"', slash + 2);
    slash = text.indexOf('\\', slash + 2);
    while (slash >= 0 && slash < quote) {
      if (slash + 1 === quote) quote = text.indexOf('"', slash + 2);
      slash = text.indexOf('\\', slash + 2);
    }
    let next = quote + 1;
    while (text.charCodeAt(next) <= SPACE) next++;
    if (text[next] === ':') return true;
  }
  return false;
}

const SPACE = 0x20;
const SCALAR = /-?\d[-+.\deE]*|true|false|null/y;

/** An array or object being read, and the key of its next value. */
type Open = { readonly list: unknown[] } | { readonly members: Record<string, unknown>; key: string };

interface ReaderOptions {
  /** Numbers are doubles, whatever digits that loses. */
  readonly hasDoubles?: boolean;
}

/** Reads one value without recursion, so that nesting does not use the call stack. */
class ValueReader {
  readonly #text: string;
  #pos = 0;
  /** The last backslash found: there is none between the start of that search and here. */
  #escape = -1;

  readonly #hasDoubles: boolean;

  constructor(text: string, { hasDoubles = false }: ReaderOptions = {}) {
    this.#text = text;
    this.#hasDoubles = hasDoubles;
  }

  read(): unknown {
    const open: Open[] = [];
    for (;;) {
      let value: unknown;
      const begins = this.#next();
      if (begins === '{' || begins === '[') {
        this.#pos++;
        const opened: Open = begins === '[' ? { list: [] } : { members: {}, key: '' };
        const isEmpty = this.#next() === (begins === '[' ? ']' : '}');
        if (!isEmpty) {
          if ('members' in opened) opened.key = this.#key();
          open.push(opened);
          continue;
        }
        this.#pos++;
        value = closed(opened);
      } else {
        value = begins === '"' ? this.#string() : this.#scalar();
      }
      // The value is complete; pop what closes after it.
      for (;;) {
        const inside = open.at(-1);
        if (!inside) return this.#ended(value);
        if ('list' in inside) inside.list.push(value);
        else setMember(inside.members, inside.key, value);
        const byte = this.#next();
        this.#pos++;
        if (byte === ',') {
          if ('members' in inside) inside.key = this.#key();
          break;
        }
        if (byte !== ('list' in inside ? ']' : '}')) this.#fail();
        open.pop();
        value = closed(inside);
      }
    }
  }

  #next(): string | undefined {
    const text = this.#text;
    // All white space of JSON is at or below the space; other such characters fail later.
    while (text.charCodeAt(this.#pos) <= SPACE) this.#pos++;
    return this.#text[this.#pos];
  }

  #key(): string {
    if (this.#next() !== '"') this.#fail();
    const key = this.#string();
    if (this.#next() !== ':') this.#fail();
    this.#pos++;
    return key;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#pos;
    let end = text.indexOf('"', start + 1);
    let escaped = false;
    for (let at = this.#escapeFrom(start); at < end; at = this.#escapeFrom(at + 2)) {
      escaped = true;
      if (at + 1 === end) end = text.indexOf('"', end + 1);
    }
    if (end < 0) this.#fail();
    this.#pos = end + 1;
    if (!escaped) return text.slice(start + 1, end);
    const decoded: unknown = JSON.parse(text.slice(start, end + 1));
    return typeof decoded === 'string' ? decoded : this.#fail();
  }

  /** The next backslash. One search covers all strings up to it. */
  #escapeFrom(start: number): number {
    if (this.#escape < start) {
      const found = this.#text.indexOf('\\', start);
      this.#escape = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#escape;
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#pos;
    const token = SCALAR.exec(this.#text)?.[0];
    if (token === undefined) return this.#fail();
    this.#pos += token.length;
    const value: unknown = JSON.parse(token);
    return typeof value === 'number' && !this.#hasDoubles && String(value) !== token ? new NumberText(token) : value;
  }

  #ended(value: unknown): unknown {
    return this.#next() === undefined ? value : this.#fail();
  }

  #fail(): never {
    throw new SyntaxError(`unexpected text at character ${this.#pos}`);
  }
}

function closed(open: Open): unknown {
  return 'list' in open ? open.list : open.members;
}

/** Sets a member whose name may be any. */
export function setMember(members: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') members[key] = value;
  // An assignment to `__proto__` would set the prototype instead of a member.
  else Object.defineProperty(members, key, { value, configurable: true, enumerable: true, writable: true });
}

/** An own member of an object; undefined if there is none, or if the value is not an object. */
export function memberOf(value: unknown, name: string): unknown {
  if (!isMembers(value) || !Object.hasOwn(value, name)) return undefined;
  return jsonValue(value[name], name);
}

/** Names of the members of an object; empty for other values. */
export function memberNames(value: unknown): readonly string[] {
  return isMembers(value) ? Object.keys(value) : [];
}

/** The elements of an array; empty for other values. */
export function elementsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  const saysItself = (element: unknown) => typeof element === 'object' && element !== null && 'toJSON' in element;
  return value.some(saysItself) ? value.map((element, index) => jsonValue(element, String(index))) : value;
}

/** Whether the value is an object, neither an array nor a number. */
export function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

/** The text of a string, a number or a boolean; undefined for other values. */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value instanceof NumberText ? value.text : undefined;
  }
}
