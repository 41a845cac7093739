/** For tests: runs a scanner over an input in given chunks and returns the result, in offsets of the complete input. */

import { lineAt } from '../../src/scan/lines.js';
import type { Piece, Scanner, ScanOptions } from '../../src/scan/scanner.js';
import {
  DEFAULT_MEMBER_NAMES,
  END,
  MEMBER_COLUMN,
  type MemberName,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../../src/terms/batch.js';
import { SluiceError } from '../../src/terms/errors.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES } from '../../src/terms/plan.js';

export type MakeScanner = (options: ScanOptions) => Scanner;

export const DEFAULTS: ScanOptions = {
  source: 'test',
  memberNames: DEFAULT_MEMBER_NAMES,
  locate: ['id', 'type', 'name'],
  trust: false,
  onError: 'stop',
  maxDepth: DEFAULT_MAX_DEPTH,
  maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
  recycle: true,
};

/** One entity: its text, its place in the input, and the texts of its located members. */
export interface FoundEntity {
  readonly index: number;
  readonly start: number;
  readonly line: number | undefined;
  readonly text: string;
  readonly members: Readonly<Partial<Record<MemberName, string>>>;
}

export interface FoundFault {
  readonly code: string;
  readonly recordIndex: number | undefined;
  readonly byteOffset: number | undefined;
  readonly line: number | undefined;
}

export interface FoundReject extends FoundFault {
  readonly start: number;
  /** The start of the record; `line` is the line of its fault. */
  readonly firstLine: number | undefined;
  readonly raw: string;
}

/** The complete result of a scan, independent of its pieces. */
export interface Found {
  readonly entities: readonly FoundEntity[];
  readonly rejects: readonly FoundReject[];
  readonly fault?: FoundFault;
}

/** Minimum of bytes that are reserved, so that there is room after the written ones. */
const READ_BYTES = 64;

/**
 * Feeds the chunks as a reader would and collects the results.
 * @param ahead the next bytes are written before those that were accepted are scanned
 */
export function scanAll(
  make: MakeScanner,
  options: Partial<ScanOptions>,
  chunks: readonly Uint8Array[],
  ahead = false,
): Found {
  const all = { ...DEFAULTS, ...options };
  const scanner = make(all);
  const entities: FoundEntity[] = [];
  const rejects: FoundReject[] = [];
  const kept: { readonly piece: Piece; readonly found: Found }[] = [];
  let covered = 0;
  const lengths = feed(scanner, chunks);
  try {
    let isPaused = false;
    let next: IteratorResult<number, undefined> | undefined;
    for (let read = lengths.next(); !read.done; ) {
      if (!isPaused) {
        scanner.accept(read.value);
        next = ahead ? lengths.next() : undefined;
      }
      const piece = scanner.scan(read.value === 0);
      ({ isPaused } = piece);
      if (piece.firstIndex !== covered) throw new Error(`piece begins at ${piece.firstIndex}, not at ${covered}`);
      if (piece.covers !== piece.count + piece.filtered + piece.rejects.length)
        throw new Error('covers is not the sum of its parts');
      if (piece.next && piece.next.line !== lineIn(Buffer.concat(chunks), piece.next.byteOffset))
        throw new Error(`the next piece begins on line ${piece.next.line}`);
      covered += piece.covers;
      // A recycling scanner may overwrite the piece when the next bytes come, so it is read now.
      const found = { entities: entitiesOf(piece, all.locate), rejects: rejectsOf(piece) };
      entities.push(...found.entities);
      rejects.push(...found.rejects);
      if (!all.recycle) kept.push({ piece, found });
      if (piece.fault) {
        return checkKept(kept, all.locate, { entities, rejects, fault: faultOf(piece.fault) });
      }
      if (!isPaused) read = next ?? lengths.next();
    }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { entities, rejects, fault: faultOf(error) };
  } finally {
    scanner.close();
  }
  return checkKept(kept, all.locate, { entities, rejects });
}

/** The line of a byte of the complete input. */
export function lineIn(input: Buffer, at: number): number {
  return input.toString('latin1', 0, at).split('\n').length;
}

/** Writes the chunks to the scanner's memory; yields the number of bytes each time, 0 at the end. */
function* feed(scanner: Scanner, chunks: readonly Uint8Array[]): Generator<number, undefined> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const room = scanner.reserve(Math.max(READ_BYTES, chunk.length - at));
      // Old bytes after the new ones must not be read as input.
      room.fill('"}\n');
      const length = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + length));
      at += length;
      yield length;
    }
  }
  scanner.reserve(READ_BYTES);
  yield 0;
}

/** Without recycling, pieces must never change. */
function checkKept(
  kept: readonly { readonly piece: Piece; readonly found: Found }[],
  locate: readonly MemberName[],
  answer: Found,
): Found {
  for (const { piece, found } of kept) {
    const now = JSON.stringify({ entities: entitiesOf(piece, locate), rejects: rejectsOf(piece) });
    if (now !== JSON.stringify(found)) throw new Error(`a piece changed after it was returned: ${now}`);
  }
  return answer;
}

function entitiesOf(
  { bytes, byteOffset, knownLine, rows, count, firstIndex }: Piece,
  locate: readonly MemberName[],
): FoundEntity[] {
  return Array.from({ length: count }, (_, position) => {
    const row = position * ROW_WIDTH;
    const text = (start: number, end: number) => bytes.toString('latin1', start, end);
    const members: Partial<Record<MemberName, string>> = {};
    for (const name of locate) {
      const start = rows[row + MEMBER_COLUMN[name]];
      if (start >= 0) members[name] = text(start, rows[row + MEMBER_COLUMN[name] + 1]);
    }
    return {
      index: firstIndex + rows[row + ORDINAL],
      start: byteOffset + rows[row + START],
      line: lineAt(bytes, knownLine, rows[row + START]),
      text: text(rows[row + START], rows[row + END]),
      members,
    };
  });
}

function rejectsOf({ rejects }: Piece): FoundReject[] {
  return rejects.map(({ recordIndex, byteOffset, line, error, raw }) => ({
    ...faultOf(error),
    recordIndex,
    start: byteOffset ?? -1,
    firstLine: line,
    raw: Buffer.from(raw).toString('latin1'),
  }));
}

function faultOf({ code, recordIndex, byteOffset, line }: SluiceError): FoundFault {
  return { code, recordIndex, byteOffset, line };
}
