/** How cells are kept in a spool until all columns are known. */

/** Kinds of cells in the spool: texts, those whose white space matters, numbers, booleans, and the place of a long text. */
export const [IN_TEXT, IN_PRESERVED, IN_NUMBER, IN_TRUE, IN_FALSE, IN_PLACE] = [0, 1, 2, 3, 4, 5];

/** Bytes before a row: its length. Before a cell: kind, column, and the length of its content in one byte or five. */
export const ROW_HEAD = 4;
export const CELL_HEAD = 4;
export const LONG_LENGTH = 255;
export const MAX_CELL_HEAD = CELL_HEAD + 4;
