/** Settings of delimiter-separated values, by a profile or by options. */

import { filledText, listOf } from '../../options/accept-options.js';
import type { Faults } from '../../options/faults.js';
import { anyText, flagged, type Options, typed, wholeNumber, word } from '../../options/option.js';

import { DSV_ARRAYS, DSV_LAYOUTS, type DsvSettings } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';
import { excelDelimiter, isLocale } from '../../values/excel-locale.js';

/** Characters that the widest column of Excel shows. */
const WIDEST_COLUMN = 255;

/** The settings; `acceptDsv` checks them. */
export const DSV_SETTINGS = {
  layout: {
    kind: word(DSV_LAYOUTS, 'DsvLayout'),
    about: "the platform's layout (`entities`), or a column for each path (`fields`)",
    default: '`entities` for a profile or the parts of a request of the platform, else by the first entities',
    flag: '--layout <layout>',
  },
  arrays: {
    kind: word(DSV_ARRAYS, 'DsvArrays'),
    about: 'arrays of plain values joined, all arrays as JSON, or one row per element; of layout `fields`',
    default: '`join`',
    flag: '--arrays <way>',
  },
  nullText: {
    kind: anyText,
    about: 'text of cells that are null, to tell them from absent ones; of layout `fields`',
    default: 'none',
    flag: '--null-text <text>',
  },
  delimiter: {
    kind: anyText,
    about: 'one character between values',
    default: 'a comma; in .tsv files a tab',
    flag: '--delimiter <character>',
  },
  quote: { kind: anyText, about: 'one character around values that need it', default: '`"`' },
  startLine: { kind: wholeNumber(), about: 'empty lines before the header', default: '0' },
  extension: { kind: anyText, about: 'extension of the file', default: '`csv`' },
  relationshipSeparator: {
    kind: anyText,
    about: 'the line before the section of relationships',
    default: '`Relationships`',
  },
  multiFile: {
    kind: flagged,
    about: 'write relationships to a separate file; needs a zip, an envelope or a folder',
    default: '`true` for `.csv` files in a zip or a folder, without a profile; else `false`',
    flag: '--multi-file',
  },
  sourceAttributes: {
    kind: typed('readonly string[]', listOf(filledText)),
    about: 'attributes of an entity that the rows of its relationships repeat; of layout `entities`',
    details: 'A column exists where an entity with relationships has a value.',
    default: 'none',
  },
  sourcePrefix: {
    kind: anyText,
    about: 'the beginning of the headers of these columns',
    default: '`FROM_ENTITY_`',
  },
  minWidth: {
    kind: wholeNumber(1, WIDEST_COLUMN),
    about: 'characters that the narrowest column of a workbook shows; columns are as wide as what they hold',
    default: '8',
  },
  maxWidth: {
    kind: wholeNumber(1, WIDEST_COLUMN),
    about: 'characters that the widest column of a workbook shows; not below `minWidth`',
    default: '60',
  },
  collectionSeparator: {
    kind: anyText,
    about: 'text between the values of a collection, or of a joined array',
    default: '`||`',
    flag: '--collection-separator <text>',
  },
  guardFormulas: {
    kind: flagged,
    about: 'disarm values that a spreadsheet would run as a formula; numbers and phone numbers are not changed',
    default: '`true`',
    flag: '--no-guard-formulas',
    flagAbout: 'write values that a spreadsheet would run as a formula unchanged',
  },
  bom: {
    kind: flagged,
    about: 'begin with a byte order mark, by which some programs recognize UTF-8',
    default: '`false`, and `true` for Excel',
    flag: '--bom',
  },
  excel: {
    kind: anyText,
    about: 'a table that Excel of this locale opens, such as `en` or `de-DE`: delimiter, decimal sign, long numbers',
    flag: '--excel [locale]',
    flagAbout: 'a table that Excel of this locale opens (default: en): delimiter, decimal sign, long numbers',
  },
} satisfies Options;

/** Accepts the settings. */
export function acceptDsv(value: unknown, path: string, faults: Faults): DsvSettings | undefined {
  if (value === undefined) return undefined;
  const dsv = faults.object(value, path) ?? {};
  faults.checkKeys(dsv, path, Object.keys(DSV_SETTINGS));
  const settings: DsvSettings = {
    delimiter: faults.string(dsv.delimiter, `${path}.delimiter`),
    quote: faults.string(dsv.quote, `${path}.quote`),
    startLine: faults.count(dsv.startLine, `${path}.startLine`),
    extension: faults.string(dsv.extension, `${path}.extension`),
    relationshipSeparator: faults.string(dsv.relationshipSeparator, `${path}.relationshipSeparator`),
    multiFile: faults.boolean(dsv.multiFile, `${path}.multiFile`),
    sourceAttributes: faults.strings(dsv.sourceAttributes, `${path}.sourceAttributes`, false),
    sourcePrefix: faults.string(dsv.sourcePrefix, `${path}.sourcePrefix`),
    minWidth: faults.count(dsv.minWidth, `${path}.minWidth`),
    maxWidth: faults.count(dsv.maxWidth, `${path}.maxWidth`),
    collectionSeparator: faults.string(dsv.collectionSeparator, `${path}.collectionSeparator`),
    guardFormulas: faults.boolean(dsv.guardFormulas, `${path}.guardFormulas`),
    layout: faults.word(dsv.layout, `${path}.layout`, DSV_LAYOUTS),
    arrays: faults.word(dsv.arrays, `${path}.arrays`, DSV_ARRAYS),
    nullText: faults.filledString(dsv.nullText, `${path}.nullText`),
    bom: faults.boolean(dsv.bom, `${path}.bom`),
    excel: faults.filledString(dsv.excel, `${path}.excel`),
  };
  const paths = { delimiter: `${path}.delimiter`, quote: `${path}.quote`, extension: `${path}.extension` };
  checkDsv(settings, paths, faults);
  checkWidths(settings, { minWidth: `${path}.minWidth`, maxWidth: `${path}.maxWidth` }, faults);
  checkNull(settings, `${path}.nullText`, faults);
  checkExcel(settings, path, faults);
  return settings;
}

/** Refuses widths that Excel does not have, and a narrowest column that is wider than the widest. */
export function checkWidths(
  { minWidth, maxWidth }: Pick<DsvSettings, 'minWidth' | 'maxWidth'>,
  paths: { readonly minWidth: string; readonly maxWidth: string },
  faults: Faults,
): void {
  for (const [width, path] of [
    [minWidth, paths.minWidth],
    [maxWidth, paths.maxWidth],
  ] as const) {
    if (width !== undefined && (width < 1 || width > WIDEST_COLUMN)) {
      faults.add('INVALID', path, `must be 1 to ${WIDEST_COLUMN} characters, as columns of Excel are, not ${width}`);
    }
  }
  if (minWidth !== undefined && maxWidth !== undefined && minWidth > maxWidth) {
    faults.add('INVALID', paths.maxWidth, `must not be below minWidth, ${minWidth}, but is ${maxWidth}`);
  }
}

/** Refuses a text for nulls that would need quotes, which say that a cell is not null. */
function checkNull({ nullText: text, delimiter = ',', quote = '"' }: DsvSettings, path: string, faults: Faults): void {
  if (text === undefined || ![delimiter, quote, '\r', '\n'].some((mark) => mark !== '' && text.includes(mark))) return;
  faults.add('INVALID', path, `must hold no delimiter, quote or line break, as ${quoted(text)} does`);
}

/** Refuses locales that nothing is known of, and what Excel does not read. */
function checkExcel({ excel, delimiter, quote, bom }: DsvSettings, path: string, faults: Faults): void {
  if (excel === undefined) return;
  if (!isLocale(excel)) {
    faults.add('INVALID', `${path}.excel`, `must be a locale such as "en" or "de-DE", not ${quoted(excel)}`);
    return;
  }
  const expected = excelDelimiter(excel);
  if (delimiter !== undefined && delimiter !== expected) {
    const message = `must be ${quoted(expected)} for Excel in the locale ${excel}, not ${quoted(delimiter)}`;
    faults.add('INVALID', `${path}.delimiter`, message);
  }
  if (quote !== undefined && quote !== '"') faults.add('INVALID', `${path}.quote`, `must be '"' for Excel`);
  if (bom === false) faults.add('INVALID', `${path}.bom`, 'must not be false for Excel, which needs it to read UTF-8');
}

/** Paths of the settings that are checked beyond their type. */
export interface DsvPaths {
  readonly delimiter: string;
  readonly quote: string;
  readonly extension: string;
}

/** Refuses ambiguous delimiters and quotes, and extensions that cannot end a file name. */
export function checkDsv({ delimiter = ',', quote = '"', extension }: DsvSettings, paths: DsvPaths, faults: Faults) {
  for (const [mark, path] of [
    [delimiter, paths.delimiter],
    [quote, paths.quote],
  ] as const) {
    if ([...mark].length !== 1 || /[\r\n\p{Cs}]/u.test(mark)) {
      faults.add('INVALID', path, `must be one character, and no line break, not ${quoted(mark)}`);
    }
  }
  if (delimiter === quote) faults.add('INVALID', paths.delimiter, 'must not be the quote as well');
  if (extension !== undefined && !/^[a-z0-9]{1,16}$/i.test(extension)) {
    faults.add('INVALID', paths.extension, `must be 1 to 16 letters or digits, not ${quoted(extension)}`);
  }
}
