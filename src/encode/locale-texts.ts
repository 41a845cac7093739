/** The values of one attribute by their locales, as the texts of cells. */
import { isMembers, memberOf, NumberText } from '../scan/decode-value.js';
import { type CellValue, cellOf, isNumber } from './attribute-values.js';
import { jsonInSteps } from './json-in-steps.js';

/** For each locale the cells of its values, and their units. */
export type LocaleTexts = ReadonlyMap<string, Texts>;

interface Texts {
  readonly cells: CellValue[];
  readonly units: string[];
}

/** Values handled in one step. */
const STEP_VALUES = 256;

/**
 * The texts of values; undefined if these are so many, or hold so many, that they are handled in steps.
 * @param locale that of values without one
 */
export function localeTexts(values: readonly unknown[], locale: string): LocaleTexts | undefined {
  if (values.length > STEP_VALUES) return undefined;
  const texts = new Map<string, Texts>();
  for (const value of values) {
    const bare = bareOf(value);
    if (Array.isArray(bare)) return undefined;
    add(texts, value, bare, cellOf(bare), locale);
  }
  return texts;
}

/** The same of any values, in steps. */
export function* localeTextsInSteps(values: readonly unknown[], locale: string): Generator<void, LocaleTexts> {
  const texts = new Map<string, Texts>();
  let count = 0;
  for (const value of values) {
    if (++count % STEP_VALUES === 0) yield;
    const bare = bareOf(value);
    add(texts, value, bare, Array.isArray(bare) ? yield* jsonInSteps(bare) : cellOf(bare), locale);
  }
  return texts;
}

function bareOf(value: unknown): unknown {
  return isMembers(value) ? memberOf(value, 'value') : value;
}

function add(texts: Map<string, Texts>, value: unknown, bare: unknown, cell: string | undefined, main: string): void {
  if (cell === undefined) return;
  const own = memberOf(value, 'locale');
  const locale = typeof own === 'string' ? own : main;
  const before = texts.get(locale) ?? { cells: [], units: [] };
  before.cells.push(isNumber(bare) ? new NumberText(cell) : cell);
  before.units.push(cellOf(memberOf(value, 'uom')) ?? '');
  texts.set(locale, before);
}
