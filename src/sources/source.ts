/** The interface of sources: files, streams and objects implement it. */
import type { SluiceError } from '../terms/errors.js';
import type { ExportPlan, InputForm } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';

/** JSON text, plain or compressed, that is read on demand. */
export interface ByteInput {
  /** Tells the kinds of inputs apart. */
  readonly kind: 'bytes';
  /** Name for errors: a path, or a description. */
  readonly name: string;
  /** The first bytes of the text, if they were peeked at. */
  readonly front?: Buffer;
  /** What identifies the file, if the input is one. */
  readonly identity?: string;
  /** The path, if the input is a file; a name may be a description. */
  readonly path?: string;
  /**
   * Whether the next bytes may be read while the last ones are scanned. Only for inputs whose reads always settle
   * soon: when reading stops early, a pending read is awaited.
   */
  readonly readsAhead?: boolean;
  /** Bytes that it takes in the source, if these are not the bytes that are read, as of a file inside an archive. */
  readonly sourceBytes?: number;
  /** Bytes of the complete input, if they are known and few: no more room than that is reserved. */
  readonly size?: number;
  /** Present if reading can resume, also in a later process, where this one has stopped. */
  readonly resumable?: ResumableInput;
  /** Present if other threads may read it too. */
  readonly open?: OpenFile;
  /** The form, if it is known from the start; only for plain text, whose first bytes are then not examined. */
  readonly form?: InputForm;
  /** Reads the next bytes into the buffer and returns their number; 0 at the end. */
  read(into: Buffer): Promise<number>;
  /** Notes on how it was read; called before it is closed. */
  notes?(): readonly Note[];
  /**
   * Reads on after faulty text, and returns whether the bytes that it was made of are damaged, which then is the fault.
   * Absent: they are the text.
   */
  damage?(): Promise<SluiceError | undefined>;
  /** Called with the number of its records once it was read from its beginning to its end. */
  onRecords?(records: number): void;
  /** Releases its resources; also called when reading stops early or failed. */
  close(): Promise<void>;
}

/** A plain file with its text as it is, which every thread of the process may read. */
export interface OpenFile {
  /** Its number in the process, while the input is not closed. */
  readonly descriptor: number;
  /** Bytes when it was opened. */
  readonly size: number;
  /** Makes the next read begin after this byte. */
  moveTo(byteOffset: number): void;
}

/** How to resume an input. */
export interface ResumableInput {
  /** What must be equal then, as plain JSON, beside the name. */
  readonly identity: unknown;
  /**
   * Where in the stored input reading resumes after this byte of its text, in bytes from the beginning; undefined if it
   * cannot resume there. Absent: the offset itself.
   */
  storedBefore?(byteOffset: number): number | undefined;
  /**
   * Returns a function that makes a mark of the position after this byte: what the input needs to resume there, as plain
   * JSON. Undefined if it cannot resume there. Called for the end of a record, soon after it was read; the mark is made
   * before the input is closed, and only if it is stored. Absent: the offset is enough.
   */
  markAt?(byteOffset: number): (() => unknown) | undefined;
  /**
   * Makes the first read begin after this byte, at the position of an earlier reader, whose entities had this form.
   * @returns notes for the user
   * @throws SluiceError (rejects) `SOURCE_CHANGED` if the position no longer exists
   */
  seek(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]>;
}

/** Entities that are already JavaScript objects. */
export interface ObjectInput {
  /** Tells the kinds of inputs apart. */
  readonly kind: 'objects';
  /** Name for errors, such as "the objects". */
  readonly name: string;
  /** The entities, in order; anything but a plain object is a fault. */
  readonly objects: AsyncIterable<unknown> | Iterable<unknown>;
}

/** One input of a source. */
export type Input = ByteInput | ObjectInput;

/** A file, and what identifies it whatever its name is; undefined if nothing does. */
export interface NamedFile {
  readonly name: string;
  readonly identity?: string;
}

/** What a run gives to a source beside its signal. */
export interface SourceContext {
  /** Adds a note to the receipt. */
  note(note: Note): void;
  /**
   * Takes the reason why an input cannot be opened; the source then goes on with the next one. Absent: the source fails
   * with that reason.
   */
  readonly setAside?: (name: string, error: SluiceError) => void;
}

/** Opens inputs one after the other; each is closed before the next one is opened. */
export interface Source {
  /**
   * @param signal fires when the inputs are no longer needed: pending work must settle
   * @param context absent: notes are dropped
   */
  inputs(signal: AbortSignal, context?: SourceContext): AsyncIterable<Input>;
  /**
   * False if the inputs can be read once, as those of a stream or a generator. Absent or true: they can be opened again, as
   * jobs do at each attempt.
   */
  readonly reopenable?: boolean;
  /**
   * The files that will be read, if the inputs are files, so that the export does not write to them.
   * @param setAside takes the reason why a file cannot be examined; the others follow. Absent: the source fails with it
   */
  files?(setAside?: SourceContext['setAside']): AsyncIterable<NamedFile>;
  /** Bytes of all inputs together, as they are stored; undefined if unknown. */
  totalBytes?(): Promise<number | undefined>;
  /**
   * The same source for one export: entities that its selection drops may be left out, and then count as not read. Every
   * entity that passes the selection must come.
   */
  narrow?(plan: Pick<ExportPlan, 'read' | 'select'>): Source;
  /** What is read, as plain JSON, for jobs that resume: a different description is a different source. */
  describe?(): unknown;
  /** What reading does, a line each: a query, and the parts of the selection that it includes. */
  explain?(): Promise<readonly string[]>;
}
