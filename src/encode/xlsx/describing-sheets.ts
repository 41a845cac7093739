/** The sheets that describe a workbook of the platform: for its readers, and for its imports. */
import { ATTRIBUTE_STYLE, COLLECTION_STYLE, GROUP_STYLE, LABEL_STYLE, SYSTEM_STYLE, TEXT_STYLE } from './styles.js';
import { type FixedCell, type Sheet, sheetPieces } from './workbook.js';

/** The version of the layout, as its workbooks state it. */
const VERSION = 'V0.14';

/** Rows of the first sheet before its first fact. */
const EMPTY_ROWS = 3;

/** What the colours of headers mean. */
const LEGENDS: readonly FixedCell[] = [
  { text: 'GROUP OF COLUMNS', style: GROUP_STYLE },
  { text: 'SYSTEM ATTRIBUTE', style: SYSTEM_STYLE },
  { text: 'ATTRIBUTE', style: ATTRIBUTE_STYLE },
  { text: 'ATTRIBUTE WITH SEVERAL VALUES', style: COLLECTION_STYLE },
];

const label = (text: string): FixedCell => ({ text, style: LABEL_STYLE });
const value = (text: string): FixedCell => ({ text, style: TEXT_STYLE });

/** The sheet that says what the workbook is. @param separator what is between the values of a cell */
export function helpSheet(separator: string): Sheet {
  const rows = [
    ...Array.from({ length: EMPTY_ROWS }, () => []),
    [label('TEMPLATE NAME'), value('RS EXCEL')],
    [label('TEMPLATE VERSION'), value(VERSION)],
    [label('MULTI VALUES DELIMITER'), value(separator)],
    [label('CONTEXT PATH DELIMITER'), value('>>')],
    ...LEGENDS.map((legend, index) => [index === 0 ? label('LEGENDS') : undefined, legend]),
  ];
  return { name: 'Help', pieces: sheetPieces({ rows, widths: [28, 36] }) };
}

/** The hidden sheet that says which sheets hold entities, and which of their columns several values. */
export function modelSheet(sheets: readonly Pick<Sheet, 'name'>[], collections: readonly string[]): Sheet {
  const left = [['Sheet Name', 'Data'], ...sheets.map(({ name }) => [name, 'Data'])];
  const right = [['Attribute Name', 'isCollection'], ...collections.map((name) => [name, 'true'])];
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [a, b] = left[index] ?? [];
    const [d, e] = right[index] ?? [];
    return [a, b, undefined, d, e].map((text) => (text === undefined ? undefined : value(text)));
  });
  return { name: 'Model', hidden: true, pieces: sheetPieces({ rows, widths: [] }) };
}
