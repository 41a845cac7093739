/** Entities to the bytes of several files: one for each value at a path. Here records count as read. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import {
  type Batch,
  type ByteBatch,
  DEFAULT_MEMBER_NAMES,
  END,
  entityCount,
  ORDINAL,
  ordinalAt,
  ROW_WIDTH,
  START,
  settledTexts,
} from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import { formatPath } from '../terms/path.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import { NOTHING, type Stage, type StageOutput } from '../terms/stage.js';
import { jsonEncoder } from './encode-json.js';
import type { EntitySchema } from './entity-schema.js';
import { UNBOUNDED } from './file-encoder.js';
import { PiecesAtEnd } from './pieces-at-end.js';
import { ValueAtPath } from './value-at-path.js';

/** Files of one result; a path that leads to ids has more values than anyone wants files. */
const MAX_FILES = 100_000;

/** Before an entity in the spool: its length, and the index of its record. */
const HEAD_BYTES = 16;

/** Entities of a batch from the spool, at most. */
const BATCH_ENTITIES = 4096;

/** Bytes of a large entity that are copied in one step. */
const COPIED_BYTES = 4 * 1024 * 1024;

/** The entities of a batch that go to one file. */
interface Share {
  readonly positions: number[];
  /** Their text, where they are objects. */
  readonly texts: Buffer[];
  /** Bytes of all, with their heads. */
  bytes: number;
}

/** What the stage knows between two batches, beside the entities in the spool; plain JSON. */
export interface SplitState {
  readonly kind: 'split';
  /** The values of the files, in their order; null: entities without one. */
  readonly values: readonly (string | null)[];
  readonly entities: number;
  readonly source?: string | undefined;
  readonly names?: Pick<Batch, 'memberNames' | 'deeper'> | undefined;
}

/** The stage, and the state that checkpoints take from it. */
export interface SplitStage extends Stage<Batch, FilePiece> {
  readonly state: SplitState;
}

/** What is split. */
export interface SplitByOptions {
  readonly path: readonly string[];
  /** Makes the stage of one file; its notes go to this function. */
  readonly encode: (note: (note: Note) => void) => Stage<Batch, Buffer>;
  readonly openSpool: () => PartitionedSpool;
  /** Takes the value of each file, in the order of the files, before its first piece; undefined: entities without one. */
  readonly begin: (value: string | undefined) => void;
  /** Schema for entities that arrive as objects. */
  readonly schema?: EntitySchema;
  /** The state of an earlier stage, whose entities are in the spool; absent: the beginning. */
  readonly from?: SplitState | undefined;
}

/**
 * Makes the stage. The text of all entities waits in a spool until the input has ended; then file after file is made, so that
 * one is open at a time, however many there are. Without entities there is one empty file, of those without a value.
 */
export function splitByStage(options: SplitByOptions): SplitStage {
  const splitter = new Splitter(options);
  return {
    name: 'splitBy',
    step: 'serialize',
    get state() {
      return splitter.state;
    },
    push: (batch, run) => splitter.take(batch, run),
    flush: (run) => splitter.write(run),
    more: (run) => splitter.pieces.next(run),
    close: () => splitter.close(),
  };
}

class Splitter {
  readonly #options: SplitByOptions;
  readonly #value: ValueAtPath;
  readonly #spool: PartitionedSpool;
  /** The numbers of the files, by their values. */
  readonly #files = new Map<string | undefined, number>();
  /** Makes text of objects. */
  readonly #text;
  #source: string | undefined;
  /** Where the entities have their id, type and name. */
  #names: Pick<Batch, 'memberNames' | 'deeper'> | undefined;
  #ended = false;
  #isLimited = false;
  #entities = 0;
  #fault: SluiceError | undefined;
  readonly pieces = new PiecesAtEnd();
  readonly #notes = new Map<Note['code'], { note: Note; files: number }>();

  constructor(options: SplitByOptions) {
    this.#options = options;
    this.#value = new ValueAtPath(options.path);
    this.#spool = options.openSpool();
    this.#text = jsonEncoder({ format: 'array', schema: options.schema });
    const { from } = options;
    if (!from) return;
    for (const value of from.values) this.#fileOf(value ?? undefined);
    this.#entities = from.entities;
    this.#source = from.source;
    this.#names = from.names;
  }

  get state(): SplitState {
    const values = [...this.#files.keys()].map((value) => value ?? null);
    return { kind: 'split', values, entities: this.#entities, source: this.#source, names: this.#names };
  }

  async take(batch: Batch, run: Run): Promise<readonly never[]> {
    if (this.#ended) return NOTHING;
    this.#source ??= batch.source;
    if (this.#source !== batch.source) this.#source = 'the entities';
    this.#names ??= { memberNames: batch.memberNames, deeper: batch.deeper };
    const preparing = this.#text.prepare?.(batch);
    if (preparing) await preparing;
    const count = entityCount(batch);
    for (const [file, share] of await this.#shares(batch, run)) {
      this.#spool.add(file, await joined(batch, share, run));
      if (this.#spool.isFull) await this.#spool.settle();
    }
    this.#entities += count;
    if (batch.ending) this.#ended = true;
    if (batch.ending?.kind === 'fault') this.#fault = batch.ending.error;
    const { covers, added, filtered, rejects, ending } = batch;
    const stoppedBy = ending?.kind === 'stop' ? ending.by : undefined;
    this.#isLimited ||= stoppedBy !== undefined;
    await run.settle({ covers, added: added?.length, filtered, rejects, written: 0, stoppedBy });
    return NOTHING;
  }

  /** The input is complete. @returns the first piece of the output */
  write(run: Run): Promise<readonly FilePiece[]> {
    if (this.#fault) throw this.#fault;
    if (this.#files.size === 0) this.#fileOf(undefined);
    else if (this.#files.size === 1 && this.#files.has(undefined) && !this.#isLimited) this.#noteNoValue(run);
    return this.pieces.begin(this.#write(run), run);
  }

  async close(): Promise<void> {
    await this.pieces.close();
    await this.#spool.close();
  }

  #noteNoValue(run: Run): void {
    const entities = this.#entities;
    const path = quoted(formatPath(this.#options.path));
    const text = `none of the ${entities} entities has a text, a number or a boolean at ${path} (option splitBy)`;
    run.note({ code: 'FIELDS_NOT_FOUND', text, counts: { entities } });
  }

  #fileOf(value: string | undefined): number {
    const known = this.#files.get(value);
    if (known !== undefined) return known;
    if (this.#files.size >= MAX_FILES) {
      const path = formatPath(this.#options.path);
      throw new SluiceError('INVALID', 'serialize', `splitBy: ${path} has more than ${MAX_FILES} values`, {
        path: 'splitBy',
      });
    }
    this.#files.set(value, this.#files.size);
    return this.#files.size - 1;
  }

  /** The entities of a batch, by the numbers of their files. */
  async #shares(batch: Batch, run: Run): Promise<ReadonlyMap<number, Share>> {
    const shares = new Map<number, Share>();
    for (let position = 0; position < entityCount(batch); position++) {
      if (turnIsOver()) await nextTurn(run);
      const file = this.#fileOf(this.#value.textOf(batch, position));
      let share = shares.get(file);
      if (!share) {
        share = { positions: [], texts: [], bytes: 0 };
        shares.set(file, share);
      }
      share.positions.push(position);
      share.bytes += HEAD_BYTES;
      if (batch.kind === 'bytes') {
        share.bytes += lengthOf(batch, position);
        continue;
      }
      // In an array that has begun, a comma comes before each.
      const text = this.#text.encode(batch, position, position + 1, UNBOUNDED.further).bytes.subarray(1);
      share.texts.push(text);
      share.bytes += text.length;
    }
    return shares;
  }

  async *#write(run: Run): AsyncGenerator<FilePiece, void> {
    for (const [value, number] of this.#files) {
      this.#options.begin(value);
      const stage = this.#options.encode((note) => this.#collect(note));
      let records = 0;
      try {
        for await (const batch of this.#batches(number)) {
          records += batch.count;
          yield* piecesOf(stage, stage.push(batch, run), run);
        }
        yield* piecesOf(stage, stage.flush(run), run);
      } finally {
        await stage.close?.();
      }
      if (number === this.#files.size - 1) this.#note(run);
      yield { kind: 'end', records };
    }
  }

  /** The entities of a file, in batches that cover no records, since those are settled. */
  async *#batches(number: number): AsyncGenerator<ByteBatch, void> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const segment of this.#spool.bytesOf(number)) {
      rest = rest.length === 0 ? segment : Buffer.concat([rest, segment]);
      for (let taken = this.#take(rest); taken.count > 0; taken = this.#take(rest)) {
        yield taken;
        rest = rest.subarray(taken.rows[(taken.count - 1) * ROW_WIDTH + END]);
      }
    }
  }

  /** The complete entities at the beginning of the bytes, as many as fit into a batch. */
  #take(bytes: Buffer): ByteBatch {
    const rows = new Int32Array(BATCH_ENTITIES * ROW_WIDTH).fill(-1);
    let firstIndex = 0;
    let count = 0;
    for (let at = 0; bytes.length - at >= HEAD_BYTES && count < BATCH_ENTITIES; count++) {
      const start = at + HEAD_BYTES;
      const end = start + bytes.readDoubleLE(at);
      if (end > bytes.length) break;
      const index = bytes.readDoubleLE(at + 8);
      if (count === 0) firstIndex = index;
      const row = count * ROW_WIDTH;
      rows[row + START] = start;
      rows[row + END] = end;
      rows[row + ORDINAL] = index - firstIndex;
      at = end;
    }
    return this.#batch(bytes, rows.subarray(0, count * ROW_WIDTH), firstIndex);
  }

  #batch(bytes: Buffer, rows: Int32Array, firstIndex: number): ByteBatch {
    const { memberNames = DEFAULT_MEMBER_NAMES, deeper } = this.#names ?? {};
    const source = this.#source ?? '';
    const maxDepth = DEFAULT_MAX_DEPTH;
    return settledTexts({ source, memberNames, deeper, bytes, rows, singleLine: false, maxDepth }, firstIndex);
  }

  /** Keeps one note of each kind; many files may have it. */
  #collect(note: Note): void {
    const known = this.#notes.get(note.code);
    if (known) known.files++;
    else this.#notes.set(note.code, { note, files: 1 });
  }

  #note(run: Run): void {
    for (const { note, files } of this.#notes.values()) {
      const others = files === 2 ? '; so it is in another file' : `; so it is in ${files - 1} other files`;
      run.note(files === 1 ? note : { ...note, text: note.text + others });
    }
  }
}

/** What a stage makes of a call: its first pieces, and all further ones. */
async function* piecesOf<Out>(stage: Stage<Batch, Out>, first: StageOutput<Out>, run: Run): AsyncGenerator<Out, void> {
  for (let out = await first; out.length > 0; out = (await stage.more?.(run)) ?? NOTHING) yield* out;
}

function lengthOf({ rows }: ByteBatch, position: number): number {
  return rows[position * ROW_WIDTH + END] - rows[position * ROW_WIDTH + START];
}

/** The entities of a share, each with its head; a copy. */
async function joined(batch: Batch, { positions, texts, bytes }: Share, run: Run): Promise<Buffer> {
  const out = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const [index, position] of positions.entries()) {
    if (turnIsOver()) await nextTurn(run);
    const text = batch.kind === 'bytes' ? batch.bytes : texts[index];
    const start = batch.kind === 'bytes' ? batch.rows[position * ROW_WIDTH + START] : 0;
    const length = batch.kind === 'bytes' ? lengthOf(batch, position) : text.length;
    out.writeDoubleLE(length, at);
    out.writeDoubleLE(batch.firstIndex + ordinalAt(batch, position), at + 8);
    at += HEAD_BYTES;
    for (let from = 0; from < length; from += COPIED_BYTES) {
      if (from > 0 && turnIsOver()) await nextTurn(run);
      text.copy(out, at + from, start + from, start + Math.min(length, from + COPIED_BYTES));
    }
    at += length;
  }
  return out;
}
