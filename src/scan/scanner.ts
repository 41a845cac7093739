/** The scanner port: cuts the bytes of one input into entities. */
import type { KnownLine } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { Excerpts } from '../terms/excerpts.js';
import type { Path } from '../terms/path.js';
import type { InputForm, ReadPlan } from '../terms/plan.js';
import type { ScanPosition } from '../terms/position.js';
import type { Reject } from '../terms/receipt.js';
import type { FormRemark } from './form.js';

/** Conditions of later filters, so that a scanner may leave out entities that they would drop. */
export interface Prefilter {
  readonly ids?: readonly string[];
  /** In ASCII lower case; never the word for every type. */
  readonly types?: readonly string[];
  /** A random number of 32 bits, so that hash collisions cannot be provoked. */
  readonly seed?: number;
}

/** Options of scanning one input. */
export interface ScanOptions extends Omit<ReadPlan, 'onError'> {
  /** What a fault ends: the input, or the record. */
  readonly onError: 'stop' | 'skip';
  /** Name of the input, for errors. */
  readonly source: string;
  /** Absent: nothing is left out. The remaining entities must still be filtered. */
  readonly prefilter?: Prefilter;
  /** A record may be `null`, and gets a row: a later step looks for the entity in it. */
  readonly mayBeNull?: boolean;
  /** The entities will be checked, so that the scan may do it; default false. */
  readonly verify?: boolean;
  /** Members of which excerpts are wanted, where the scan can make them; absent: none. */
  readonly excerpt?: readonly string[] | undefined;
  /** Every piece is consumed before the next call, so that memory may be reused. */
  readonly recycle: boolean;
  /** Whether the last piece is still needed when the scanner is closed: its memory is then not reused. */
  readonly isHeld?: () => boolean;
  /** The name of the input says that it is a document: white space alone is not a document. */
  readonly neverBlank?: boolean;
  /** The name of the input says that it is lines: a single object is a record. */
  readonly isNamedLines?: boolean;
  /** The bytes were generated from other data, so that their line numbers mean nothing. */
  readonly unnumbered?: boolean;
  /** The position of an earlier scanner, where the accepted bytes begin. Absent: the beginning. */
  readonly from?: ScanPosition;
}

/** The entities found in one step, in the columns of a batch. */
export interface Piece {
  readonly bytes: Buffer;
  readonly byteOffset: number;
  readonly knownLine: KnownLine | undefined;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  /** Records found: `count`, those left out, and the rejected ones. */
  readonly covers: number;
  /** Records that the prefilter left out. */
  readonly filtered: number;
  /** Of these, records without the deciding member. */
  readonly absent: number;
  /** Of these, records in which that member is neither text nor a number. */
  readonly otherKind: number;
  /** The ordinals of the entities that are not known to be valid by the full grammar; absent: those of all. */
  readonly unchecked: readonly number[] | undefined;
  /** With records of -1 for entities without an excerpt. */
  readonly excerpts?: Excerpts | undefined;
  readonly rejects: readonly Reject[];
  /** Paths to arrays of objects other than the entities, if no path is given. */
  readonly others: readonly (readonly string[])[];
  /** What a user should know of how the input is read; each is reported once. */
  readonly remark?: FormRemark;
  /** The form, and the path to the entities; undefined while they are not known. */
  readonly form?: InputForm;
  readonly path?: Path;
  /** The fault after the last entity; the scanner has then ended. */
  readonly fault?: SluiceError;
  readonly singleLine: boolean;
  /** Where another scanner can continue after this piece; absent if that is not between entities. */
  readonly next?: ScanPosition;
  /** The last entity is a line without a newline after it: it may be cut. */
  readonly unended: boolean;
  /** Accepted bytes are left to scan: the step has found or worked enough, so that others have their turn. */
  readonly isPaused: boolean;
}

/** Finds entities in bytes that arrive in chunks. The result depends on the bytes only, never on the chunks. */
export interface Scanner {
  /**
   * Where to write the next bytes of the input, at most `size` of them. The room stays valid until they are accepted, so
   * that a read may continue while earlier bytes are scanned.
   */
  reserve(size: number): Buffer;
  /** Accepts the first `length` bytes written to the room of `reserve`. */
  accept(length: number): void;
  /**
   * Scans the accepted bytes, or some of them: then the piece is paused, and the next call needs no more bytes.
   * @param last no more bytes follow
   */
  scan(last: boolean): Piece;
  /** Forgets the accepted bytes, and goes on at this position: the next bytes accepted are those after it. */
  moveTo(position: ScanPosition): void;
  /** Frees its memory; with `recycle` its pieces are no longer valid. */
  close(): void;
}
