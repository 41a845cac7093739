/** Settings of delimiter-separated values, by a profile or by options. */
import type { Faults } from '../../options/faults.js';
import { anyText, flagged, type Options, wholeNumber } from '../../options/option.js';

import type { DsvSettings } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';

/** The settings; `acceptDsv` checks them. */
export const DSV_SETTINGS = {
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
  multiFile: { kind: flagged, about: 'write relationships to a separate file', default: '`false`' },
  collectionSeparator: { kind: anyText, about: 'text between the values of a collection', default: '`||`' },
  guardFormulas: {
    kind: flagged,
    about: 'disarm values that a spreadsheet would run as a formula; numbers are not changed',
    default: '`true`',
    flag: '--no-guard-formulas',
    flagAbout: 'write values that a spreadsheet would run as a formula unchanged',
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
    collectionSeparator: faults.string(dsv.collectionSeparator, `${path}.collectionSeparator`),
    guardFormulas: faults.boolean(dsv.guardFormulas, `${path}.guardFormulas`),
  };
  const paths = { delimiter: `${path}.delimiter`, quote: `${path}.quote`, extension: `${path}.extension` };
  checkDsv(settings, paths, faults);
  return settings;
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
