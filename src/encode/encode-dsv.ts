/** Entities to delimiter-separated values. Here records count as written. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { decodeInSteps, decodeValue } from '../scan/decode-value.js';
import { type Batch, END, entityCount, ordinalAt, ROW_WIDTH, START } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { Spool } from '../terms/spool.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { DsvRows, type Row } from './dsv-rows.js';
import { DsvText, LINE_END } from './dsv-text.js';
import { sizeOfObject } from './object-size.js';
import { settleBatch } from './settle-batch.js';
import { type Entry, SpooledRows } from './spooled-rows.js';

/** Options of a table. */
export interface DsvOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as rows; absent: any. */
  readonly maxEntityBytes?: number;
  /** Maximum entities per file; absent: one file. */
  readonly maxRecords?: number;
}

/** Makes the stage of one file. */
export function encodeDsvStage(options: Omit<DsvOptions, 'maxRecords'>): Stage<Batch, Buffer> {
  const writer = new DsvWriter(options);
  return {
    ...writer.stage,
    flush: async (run) => bytesOf(await writer.write(run)),
    more: async (run) => bytesOf(await writer.next(run)),
  };
}

/** The bytes of the only file, without its end. */
function bytesOf(pieces: readonly FilePiece[]): readonly Buffer[] {
  return pieces.filter((piece) => Buffer.isBuffer(piece));
}

/**
 * Makes the stage of several files: each has the header and the relationships of its entities. With `multiFile` there
 * are at most two: entities, and relationships where there are some; the second file counts no records.
 */
export function encodeDsvFilesStage(options: DsvOptions): Stage<Batch, FilePiece> {
  const writer = new DsvWriter(options);
  return { ...writer.stage, flush: (run) => writer.write(run), more: (run) => writer.next(run) };
}

/** Maximum cells and characters per piece of text. */
const PIECE_CELLS = 8 * 1024;
const PIECE_CHARACTERS = 64 * 1024;

/** Members shown in a note. */
const MAX_SHOWN = 10;

/**
 * The common part of both stages. The header comes first, and the columns are known only after the last entity; so every
 * row waits in a spool until the input has ended, and memory holds only the columns. A fault of the input is thrown before
 * the first byte. Batches must have been checked, or trusted.
 */
class DsvWriter {
  readonly #settings: DsvPlan;
  readonly #maxRecords: number;
  readonly #maxEntityBytes: number;
  readonly #rows: DsvRows;
  readonly #entities: SpooledRows;
  readonly #relationships: SpooledRows;
  #records = 0;
  #ended = false;
  #fault: SluiceError | undefined;
  #pieces: AsyncGenerator<FilePiece, void> | undefined;

  /** The stage without its end. */
  readonly stage: Omit<Stage<Batch, never>, 'flush' | 'more'> = {
    name: 'encodeDsv',
    step: 'serialize',
    push: (batch, run) => this.#take(batch, run),
    close: async () => {
      await this.#pieces?.return();
      await this.#entities.close();
      await this.#relationships.close();
    },
  };

  constructor({
    settings,
    openSpool,
    maxRecords = Number.POSITIVE_INFINITY,
    maxEntityBytes = Number.POSITIVE_INFINITY,
  }: DsvOptions) {
    this.#settings = settings;
    this.#maxEntityBytes = maxEntityBytes;
    this.#maxRecords = maxRecords;
    this.#rows = new DsvRows(settings);
    this.#entities = new SpooledRows(openSpool());
    this.#relationships = new SpooledRows(openSpool());
  }

  /** The input is complete. @returns the first piece of the output */
  write(run: Run): Promise<readonly FilePiece[]> {
    if (this.#fault) throw this.#fault;
    noteMembers([...this.#rows.withoutColumn], run);
    this.#pieces = this.#write(run);
    return this.next(run);
  }

  /** The next piece; nothing after the last, or while rows are taken. */
  async next(run: Run): Promise<readonly FilePiece[]> {
    // Most of the work follows the end of the input, when no reader checks for an abort any more.
    if (run.signal.aborted) throw run.abortError();
    const piece = await this.#pieces?.next();
    return !piece || piece.done ? NOTHING : [piece.value];
  }

  async #take(batch: Batch, run: Run): Promise<readonly never[]> {
    if (this.#ended) return NOTHING;
    const taker = {
      entity: (row: Row, first: boolean) => {
        if (first) this.#records++;
        this.#entities.add(this.#records - 1, row);
      },
      relationship: (row: Row) => this.#relationships.add(this.#records - 1, row),
    };
    for (let position = 0; position < entityCount(batch); position++) {
      if (turnIsOver()) await nextTurn(run);
      try {
        this.#rows.add(await entityAt(batch, position, this.#maxEntityBytes, run), batch.memberNames, taker);
      } catch (cause) {
        if (run.signal.aborted) throw cause;
        throw recordError(cause, batch, position);
      }
    }
    if (batch.ending) this.#ended = true;
    if (batch.ending?.kind === 'fault') this.#fault = batch.ending.error;
    await Promise.all([this.#entities.settle(), this.#relationships.settle(), settleBatch(batch, run)]);
    return NOTHING;
  }

  async *#write(run: Run): AsyncGenerator<FilePiece, void> {
    const { startLine, relationshipSeparator, multiFile } = this.#settings;
    const entities = new DsvText(this.#rows.entities.list(), this.#settings);
    const relationships = new DsvText(this.#rows.relationships.list(), this.#settings);
    for (let begin = 0; begin === 0 || begin < this.#records; begin += this.#maxRecords) {
      const end = Math.min(this.#records, begin + this.#maxRecords);
      yield Buffer.from(LINE_END.repeat(startLine) + entities.header());
      yield* lines(this.#entities.before(end), entities, '');
      if (multiFile) yield { kind: 'end', records: end - begin };
      const above = multiFile ? LINE_END.repeat(startLine) : entities.line([relationshipSeparator]);
      let any = false;
      for await (const piece of lines(this.#relationships.before(end), relationships, above + relationships.header())) {
        any = true;
        yield piece;
      }
      if (end === this.#records) noteCells([entities, relationships], run);
      if (!multiFile) yield { kind: 'end', records: end - begin };
      else if (any) yield { kind: 'end', records: 0 };
    }
  }
}

function noteCells(tables: readonly DsvText[], run: Run): void {
  const note = (code: 'ILL_FORMED_CELLS' | 'NUL_CELLS', what: string, cells: number) => {
    if (cells === 0) return;
    const text = `${cells} cell${cells === 1 ? ' holds' : 's hold'} ${what}, written as U+FFFD in the table`;
    run.note({ code, text, counts: { cells } });
  };
  const sum = (of: 'illFormed' | 'nul') => tables.reduce((cells, table) => cells + table[of], 0);
  note('ILL_FORMED_CELLS', 'a lone surrogate', sum('illFormed'));
  note('NUL_CELLS', 'a NUL', sum('nul'));
}

/** Members that a table leaves out although the request did not ask for that. */
function noteMembers(names: readonly string[], run: Run): void {
  if (names.length === 0) return;
  const shown = `${names.slice(0, MAX_SHOWN).map(quoted).join(', ')}${names.length > MAX_SHOWN ? ', …' : ''}`;
  const members = names.length === 1 ? `the member ${shown} has` : `${names.length} members of the entities have`;
  const which = names.length === 1 ? '' : `: ${shown}`;
  const text = `${members} no column in the table${which}; tables hold id, name, type, action, data.attributes and data.relationships`;
  run.note({ code: 'MEMBERS_WITHOUT_COLUMN', text, counts: { members: names.length } });
}

/** Rows as text, piece by piece; without rows nothing, not even the head. */
async function* lines(entries: AsyncIterable<Entry>, text: DsvText, head: string): AsyncGenerator<Buffer, void> {
  let rows: Row[] = [];
  let characters = 0;
  let front = head;
  for await (const { row, size } of entries) {
    if (turnIsOver()) await nextTurn();
    rows.push(row);
    characters += size;
    if (characters < PIECE_CHARACTERS && rows.length * text.width < PIECE_CELLS) continue;
    yield Buffer.from(front + text.lines(rows));
    rows = [];
    characters = 0;
    front = '';
  }
  if (rows.length > 0) yield Buffer.from(front + text.lines(rows));
}

function entityAt(batch: Batch, position: number, maxBytes: number, run: Run): unknown {
  if (batch.kind === 'objects') {
    const object = batch.objects[position];
    if (sizeOfObject(object, maxBytes) > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
    return object;
  }
  const row = position * ROW_WIDTH;
  const bytes = batch.rows[row + END] - batch.rows[row + START];
  if (bytes > maxBytes) throw tooLarge(String(bytes), maxBytes);
  const text = batch.bytes.toString('utf8', batch.rows[row + START], batch.rows[row + END]);
  return bytes > LARGE_BYTES ? stepsInTurns(decodeInSteps(text), run) : decodeValue(text);
}

function tooLarge(bytes: string, limit: number): SluiceError {
  const message = `it has ${bytes} bytes, and memory limits tables to ${limit}; export it as JSON instead`;
  return new SluiceError('ENTITY_TOO_LARGE', 'serialize', message);
}

/** Longer texts are decoded in steps. */
const LARGE_BYTES = 512 * 1024;

/** Only trusted text can be faulty here; objects may hold values that JSON cannot. */
function recordError(cause: unknown, batch: Batch, position: number): SluiceError {
  const { source, kind } = batch;
  const recordIndex = batch.firstIndex + ordinalAt(batch, position);
  const [code, what] =
    cause instanceof SluiceError
      ? [cause.code, 'cannot be written as rows']
      : kind === 'objects'
        ? (['UNSERIALIZABLE', 'cannot be written as JSON'] as const)
        : (['INVALID_JSON', 'is not JSON'] as const);
  const message = `${source}: record ${recordIndex} ${what}: ${messageOf(cause)}`;
  return new SluiceError(code, 'serialize', message, { source, recordIndex, cause });
}
