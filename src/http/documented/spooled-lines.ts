/** Lines of entities: which part of a chunk belongs to a page, and where a page ends. */

const LINE_FEED = 10;

/** The lines of a chunk. */
export interface ChunkLines {
  /** Number of lines that end in it. */
  readonly lines: number;
  /** The part of it that is kept. */
  readonly start: number;
  readonly end: number;
}

/**
 * Counts the lines of a chunk, and finds the part of it that holds the lines of a range.
 * @param before number of lines that ended before the chunk
 * @param range numbers of lines, from 0; the end is not included
 */
export function eachLine(
  chunk: Uint8Array,
  before: number,
  { from, to }: { readonly from: number; readonly to: number },
): ChunkLines {
  let line = before;
  let start = line >= from ? 0 : -1;
  let end = line >= to ? 0 : -1;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
    line++;
    if (line === from) start = at + 1;
    if (line === to) end = at + 1;
  }
  if (start < 0) start = chunk.length;
  if (end < 0) end = chunk.length;
  return { lines: line - before, start: Math.min(start, end), end };
}
