/** The conditions of `--where`: `price.amount >= 10`, `status in (active, "on hold")`, `tags contains sale`. */
import { keepsDigits } from '../options/json-steps.js';
import type { Condition } from '../terms/criteria.js';
import { SluiceError } from '../terms/errors.js';
import { parsePath } from '../terms/path.js';
import { escaped } from '../terms/shown-text.js';
import { isDateMath, parseDateTime } from '../values/date-time.js';
import { parseDecimal } from '../values/decimal.js';
import { usage } from './usage.js';
import { COMPARISONS, type Comparison, hintOf, WORDS, type Word } from './where-words.js';

/** A condition on the values at a path. */
export interface Where {
  /** As `parsePath` accepts it. */
  readonly path: string;
  readonly condition: Condition;
}

/**
 * Parses one condition: a path, and tests that one of its values must satisfy, joined by `and`.
 * @throws SluiceError `INVALID` that names the column, and the nearest word
 */
export function parseWhere(text: string): Where {
  return new WhereParser(text).parse();
}

const OPERATOR = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const;

/** A value, and where it is. */
interface Value {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly at: number;
}

/** How values are compared: by what the value is. */
type Kind = 'number' | 'time' | 'math' | 'boolean' | 'null' | 'text';

function kindOf({ text, isQuoted }: Value): Kind {
  if (isQuoted) return 'text';
  if (text === 'true' || text === 'false') return 'boolean';
  if (text === 'null') return 'null';
  if (parseDecimal(text) !== undefined) return 'number';
  if (parseDateTime(text) !== undefined) return 'time';
  return isDateMath(text) ? 'math' : 'text';
}

class WhereParser {
  readonly #text: string;
  #pos = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Where {
    const path = this.#path();
    let condition = this.#test();
    for (;;) {
      this.#skipBlanks();
      const at = this.#pos;
      if (at === this.#text.length) return { path, condition };
      const word = this.#word();
      if (word !== 'and') this.#fail(at, `expected "and" or the end, not ${this.#shown(at)}${this.#joinHint(at)}`);
      condition = this.#joined(condition, at);
    }
  }

  #path(): string {
    this.#skipBlanks();
    const at = this.#pos;
    const text = this.#isQuote() ? this.#quoted() : this.#barePath();
    if (text === '') this.#fail(at, 'expected a path, such as price.amount');
    try {
      parsePath(text, 'path');
    } catch (cause) {
      if (cause instanceof SluiceError) this.#fail(at, cause.message.replace(/^path: /, ''));
      throw cause;
    }
    return text;
  }

  #barePath(): string {
    const text = this.#text;
    const at = this.#pos;
    while (this.#pos < text.length && !text.startsWith('!=', this.#pos)) {
      // The empty name, which is no text in quotes.
      if (text.startsWith('.""', this.#pos)) this.#pos += 3;
      else if (/[\s=<>"']/.test(text[this.#pos])) break;
      else this.#pos += text[this.#pos] === '\\' ? 2 : 1;
    }
    this.#pos = Math.min(this.#pos, text.length);
    return text.slice(at, this.#pos);
  }

  #test(): Condition {
    this.#skipBlanks();
    const at = this.#pos;
    const sign = /^(?:[=<>!~^:&|]+)/.exec(this.#text.slice(at))?.[0];
    if (sign !== undefined) {
      const comparison = COMPARISONS.find((one) => one === sign);
      if (comparison === undefined) return this.#fail(at, `${JSON.stringify(sign)} is not an operator${hintOf(sign)}`);
      this.#pos += sign.length;
      return this.#compared(comparison, this.#value());
    }
    const word = this.#word();
    if (word === '') return this.#fail(at, `expected an operator: ${[...COMPARISONS, ...WORDS].join(' ')}`);
    return this.#worded(this.#known(word, at), at);
  }

  #known(word: string, at: number): Word {
    const known = WORDS.find((one) => one === word);
    return known ?? this.#fail(at, `${this.#shown(at)} is not an operator${hintOf(word)}`);
  }

  #worded(word: Word, at: number): Condition {
    switch (word) {
      case 'exists':
        return { hasvalue: true };
      case 'contains':
        return { contains: phraseOf(this.#value().text) };
      case 'startswith':
        return { startswith: (this.#isNext('(') ? this.#list() : [this.#value()]).map(({ text }) => text) };
      case 'in':
        return this.#among(this.#list());
      case 'is':
        return this.#isNull();
      case 'not': {
        this.#skipBlanks();
        const from = this.#pos;
        const negated = this.#word();
        if (negated === 'exists') return { hasvalue: false };
        const inner = this.#known(negated, from);
        if (inner === 'not' || inner === 'is') this.#fail(at, `"not ${inner}" is not an operator${hintOf('isnull')}`);
        return { ...this.#worded(inner, from), not: true };
      }
    }
  }

  #isNull(): Condition {
    this.#skipBlanks();
    const at = this.#pos;
    const word = this.#word();
    if (word === 'null') return { hasvalue: false };
    this.#skipBlanks();
    if (word === 'not' && this.#word() === 'null') return { hasvalue: true };
    return this.#fail(at, 'expected "null" or "not null" after "is"; "=" compares with a value');
  }

  #compared(comparison: Comparison, value: Value): Condition {
    const kind = kindOf(value);
    if (comparison === '=' || comparison === '!=') {
      const isEqual = comparison === '=';
      if (kind === 'null') return { hasvalue: !isEqual };
      return isEqual ? this.#equal(value, kind) : { ...this.#equal(value, kind), not: true };
    }
    const name = OPERATOR[comparison];
    if (kind === 'number' || kind === 'time' || kind === 'math') return { [name]: value.text };
    if (!value.isQuoted) {
      const what = 'a number, a date-time, date math such as now-7d/d, or text in quotes';
      this.#fail(value.at, `${comparison} compares with ${what}, not ${JSON.stringify(value.text)}`);
    }
    const isOrdered = parseDecimal(value.text) !== undefined || parseDateTime(value.text) !== undefined;
    if (isOrdered || isDateMath(value.text)) return { [name]: value.text };
    return { [name]: value.text, type: '_STRING' };
  }

  #equal({ text, at }: Value, kind: Kind): Condition {
    if (kind === 'math') this.#fail(at, 'date math is compared with <, <=, > or >=; in quotes it is text');
    if (kind === 'boolean') return { exact: text === 'true' };
    if (kind === 'number') return { exact: text, type: '_DECIMAL' };
    return kind === 'time' ? { exact: text, type: '_DATETIME' } : { exact: text };
  }

  #among(values: readonly Value[]): Condition {
    const exacts = values.map(({ text }) => text);
    const none = values.find((value) => kindOf(value) === 'null');
    if (none) this.#fail(none.at, 'null is no value; "is null" is a condition of its own');
    if (values.every((value) => kindOf(value) === 'number')) return { exacts, type: '_DECIMAL' };
    if (values.every((value) => kindOf(value) === 'time')) return { exacts, type: '_DATETIME' };
    return { exacts: values.map((value) => (kindOf(value) === 'number' ? this.#number(value) : value.text)) };
  }

  /** A number beside texts. */
  #number({ text, at }: Value): number {
    const number = Number(text);
    if (keepsDigits(text) && Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
    return this.#fail(at, `${text} has more digits than a number beside texts can have; in quotes it is a text`);
  }

  /** Another test of the same value. */
  #joined(condition: Condition, at: number): Condition {
    this.#skipBlanks();
    const from = this.#pos;
    this.#refusePath(from);
    const other = this.#test();
    const isNegative = (one: Condition) => one.not === true || one.hasvalue !== undefined;
    if (isNegative(condition) || isNegative(other)) {
      this.#fail(
        at,
        '"and" joins tests of one value; give conditions with not, !=, exists or null a --where of their own',
      );
    }
    const twice = Object.keys(other).find((name) => name !== 'type' && name in condition);
    if (twice !== undefined) this.#fail(from, 'the same operator stands before "and"');
    if (condition.type !== other.type) {
      this.#fail(from, 'it compares otherwise than the test before "and"; give it a --where of its own');
    }
    return { ...condition, ...other };
  }

  /** People repeat the path, as in SQL. */
  #refusePath(at: number): void {
    const [word = ''] = /^[^\s=<>!~^:&|]+/.exec(this.#text.slice(at)) ?? [];
    const isOperator =
      word === '' || WORDS.some((known) => known === word.toLowerCase()) || (/^\w+$/.test(word) && hintOf(word) !== '');
    if (isOperator) return;
    const how =
      'after "and" comes another test of the same value, without a path; another path has a --where of its own';
    this.#fail(at, `${this.#shown(at)} is not an operator: ${how}`);
  }

  #list(): readonly Value[] {
    if (!this.#isNext('(')) this.#fail(this.#pos, 'expected a list, such as (red, "navy blue")');
    this.#pos++;
    const values = [this.#value()];
    for (;;) {
      if (this.#isNext(')')) break;
      if (!this.#isNext(',')) this.#fail(this.#pos, 'expected "," or ")" in the list');
      this.#pos++;
      values.push(this.#value());
    }
    this.#pos++;
    return values;
  }

  #value(): Value {
    this.#skipBlanks();
    const at = this.#pos;
    if (this.#isQuote()) return { text: this.#quoted(), isQuoted: true, at };
    const [text = ''] = /^[^\s,()"']*/.exec(this.#text.slice(at)) ?? [];
    if (text === '') this.#fail(at, 'expected a value');
    if (/[=<>]/.test(text)) this.#fail(at, `put ${JSON.stringify(text)} in quotes: it looks like an operator`);
    this.#pos += text.length;
    return { text, isQuoted: false, at };
  }

  /** A text in quotes of either kind, with the escapes of JSON; a backslash before `'` is one too. */
  #quoted(): string {
    const text = this.#text;
    const at = this.#pos;
    const quote = text[at];
    let json = '"';
    for (let pos = at + 1; pos < text.length; pos++) {
      const character = text[pos];
      if (character === quote) {
        this.#pos = pos + 1;
        return this.#decoded(`${json}"`, at);
      }
      if (character === '\\') {
        pos++;
        json += text[pos] === "'" ? "'" : `\\${text[pos] ?? ''}`;
      } else {
        json += character === '"' || character < ' ' ? JSON.stringify(character).slice(1, -1) : character;
      }
    }
    return this.#fail(at, `the quote ${quote} is not closed`);
  }

  #decoded(json: string, at: number): string {
    try {
      return String(JSON.parse(json));
    } catch {
      return this.#fail(at, 'a backslash in quotes begins an escape of JSON, such as \\" or \\\\');
    }
  }

  /** The word at the position, in lower case; empty if there is none. */
  #word(): string {
    const [word = ''] = /^\w+/.exec(this.#text.slice(this.#pos)) ?? [];
    this.#pos += word.length;
    return word.toLowerCase();
  }

  #isQuote(): boolean {
    return this.#text[this.#pos] === '"' || this.#text[this.#pos] === "'";
  }

  #isNext(character: string): boolean {
    this.#skipBlanks();
    return this.#text[this.#pos] === character;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#pos] ?? '')) this.#pos++;
  }

  /** What stands at a position, up to a blank. */
  #shown(at: number): string {
    const [word = ''] = /^\S+/.exec(this.#text.slice(at)) ?? [];
    return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
  }

  #joinHint(at: number): string {
    const rest = this.#text.slice(at);
    if (/^(?:or\b|\|\|)/i.test(rest)) return '; "in (…)" takes several values';
    if (/^&&/.test(rest)) return '; did you mean "and"?';
    return /^[\w"']/.test(rest) ? '; a value with blanks needs quotes' : '';
  }

  #fail(at: number, why: string): never {
    throw usage(`--where: column ${at + 1}: ${why} (${escaped(JSON.stringify(this.#text))})`);
  }
}

/** The text as one phrase: its words in this order. */
function phraseOf(text: string): string {
  return /^[\p{L}\p{N}*]+$/u.test(text) ? text : `"${text.replaceAll('"', ' ')}"`;
}
