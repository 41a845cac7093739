/** Scans the bytes of one input into batches: in this thread, and sections of large files in others. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { chooseScanner } from '../scan/choose-scanner.js';
import type { Piece, Scanner, ScanOptions } from '../scan/scanner.js';
import { movesEntities } from '../shape/shape.js';
import type { ByteBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { ResumePoint, ScanPosition } from '../terms/position.js';
import type { Run } from '../terms/run.js';
import type { FormRemarks } from './form-remarks.js';
import { IS_NAMED_LINES, type OnlyRecords } from './only-record.js';
import { explainBrotli } from './open-text.js';
import type { OtherArrays } from './other-arrays.js';
import type { ReadOptions, ScanPolicy } from './read-options.js';
import type { ScannedSection, SectionSource, Sections } from './sections.js';
import type { ByteInput } from './source.js';
import { type InputPlace, positionAfter } from './text-position.js';
import { throwIfAborted } from './until-aborted.js';

/**
 * Bytes per read: few at first, for callers that stop after ten records, then doubled each time, until the cost of a read
 * is negligible.
 */
const FIRST_READ_BYTES = 128 * 1024;
const MOST_READ_BYTES = 2 * 1024 * 1024;

/** What is reported about inputs at the end of all of them. */
export interface Watched {
  readonly only: OnlyRecords;
  readonly others: OtherArrays;
  readonly forms: FormRemarks;
}

/** @param place of the input in the source, if reading can resume there */
export async function* scanInput(
  input: ByteInput,
  place: InputPlace | undefined,
  from: ScanPosition | undefined,
  { from: _, sections: source, ...options }: ScanPolicy,
  watched: Watched,
  run: Run,
): AsyncGenerator<ByteBatch, void> {
  const scanner = await stepsInTurns(
    chooseScanner({
      ...options,
      source: input.name,
      unnumbered: input.form !== undefined,
      ...namedForm(input, options),
      from,
    }),
  );
  const pieces = new PieceReader(scanner, input, run);
  const look = lookAtPieces(input, options, watched);
  const asBatch = (piece: Piece): ByteBatch =>
    byteBatch(piece, input.name, positionAfter(input, place, piece.next), options, input.damage);
  try {
    for (;;) {
      const piece = await pieces.next();
      await look(piece);
      if (piece.covers > 0 || piece.fault) yield asBatch(piece);
      if (pieces.ended && !piece.fault) watched.only.endInput();
      if (piece.fault || pieces.ended || run.stopping) return;
      if (!source || !place || !input.open || !mayBeDivided(piece)) continue;
      const sections = source.begin(input.open, piece.next.byteOffset);
      if (!sections) continue;
      const after = yield* takeSections(sections, source, piece.next, place);
      if (!after) return;
      await pieces.moveTo(after);
      countUpTo(after.byteOffset, place, run);
    }
  } finally {
    await pieces.close();
  }

  /** Takes sections in their order; returns the position after the last one, or undefined where the run ends in one. */
  async function* takeSections(
    sections: Sections,
    source: SectionSource,
    from: ScanPosition,
    place: InputPlace,
  ): AsyncGenerator<ByteBatch, ScanPosition | undefined> {
    let at = from;
    try {
      for (let section = await sections.next(); section; section = await sections.next()) {
        throwIfAborted(run.signal);
        const { start, end, scanned } = section;
        if (start !== at.byteOffset) throw changed(input.name);
        if (scanned && source.mayTake(scanned)) {
          countUpTo(end, place, run);
          run.ledger.addBusy('read', scanned.readMs);
          run.ledger.addBusy('scan', scanned.scanMs);
          const { recordIndex } = at;
          at = passed(at, end, scanned);
          const next = positionAfter(input, place, at);
          if (scanned.covers > 0) yield sectionBatch(scanned, input.name, recordIndex, next, options);
        } else {
          const after = yield* scanSection(at, end, place);
          if (!after) return undefined;
          at = after;
        }
        if (run.stopping) return undefined;
        if (at.byteOffset !== end) break;
      }
      return at;
    } finally {
      await sections.close();
    }
  }

  /** Scans a section here; returns the position after its last complete piece, or undefined where the run ends in it. */
  async function* scanSection(
    from: ScanPosition,
    end: number,
    place: InputPlace,
  ): AsyncGenerator<ByteBatch, ScanPosition | undefined> {
    await pieces.moveTo(from, end);
    countUpTo(from.byteOffset, place, run);
    let at = from;
    while (at.byteOffset < end) {
      const piece = await pieces.next();
      await look(piece);
      if (piece.covers > 0 || piece.fault) yield asBatch(piece);
      if (piece.fault || run.stopping) return undefined;
      if (pieces.ended || !piece.next) break;
      at = piece.next;
      if (pieces.isAtEnd && at.byteOffset < end) throw changed(input.name);
    }
    return at;
  }
}

/** Whether sections may follow. Not in the middle of a line, and the first record of an input is examined here. */
function mayBeDivided(piece: Piece): piece is Piece & { readonly next: ScanPosition } {
  return piece.covers > 0 && piece.next?.form === 'lines' && piece.next.recordIndex > 1;
}

/** The bytes up to this one are read, and no more. */
function countUpTo(byteOffset: number, { bytesBefore }: InputPlace, { ledger }: Run): void {
  ledger.countBytesIn(bytesBefore + byteOffset - ledger.bytesIn);
}

/** The position after a section. */
function passed(before: ScanPosition, byteOffset: number, { covers, lines }: ScannedSection): ScanPosition {
  const line = before.line === undefined ? undefined : before.line + lines;
  return { ...before, byteOffset, recordIndex: before.recordIndex + covers, line };
}

function changed(name: string): SluiceError {
  return new SluiceError('SOURCE_CHANGED', 'read', `${name} was changed while it was read`, { source: name });
}

/** Reads an input and scans what was read, piece by piece; reads ahead where that is possible. */
class PieceReader {
  /** Whether the input has no more bytes, and all were scanned. */
  ended = false;
  readonly #scanner: Scanner;
  readonly #input: ByteInput;
  readonly #run: Run;
  #size = FIRST_READ_BYTES;
  /** Bytes that may still be read. */
  #left = Number.POSITIVE_INFINITY;
  #reading: Promise<number> | undefined;
  #isOver = false;
  /** Whether bytes that were read are left to scan. */
  #isPaused = false;

  constructor(scanner: Scanner, input: ByteInput, run: Run) {
    this.#scanner = scanner;
    this.#input = input;
    this.#run = run;
  }

  async next(): Promise<Piece> {
    const run = this.#run;
    const scanner = this.#scanner;
    throwIfAborted(run.signal);
    if (!this.#isPaused) await this.#take();
    if (turnIsOver()) await nextTurn();
    const scanAt = run.now();
    const piece = scanner.scan(this.#isOver);
    run.ledger.addBusy('scan', run.now() - scanAt);
    this.#isPaused = piece.isPaused;
    this.ended = this.#isOver && !piece.isPaused;
    if (!piece.fault) return piece;
    return { ...piece, fault: (await this.#input.damage?.()) ?? explainBrotli(piece.fault, this.#input) };
  }

  /** Takes the bytes that were read, and begins to read the next ones. */
  async #take(): Promise<void> {
    const before = this.#run.now();
    const length = await (this.#reading ?? this.#read());
    this.#run.ledger.addBusy('read', this.#run.now() - before);
    this.#reading = undefined;
    this.#scanner.accept(length);
    this.#size = Math.min(2 * this.#size, MOST_READ_BYTES);
    this.#left -= length;
    this.#isOver = length === 0;
    if (this.#input.readsAhead && length > 0 && this.#left > 0) {
      this.#reading = this.#read();
      // The await of the next piece handles the failure.
      this.#reading.catch(() => {});
    }
  }

  /** Whether it has read all that it may, and that was scanned. */
  get isAtEnd(): boolean {
    return this.#left === 0 && !this.#isPaused;
  }

  /** Goes on at the start of a line of a file, and reads up to this byte. */
  async moveTo(position: ScanPosition, end = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#reading) this.#scanner.accept(await this.#reading);
    this.#reading = undefined;
    this.#isPaused = false;
    this.#scanner.moveTo(position);
    this.#input.open?.moveTo(position.byteOffset);
    this.#left = end - position.byteOffset;
  }

  /** Waits for a pending read, which writes into the scanner's memory. */
  async close(): Promise<void> {
    await this.#reading?.catch(() => {});
    this.#scanner.close();
  }

  #read(): Promise<number> {
    const room = this.#scanner.reserve(this.#size);
    return this.#input.read(room.subarray(0, Math.min(room.length, this.#left)));
  }
}

/** What is noticed in pieces beside their entities. */
function lookAtPieces(
  input: ByteInput,
  options: Omit<ReadOptions, 'from' | 'onError' | 'sections'>,
  { only, others, forms }: Watched,
): (piece: Piece) => Promise<void> {
  let isKnown = false;
  return async (piece) => {
    // A form that the caller states is intended.
    if (options.form === undefined && !movesEntities(options)) await stepsInTurns(only.look(piece, input));
    others.add(input.name, piece.others);
    if (piece.remark) forms.add(input.name, piece.remark);
    if (!isKnown && piece.form) options.onForm?.(input.name, piece.form, piece.path ?? []);
    isKnown ||= piece.form !== undefined;
  };
}

/** What the name of an input says: that it is a document, which cannot be blank, or lines. */
export function namedForm(
  { name, form }: ByteInput,
  { mayBeBlank = false }: Pick<ReadOptions, 'mayBeBlank'>,
): Pick<ScanOptions, 'neverBlank' | 'isNamedLines'> {
  return {
    neverBlank: !mayBeBlank && form === undefined && /\.json(\.(gz|gzip|zst|zstd))?$/i.test(name),
    isNamedLines: IS_NAMED_LINES.test(name),
  };
}

/** The batch of a piece of an input. */
export function byteBatch(
  piece: Piece,
  source: string,
  next: ResumePoint | undefined,
  { memberNames, locate, trust, maxDepth, onError, prefilter }: Omit<ScanPolicy, 'from'>,
  damage?: ByteBatch['damage'],
): ByteBatch {
  const { filtered, unchecked, fault } = piece;
  const member = prefilter?.ids ? 'id' : prefilter?.types ? 'type' : undefined;
  return {
    kind: 'bytes',
    source,
    memberNames,
    firstIndex: piece.firstIndex,
    covers: piece.covers,
    filtered,
    rejects: piece.rejects,
    bytes: piece.bytes,
    byteOffset: piece.byteOffset,
    knownLine: piece.knownLine,
    rows: piece.rows,
    count: piece.count,
    singleLine: piece.singleLine,
    unended: piece.unended,
    maxDepth,
    onError,
    located: locate,
    unchecked,
    excerpts: piece.excerpts,
    checked: trust || unchecked?.length === 0,
    leftOut: member && { member, records: filtered, absent: piece.absent, otherKind: piece.otherKind },
    next,
    ending: fault && { kind: 'fault', error: fault },
    damage,
  };
}

/** The batch of a section. Its text is not that of the input, but nothing in it is faulty. */
function sectionBatch(
  { count, text, rows, located, framing, covers, seen }: ScannedSection,
  source: string,
  firstIndex: number,
  next: ResumePoint | undefined,
  { memberNames, maxDepth, onError }: Omit<ScanPolicy, 'from'>,
): ByteBatch {
  return {
    kind: 'bytes',
    ...{ source, memberNames, firstIndex, covers, filtered: covers - count, rejects: [] },
    ...{ bytes: text, byteOffset: 0, rows, count, located, framing, seen, next },
    ...{ singleLine: true, unended: false, checked: true, maxDepth, onError },
  };
}
