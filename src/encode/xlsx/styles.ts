/** The styles of cells, which all workbooks have. */

/** Text that stays text when it is edited. */
export const TEXT_STYLE = 1;
/** The header of a table. */
export const HEADER_STYLE = 2;
/** The title of a group of columns. */
export const GROUP_STYLE = 3;
/** Headers of the platform's layout: of the system's columns, of attributes, and of those with several values. */
export const SYSTEM_STYLE = 4;
export const ATTRIBUTE_STYLE = 5;
export const COLLECTION_STYLE = 6;
/** Bold text. */
export const LABEL_STYLE = 7;

const font = (size: number, color: string, bold = '') =>
  `<font>${bold}<sz val="${size}"/>${color}<name val="Calibri"/><family val="2"/></font>`;
const solid = (color: string) =>
  `<fill><patternFill patternType="solid"><fgColor ${color}/><bgColor indexed="64"/></patternFill></fill>`;
const style = (fontId: number, fillId: number, alignment = '') =>
  `<xf numFmtId="49" fontId="${fontId}" fillId="${fillId}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"${
    alignment === '' ? '/>' : ` applyAlignment="1">${alignment}</xf>`
  }`;

const FONTS = [
  font(11, ''),
  font(11, '', '<b/>'),
  font(12, '<color indexed="9"/>'),
  font(12, '<color indexed="8"/>'),
  font(12, '<color indexed="9"/>', '<b/>'),
];

const FILLS = [
  '<fill><patternFill patternType="none"/></fill>',
  '<fill><patternFill patternType="gray125"/></fill>',
  solid('rgb="FFD9E1F2"'),
  solid('indexed="23"'),
  solid('indexed="56"'),
  solid('indexed="31"'),
  '<fill><patternFill patternType="darkHorizontal"><fgColor indexed="31"/><bgColor indexed="9"/></patternFill></fill>',
];

/** By the number of the style. */
const CELL_STYLES = [
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>',
  style(1, 2),
  style(4, 3, '<alignment horizontal="left"/>'),
  style(2, 4),
  style(3, 5),
  style(3, 6),
  style(1, 0),
];

const counted = (name: string, items: readonly string[]) =>
  `<${name} count="${items.length}">${items.join('')}</${name}>`;

/** The part with the styles. */
export const STYLES_XML =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
  '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
  counted('fonts', FONTS) +
  counted('fills', FILLS) +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  counted('cellXfs', CELL_STYLES) +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>' +
  '</styleSheet>';
