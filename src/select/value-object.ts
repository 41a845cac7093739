/** Tests of complete value objects and rows: by unit, by locale and source. */
import { memberOf, textOf } from '../scan/decode-value.js';
import type { ValueContext } from '../terms/context.js';
import { compareDecimal, parseDecimal } from '../values/decimal.js';
import { equalTest } from './word-match.js';

/** Tests a value object, or a row of a nested attribute. */
export type WholeTest = (value: unknown, isRow: boolean) => boolean;

/** Whether the value has one of these pairs. A row with neither locale nor source is judged by its children. */
export function contextTest(wanted: readonly ValueContext[]): WholeTest {
  return (value, isRow) => {
    const [locale, source] = [memberOf(value, 'locale'), memberOf(value, 'source')];
    if (isRow && locale === undefined && source === undefined) return true;
    return wanted.some(
      (pair) =>
        (pair.locale === undefined || pair.locale === locale) && (pair.source === undefined || pair.source === source),
    );
  };
}

/** What stands between a value and its unit. */
const UNIT_MARK = '##';

/**
 * Whether value and unit are equal to one of the operands, `50##cm`: numbers by their size, units in every character.
 * A row of a group has no value of its own, even where a member of it is called so.
 */
export function unitTest(operands: readonly string[]): WholeTest {
  const wanted = operands.map((operand) => {
    const at = operand.lastIndexOf(UNIT_MARK);
    const text = operand.slice(0, at).trim();
    const decimal = parseDecimal(text);
    const isEqual = decimal ? (own: string) => compareDecimal(own.trim(), decimal) === 0 : equalTest(text);
    return { isEqual, unit: operand.slice(at + UNIT_MARK.length).trim() };
  });
  return (value, isRow) => {
    const text = isRow ? undefined : textOf(memberOf(value, 'value'));
    if (text === undefined) return false;
    const unit = textOf(memberOf(value, 'uom'));
    return wanted.some((one) => one.unit === unit && one.isEqual(text));
  };
}
