/** Tests values where they are in texts: what the kernel has located needs no parsing. */
import { MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, ZERO } from '../scan/ascii.js';
import { decodeValue } from '../scan/decode-value.js';
import { StringCache } from '../scan/string-cache.js';
import { excerptWidth, FIRST_SPAN, SEVERAL } from '../terms/excerpts.js';
import { EVERY, type Path } from '../terms/path.js';
import { type FieldTest, valueMatches } from './field-criteria.js';
import { holds, isPlainMatch } from './find-value.js';
import { isElementNumber } from './path-rules.js';
import type { RuleTable } from './rule-table.js';

/** Where the spans of the values at paths are in a record. */
export interface SpanColumns {
  /** Words of a record. */
  readonly width: number;
  /** The word of each path's span. */
  readonly words: readonly number[];
  /** The word that is not negative if the spans do not tell everything; absent where each tells it itself. */
  readonly flag: number | undefined;
}

/** The same, with the columns of the members on the way to the values: a word about all, and two for each member. */
export interface LocatedPaths extends SpanColumns {
  /** By table and name of a member, the word of its span. */
  readonly columns: ReadonlyMap<RuleTable, ReadonlyMap<string, number>>;
}

/** Most words of a record: a few conditions. */
const MOST_WORDS = 64;

/** Assigns columns; undefined if the paths are not of names alone, if one leads on from another, or for too many. */
export function locatePaths(root: RuleTable, paths: readonly Path[]): LocatedPaths | undefined {
  if (paths.length === 0) return undefined;
  const columns = new Map<RuleTable, Map<string, number>>();
  const words: number[] = [];
  let width = 1;
  for (const path of paths) {
    let table: RuleTable | undefined = root;
    let word = 0;
    for (const step of path) {
      if (step === EVERY || isElementNumber(step) || !table) return undefined;
      const members: Map<string, number> = columns.get(table) ?? new Map();
      columns.set(table, members);
      word = members.get(step) ?? width;
      if (!members.has(step)) width += 2;
      members.set(step, word);
      const { keeps }: { readonly keeps: 'all' | 'nothing' | RuleTable } = table.of(step);
      table = typeof keeps === 'object' ? keeps : undefined;
    }
    // A path that another one continues keeps its value complete only without this other.
    if (table) return undefined;
    words.push(word);
  }
  return width > MOST_WORDS ? undefined : { width, columns, words, flag: 0 };
}

/** Longest text whose result is remembered, and most of them. */
const LONGEST_KNOWN = 64;
const MOST_KNOWN = 1000;

/** The columns of the values of members in the records of excerpts; undefined if one of the paths leads into its member. */
export function locateExcerpted(names: readonly string[], paths: readonly Path[]): SpanColumns | undefined {
  const words = paths.map(([name, ...inside]) => {
    const member = name === EVERY || name === undefined ? -1 : names.indexOf(name);
    return inside.length > 0 || member < 0 ? -1 : FIRST_SPAN + 2 * member;
  });
  return words.includes(-1) ? undefined : { width: excerptWidth(names), words, flag: undefined };
}

/** Tests the conditions by path of one run on located spans. */
export class SpanTests {
  readonly #tests: readonly {
    readonly field: FieldTest;
    readonly word: number;
    readonly known: Map<string, boolean>;
  }[];
  readonly #width: number;
  readonly #flag: number | undefined;
  readonly #strings = new StringCache();

  constructor(fields: readonly FieldTest[], { width, words, flag }: SpanColumns) {
    this.#tests = fields.map((field, index) => ({ field, word: words[index], known: new Map() }));
    this.#width = width;
    this.#flag = flag;
  }

  /** Whether all conditions hold for an entity of the batch; undefined if its spans do not decide that. */
  hold(bytes: Buffer, spans: Int32Array, position: number): boolean | undefined {
    const record = position * this.#width;
    if (this.#flag !== undefined && spans[record + this.#flag] >= 0) return undefined;
    for (let index = 0; index < this.#tests.length; index++) {
      const { field, word, known } = this.#tests[index];
      const start = spans[record + word];
      if (start === SEVERAL) return undefined;
      const isFound = start >= 0 && this.#matches(bytes, start, spans[record + word + 1], field, known);
      if (!holds(isFound, field.test)) return false;
    }
    return true;
  }

  /** The numbers of the conditions for which some record has a value. */
  found(spans: Int32Array): readonly number[] {
    const found: number[] = [];
    for (const [number, { word }] of this.#tests.entries()) {
      let at = word;
      while (at < spans.length && spans[at] === -1) at += this.#width;
      if (at < spans.length) found.push(number);
    }
    return found;
  }

  #matches(bytes: Buffer, start: number, end: number, { test }: FieldTest, known: Map<string, boolean>): boolean {
    const first = bytes[start];
    if (first === QUOTE) {
      const text = this.#strings.decode(bytes, start, end);
      if (text.length > LONGEST_KNOWN) return isPlainMatch(text, test);
      let matches = known.get(text);
      if (matches === undefined) {
        matches = isPlainMatch(text, test);
        if (known.size >= MOST_KNOWN) known.clear();
        known.set(text, matches);
      }
      return matches;
    }
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      return first === OPEN_BRACE
        ? test.texts.length === 0
        : valueMatches(decodeValue(bytes.toString('utf8', start, end)), test);
    }
    if (test.ofShort) {
      const number = shortNumber(bytes, start, end);
      if (!Number.isNaN(number)) return test.ofShort(number);
    }
    const text = bytes.toString('latin1', start, end);
    return text !== 'null' && isPlainMatch(text, test);
  }
}

/** Most characters of a number that is exact enough as a double, and whose digits are an exact integer. */
const LONGEST_SHORT = 15;
const DOT = 0x2e;
const POWERS = Array.from({ length: LONGEST_SHORT + 1 }, (_, power) => 10 ** power);

/** The number at the span, as `Number` reads its text; NaN where it is long, has an exponent, or is no number. */
function shortNumber(bytes: Buffer, start: number, end: number): number {
  if (end - start > LONGEST_SHORT) return Number.NaN;
  const isNegative = bytes[start] === MINUS;
  let digits = 0;
  let point = -1;
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (bytes[at] === DOT && point < 0) point = at;
    else return Number.NaN;
  }
  // Both are exact, so that their quotient is the double nearest to the number.
  const size = point < 0 ? digits : digits / POWERS[end - point - 1];
  return isNegative ? -size : size;
}
