/** Where entities come from: the port that files, streams and object sources implement. */
import type { ExportPlan, InputForm } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';

/** JSON text, plain or gzip, read by pulling. */
export interface ByteInput {
  readonly kind: 'bytes';
  /** Name for errors: a path, or words. */
  readonly name: string;
  /** The first bytes of the text, where they were looked at. */
  readonly front?: Buffer;
  /** Of the file, where it is one; a name may be words. */
  readonly path?: string;
  /**
   * The next bytes may be read while the last ones are scanned. Only for inputs whose reads settle by themselves, and
   * soon: when reading stops early, one may be under way, and is waited for.
   */
  readonly readsAhead?: boolean;
  /** Bytes of the whole input, where they are known and few: nobody makes room for more. */
  readonly size?: number;
  /** Present where reading can be taken up again, by a later process too, where this one has come to. */
  readonly resumable?: ResumableInput;
  /** Known from the start, of plain text only: nothing is looked for in the first bytes. */
  readonly form?: InputForm;
  /** Writes the next bytes into the buffer and answers how many; 0 at the end. */
  read(into: Buffer): Promise<number>;
  /** What a user should know of how it was read; asked before it is closed. */
  notes?(): readonly Note[];
  /** Releases what the input holds; also called when reading stops early or failed. */
  close(): Promise<void>;
}

/** What can be taken up again behind an input. */
export interface ResumableInput {
  /** What must be the same then, as plain JSON, beside the name. */
  readonly identity: unknown;
  /**
   * Answers what makes a mark of the place behind this byte: what the input itself must know to go on there, as plain
   * JSON. Undefined where it cannot go on there. Asked of the end of a record, soon after it was read; the mark is made
   * before the input is closed, and only where somebody keeps it. Absent: the byte is enough.
   */
  markAt?(byteOffset: number): (() => unknown) | undefined;
  /**
   * The first read begins behind this byte, in what an earlier reader has read, whose entities came in this form.
   * @returns what a user should know of it
   * @throws SluiceError (rejects) `SOURCE_CHANGED` where that is not the place any more
   */
  seek(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]>;
}

/** Entities that are JavaScript objects already. */
export interface ObjectInput {
  readonly kind: 'objects';
  readonly name: string;
  readonly objects: AsyncIterable<unknown> | Iterable<unknown>;
}

/** One input of a source. */
export type Input = ByteInput | ObjectInput;

/** A file, and what tells it from others whatever its name is; undefined where nothing does. */
export interface NamedFile {
  readonly name: string;
  readonly identity?: string;
}

/** Names inputs, and opens them one after the other; each is closed before the next is opened. */
export interface Source {
  /** @param signal fires when nobody waits for the inputs any more: whatever is pending must settle */
  inputs(signal: AbortSignal): AsyncIterable<Input>;
  /**
   * False where the inputs come once, as those of a stream or a generator do. Absent or true: each time that they are
   * asked for, as jobs do at each attempt.
   */
  readonly reopenable?: boolean;
  /** The files that will be read, as far as the inputs are files, so that none of them is written. */
  files?(): AsyncIterable<NamedFile>;
  /** Bytes of all inputs together, as they lie there; undefined where nobody knows. */
  totalBytes?(): Promise<number | undefined>;
  /**
   * The same source for one export: what its selection will not let pass may be left out, and then was not read. No
   * more than that: every entity that would pass must come.
   */
  narrow?(plan: Pick<ExportPlan, 'read' | 'select'>): Source;
  /** What is read, as plain JSON, for a job that goes on: with another answer it would read something else. */
  describe?(): unknown;
  /** What reading does, in words, a line each: a query, and what of the selection it bears. */
  explain?(): Promise<readonly string[]>;
}
