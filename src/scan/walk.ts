/** State that the walks over lines and documents share: the bytes, the table they fill, and the options. */
import type { KnownLine } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { Path } from '../terms/path.js';
import type { InputForm } from '../terms/plan.js';
import type { ScanPosition } from '../terms/position.js';
import type { Reject } from '../terms/receipt.js';
import { ExcerptBuilder } from './excerpts.js';
import type { FormRemark } from './form.js';
import type { Kernel } from './kernel.js';
import { countNewlines, lineAt, textError } from './lines.js';
import { MemberLocator, wantedMembers } from './members.js';
import { RowBuilder } from './rows.js';
import type { ScanOptions } from './scanner.js';
import type { TextFault } from './text-faults.js';
import type { Window } from './window.js';

/** Entities of a piece, after which its step ends: stages hold the event loop for as long as all of them take. */
const ENOUGH_ROWS = 4096;

/**
 * Work of a step in plain TypeScript, some milliseconds, in bytes that are read; a token and a rejected record take as long
 * as so many bytes. Steps end by what is in the input and not by the clock, so that slices of jobs are always the same.
 */
const ENOUGH_WORK = 512 * 1024;
const TOKEN_WORK = 256;
const REJECT_WORK = 1024;

/** The state of the scan of one input. */
export class ScanState {
  readonly options: ScanOptions;
  readonly window: Window;
  /** Scans as much as it can of the window, if there is a kernel. */
  readonly kernel: Kernel | undefined;
  readonly rows: RowBuilder;
  readonly members: MemberLocator;
  rejects: Reject[] = [];
  /** Paths to arrays of objects beside the entities, found in this piece. */
  others: (readonly string[])[] = [];
  /** What a user should know of how the input is read, found in this piece. */
  remark: FormRemark | undefined;
  /** Records of earlier pieces. */
  firstIndex = 0;
  /** Records of this piece. */
  covers = 0;
  /** Of these, records that the kernel left out because they do not have the deciding member, */
  absent = 0;
  /** or because it is neither text nor a number in them. */
  otherKind = 0;
  /** Rows of this piece that are not checked by the full grammar, among the first `judged`. */
  #unchecked: number[] = [];
  #judged = 0;
  /** The excerpts of this piece, if there are any. */
  readonly excerpts: ExcerptBuilder | undefined;
  /** Offset in the window of the first byte that is not UTF-8; -1 while there is none. */
  bad = -1;
  /** Offset in the window up to which bytes may be looked at. */
  readable = 0;
  /** The line of the byte at `countedTo`; undefined if lines mean nothing. */
  line: number | undefined = 1;
  /** Offset in the window up to which lines are counted: the start of the window, or further in this step. */
  countedTo = 0;
  /** Whether the last entity ends with the input, without a newline after it. */
  unended = false;
  /** Whether no bytes follow the window. */
  last = false;
  /** Whether this step left readable bytes for the next one. */
  isPaused = false;
  #work = 0;

  constructor(options: ScanOptions, window: Window, kernel: Kernel | undefined) {
    this.options = options;
    this.window = window;
    this.kernel = kernel;
    this.rows = new RowBuilder(options.recycle);
    this.readable = window.start;
    this.countedTo = window.start;
    this.firstIndex = options.from?.recordIndex ?? 0;
    if (options.from) this.line = options.from.line;
    if (options.unnumbered) this.line = undefined;
    if (kernel?.hasExcerpts && options.excerpt) {
      this.excerpts = new ExcerptBuilder(options.excerpt, options.recycle);
    }
    const { locate, memberNames, maxDepth, trust } = options;
    this.members = new MemberLocator(wantedMembers(locate, memberNames), maxDepth, { checked: !trust });
  }

  /** Takes over the results of the kernel. */
  takeScanned(kernel: Kernel): void {
    const before = this.rows.count;
    this.rows.append(kernel.rows);
    this.covers = kernel.covers;
    this.absent += kernel.absent;
    this.otherKind += kernel.otherKind;
    const made = kernel.excerpts();
    if (made) this.excerpts?.append(made, before);
    const isChecked = kernel.verified === this.rows.count - before;
    this.#judge(isChecked ? before : this.rows.count);
    this.#judged = this.rows.count;
  }

  /** The rows of this piece that are not checked, by their numbers in it; another piece begins. */
  takeUnchecked(): readonly number[] {
    this.#judge(this.rows.count);
    const unchecked = this.#unchecked;
    this.#unchecked = [];
    this.#judged = 0;
    return unchecked;
  }

  /** Notes further rows as unchecked, up to this number. */
  #judge(count: number): void {
    for (let row = this.#judged; row < count; row++) this.#unchecked.push(row);
  }

  /** Notes how many newlines the start of the window has passed. */
  passLines(count: number): void {
    if (this.line !== undefined) this.line += count;
    this.countedTo = this.window.start;
  }

  /** Begins a step. */
  begin(last: boolean): void {
    this.last = last;
    this.isPaused = false;
    this.#work = 0;
  }

  /** Notes that so many bytes were read in plain TypeScript. */
  countWork(bytes: number): void {
    this.#work += bytes;
  }

  /** Whether the step pauses, because it has found enough entities or has worked enough, before another token. */
  pausesBefore(): boolean {
    this.#work += TOKEN_WORK;
    return this.pauses();
  }

  /** Ends the step before anything is read. */
  pause(): void {
    this.isPaused = true;
  }

  /** Whether the step pauses. */
  pauses(): boolean {
    this.isPaused = this.rows.count + this.rejects.length >= ENOUGH_ROWS || this.#work >= ENOUGH_WORK;
    return this.isPaused;
  }

  /** Rejects a record. */
  reject(record: Reject): void {
    this.#work += REJECT_WORK;
    this.rejects.push(record);
    this.covers++;
  }

  /** Counts the newlines that the start of the window has passed uncounted. */
  countLines(): void {
    const { kernel, window, countedTo } = this;
    if (this.line === undefined || countedTo === window.start) return;
    this.passLines(
      kernel ? kernel.countNewlines(countedTo, window.start) : countNewlines(window.bytes, countedTo, window.start),
    );
  }

  /** Where counting continues. */
  get knownLine(): KnownLine | undefined {
    return this.line === undefined ? undefined : { at: this.countedTo, line: this.line };
  }

  /** The error of the record that is being read. */
  error(fault: TextFault): SluiceError {
    const { window, knownLine } = this;
    return textError(fault, 'scan', {
      source: this.options.source,
      recordIndex: this.firstIndex + this.covers,
      byteOffset: window.offset + fault.at,
      line: lineAt(window.bytes, knownLine, fault.at),
    });
  }
}

/** The position of the walk, from which another one can resume at the start of the window. */
export type WalkPosition = Omit<ScanPosition, 'byteOffset' | 'recordIndex'>;

/** Walks over the bytes of one form of input; keeps its position between chunks. */
export interface Walk {
  readonly form: InputForm;
  /** The path to the entities. */
  readonly path: Path;
  readonly singleLine: boolean;
  /** The form and the position in it; undefined where no other walk could resume. */
  position(): WalkPosition | undefined;
  /**
   * Reads the readable bytes, or pauses after some of them; returns the fault that ends the input, if any. Moves
   * `window.start` past what is done.
   */
  step(state: ScanState): TextFault | undefined;
}
