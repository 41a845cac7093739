/** Parsers for the values of flags. */
import { InvalidArgumentError } from 'commander';
import type { Range } from '../options/option.js';
import { formatBytes, parseSize } from './format.js';

/** What `--where` does. */
export const WHERE_ABOUT = "keep entities whose values meet it, e.g. 'price.amount >= 10'; repeatable, all hold";

/** Collects the values of a repeatable flag. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Collects comma-separated names of a repeatable flag. */
export function collectList(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').filter((name) => name !== '')];
}

/** Collects comma-separated values of a repeatable flag; `\\,` is a comma within a value. */
export function collectValues(value: string, before: readonly string[] = []): readonly string[] {
  const values = value.split(/(?<!\\),/).map((one) => one.replaceAll('\\,', ','));
  // A lone empty value is probably an empty shell variable: it stays, and matches nothing.
  return [...before, ...(value === '' ? [value] : values.filter((one) => one !== ''))];
}

/** Collects comma-separated paths of a repeatable flag, without the blanks around them; `\\` keeps the next character. */
export function collectPaths(value: string, before: readonly string[] = []): readonly string[] {
  const paths: string[] = [];
  let from = 0;
  for (let at = 0; at <= value.length; at++) {
    if (value[at] === '\\') at++;
    else if (at === value.length || value[at] === ',') {
      paths.push(withoutBlanks(value.slice(from, at)));
      from = at + 1;
    }
  }
  if (from <= value.length) paths.push(withoutBlanks(value.slice(from)));
  if (paths.includes('')) throw new InvalidArgumentError('A path is empty.');
  return [...before, ...paths];
}

/** Without blanks at the start and the end, except for one after a backslash. */
function withoutBlanks(text: string): string {
  const end = text.trimEnd();
  const isKept = end.length < text.length && /(?<!\\)(?:\\\\)*\\$/.test(end);
  return (isKept ? text.slice(0, end.length + 1) : end).trimStart();
}

/** A text that is not empty; an empty one is probably an empty shell variable. */
export function filled(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** A parser that accepts one of some words. */
export interface Choice<Word extends string> {
  (value: string): Word;
  readonly words: readonly Word[];
}

/** Creates a parser that accepts one of some words. */
export function choice<Word extends string>(...words: readonly Word[]): Choice<Word> {
  const parse = (value: string) => {
    const word = words.find((one) => one === value);
    if (word === undefined)
      throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.${hintOf(value, words)}`);
    return word;
  };
  return Object.assign(parse, { words });
}

/** Formats and packings as other tools call them. */
const CALLED_HERE: ReadonlyMap<string, string> = new Map([
  ['csv', 'dsv'],
  ['tsv', 'dsv'],
  ['excel', 'xlsx'],
  ['jsonl', 'ndjson'],
  ['gz', 'gzip'],
  ['zst', 'zstd'],
  ['zstandard', 'zstd'],
]);

function hintOf(value: string, words: readonly string[]): string {
  const known = CALLED_HERE.get(value.toLowerCase()) ?? '';
  return words.includes(known) ? ` ${value} is ${known} here.` : '';
}

/** Collects pairs `key=value` of a repeatable flag. */
export function collectPair(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value.');
  return Object.fromEntries([...Object.entries(before), [value.slice(0, at), value.slice(at + 1)]]);
}

/** A parser that accepts numbers in a range, and shows its bounds as they are written in the flag. */
function within(
  parse: (value: string) => number,
  show: (bound: number) => string,
  { min, max }: Range = ANY_NUMBER,
): (value: string) => number {
  return (value) => {
    const number = parse(value);
    if (number < min) throw new InvalidArgumentError(`It must be at least ${show(min)}.`);
    if (number > max) throw new InvalidArgumentError(`It must be at most ${show(max)}.`);
    return number;
  };
}

/** Numbers from 1. */
export const POSITIVE: Range = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** Ports to listen at; 0 is a free one. */
export const PORTS: Range = { min: 0, max: 65_535 };

const ANY_NUMBER: Range = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** A parser of whole numbers in a range; default: from 0. */
export function numberIn(range?: Range): (value: string) => number {
  return within(number, String, range);
}

/** A parser of sizes in a range. */
export function sizeIn(range?: Range): (value: string) => number {
  return within(size, (bytes) => formatBytes(bytes).replace(' ', ''), range);
}

/** A parser of durations in a range. */
export function durationIn(range?: Range): (value: string) => number {
  return within(duration, shownDuration, range);
}

/** A duration as a flag takes it; a long one in whole hours, rounded down. */
function shownDuration(ms: number): string {
  const [unit, unitMs] = [...UNIT_MS].reverse().find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return ms > LONGEST_SHOWN_MS && unitMs < HOUR_MS ? `${Math.floor(ms / HOUR_MS)}h` : `${ms / unitMs}${unit}`;
}

const HOUR_MS = 3_600_000;
const LONGEST_SHOWN_MS = 48 * HOUR_MS;

/** Parses a size such as `10MB` to bytes. */
function size(value: string): number {
  const bytes = parseSize(value);
  if (bytes === undefined) throw new InvalidArgumentError('Write it like 500MB or 2GB.');
  return bytes;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Parses a duration such as `500ms`, `90s`, `5m`, `2h` or `1d` to milliseconds; `0` needs no unit. */
function duration(value: string): number {
  if (value === '0') return 0;
  const [, digits, unit] = /^([0-9]+)(ms|s|m|h|d)$/.exec(value) ?? [];
  const unitMs = UNIT_MS.get(unit ?? '');
  if (unitMs === undefined) {
    throw new InvalidArgumentError('It must be a whole number with a unit: 500ms, 90s, 5m, 2h or 1d.');
  }
  return Number(digits) * unitMs;
}

/** Parses a whole number from 0. */
function number(value: string): number {
  if (!/^[0-9]+$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}
