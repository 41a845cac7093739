/** The text of a cell of delimiter-separated values, before it is quoted: the guard against formulas, and Excel's ways. */
import type { DsvPlan } from '../terms/plan.js';
import type { NoteTaker } from './table.js';
import { LONG_TEXT } from './table-cells.js';
import type { CellCountsState } from './table-state.js';

/**
 * The beginning of a formula in a spreadsheet; wide forms count as the others. Quotes before it count too, so that the guard
 * can be undone: a cell that matches with at least one quote has lost none of its text but gained one quote.
 */
const FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A number, which is harmless although it begins like a formula. */
const PLAIN_NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** A phone number: digits and what is written between them. At worst a spreadsheet would calculate with the digits. */
const PHONE_NUMBER = /^\+\d[\d ()./-]*$/;

/** Digits of a number that Excel keeps. */
const EXCEL_DIGITS = 15;

/** A text that Excel keeps although it has only digits and what is written between them. */
const KEPT_BY_EXCEL = /^(-?(0|[1-9]\d{0,14})|\d{4}-\d\d-\d\d)$/;

/** A text that Excel would take for a number, a date or a calculation. */
const LIKE_A_NUMBER = /^[+(]?-?\d[\d ().,:/-]*$|^\d+[eE]\d+$/;

/** How values become the texts of cells. */
export type CellSettings = Pick<DsvPlan, 'guardFormulas' | 'excel' | 'decimalComma'>;

/** What was changed in the cells of tables. */
export class CellCounts {
  /** Cells that have a quote before what would be a formula. */
  guarded = 0;
  /** Cells with a lone surrogate, for which UTF-8 has no bytes. */
  illFormed = 0;
  /** Cells with a NUL, at which some readers of tables stop. */
  nul = 0;

  get state(): CellCountsState {
    const { guarded, illFormed, nul } = this;
    return { guarded, illFormed, nul };
  }

  restore(state: CellCountsState): void {
    Object.assign(this, state);
  }

  /** Adds a note for each kind of change that occurred. */
  note(run: NoteTaker): void {
    const cells = (count: number, one: string, several: string) => `${count} cell${count === 1 ? one : several}`;
    const replaced = (code: 'ILL_FORMED_CELLS' | 'NUL_CELLS', what: string, count: number) => {
      if (count === 0) return;
      const text = `${cells(count, ' holds', 's hold')} ${what}, written as U+FFFD in the table`;
      run.note({ code, text, counts: { cells: count } });
    };
    replaced('ILL_FORMED_CELLS', 'a lone surrogate', this.illFormed);
    replaced('NUL_CELLS', 'a NUL', this.nul);
    if (this.guarded === 0) return;
    const begin = cells(this.guarded, ' begins', 's begin');
    const text = `${begin} like a formula of a spreadsheet and got a leading ' in the table; --no-guard-formulas leaves it out`;
    run.note({ code: 'GUARDED_CELLS', text, counts: { cells: this.guarded } });
  }
}

/** Makes the texts of cells. */
export class CellText {
  readonly #settings: CellSettings;
  readonly #counts: CellCounts;

  constructor(settings: CellSettings, counts: CellCounts) {
    this.#settings = settings;
    this.#counts = counts;
  }

  /** The text of a cell. */
  of(value: string, isNumber: boolean): string {
    const { guardFormulas, excel, decimalComma } = this.#settings;
    if (isNumber) {
      if (excel !== undefined && digitsOf(value) > EXCEL_DIGITS) return asText(value);
      return decimalComma ? value.replace('.', ',') : value;
    }
    if (!value.isWellFormed()) this.#counts.illFormed++;
    let text = value;
    if (value.includes('\0')) {
      this.#counts.nul++;
      text = value.replaceAll('\0', '\ufffd');
    }
    if (excel !== undefined && LIKE_A_NUMBER.test(text) && !KEPT_BY_EXCEL.test(text)) return asText(text);
    return guardFormulas && isFormula(text) ? this.#guarded(text) : text;
  }

  #guarded(text: string): string {
    this.#counts.guarded++;
    return `'${text}`;
  }
}

function isFormula(text: string): boolean {
  return FORMULA.test(text) && !PLAIN_NUMBER.test(text) && !PHONE_NUMBER.test(text);
}

/** A formula that is a text: the only form in which Excel keeps all digits of a cell. */
function asText(digits: string): string {
  return `="${digits}"`;
}

function digitsOf(number: string): number {
  const [mantissa] = number.split(/[eE]/, 1);
  return mantissa.replace(/^-?0*\.?0*|[.]/g, '').length;
}

/** The settings of the text. */
export type DsvTextSettings = CellSettings & Pick<DsvPlan, 'delimiter' | 'quote' | 'nullText'>;

/** The bytes by which programs recognize UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';

/** The text in quotes, if it needs them. Without them an empty text would be an absent one, and some are a null. */
export function quotedCell(text: string, settings: DsvTextSettings): string {
  const { quote } = settings;
  return needsQuotes(text, settings) ? quote + text.replaceAll(quote, quote + quote) + quote : text;
}

/** The same in pieces, for a long text; none for an empty one. */
export function* quotedPieces(text: string, settings: DsvTextSettings): Generator<string, void> {
  const { quote } = settings;
  const isQuoted = text !== '' && needsQuotes(text, settings);
  if (isQuoted) yield quote;
  for (let from = 0; from < text.length; ) {
    const most = from + LONG_TEXT;
    // Both halves of a pair are in one piece.
    const to = isHighSurrogate(text.charCodeAt(most - 1)) ? most + 1 : most;
    const piece = text.slice(from, to);
    yield isQuoted ? piece.replaceAll(quote, quote + quote) : piece;
    from = to;
  }
  if (isQuoted) yield quote;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function needsQuotes(text: string, { delimiter, quote, nullText }: DsvTextSettings): boolean {
  return (
    text === '' ||
    text === nullText ||
    text.includes(delimiter) ||
    text.includes(quote) ||
    text.includes('\n') ||
    text.includes('\r') ||
    text.startsWith(BYTE_ORDER_MARK)
  );
}
