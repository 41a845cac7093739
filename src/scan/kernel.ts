/** The kernel at run time: its memory, what of it may be called, and who has it. */
import { Buffer } from 'node:buffer';
import { MEMBER_COLUMN, type MemberName, type MemberNames, ROW_WIDTH } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { instantiate, type KernelFunctions, type KernelInstance, type KernelMemory, PAGE } from './kernel-module.js';

/** Places in the memory, as `src/scan/kernel/layout.ts` has them. */
const REPORT_ROWS = 1024 / 4;
const REPORT_COVERS = 1028 / 4;
const REPORT_DUE = 1032 / 4;
const REPORT_DEPTH = 1036 / 4;
const REPORT_IN_STRING = 1040 / 4;
const REPORT_ABSENT = 1044 / 4;
const REPORT_OTHER_KIND = 1048 / 4;
const REPORT_LINES = 1052 / 4;
/** Room for the names of members, behind the brackets of the check. */
const NAMES = 20 * 1024;
const ROWS = 64 * 1024;
/** Rows that one call may fill. */
const MOST_ROWS = 4096;
/** Behind the rows: the table of a selection, then the input. */
const TABLE = ROWS + MOST_ROWS * ROW_WIDTH * 4;

/** Bytes behind the input that a vector may touch. */
const SLACK = 256;
/** Addresses are 32-bit numbers, and rows hold them with a sign. */
const MOST_MEMORY = 2 ** 31 - PAGE;

/** Bytes of a name that the kernel tells from others within a block of 64. */
const LONGEST_NAME = 62;

/** Places of the smallest table of wanted texts: among so many few of the texts that are not wanted meet one that is. */
const FEWEST_PLACES = 64;

/** Texts that are brought to the memory at once: a call for each would cost more than the rest. */
const TEXTS_AT_ONCE = 4096;

/** Kernels that nobody uses are kept, a few and small ones: making one costs more than a small export. */
const idle: Kernel[] = [];
const MOST_IDLE = 4;
const MOST_IDLE_MEMORY = 16 * 1024 * 1024;

/** Which kernel's memory a buffer lies in. */
const OWNERS = new WeakMap<ArrayBufferLike, Kernel>();

/** What a kernel is told before it scans. */
export interface KernelOptions {
  readonly memberNames: MemberNames;
  readonly locate: readonly MemberName[];
  readonly maxDepth: number;
}

/** Texts, one of which the id or the type of an entity must be to be wanted. */
export interface Wanted {
  readonly member: 'id' | 'type';
  readonly texts: readonly string[];
  /** Of their hashes: a number of 32 bits. */
  readonly seed: number;
}

/** What a scan answers beside the place where it stopped. */
export interface Scanned {
  readonly pos: number;
  /** Whether it stopped for want of room for rows. */
  readonly full: boolean;
}

/** Answers a kernel; undefined where this machine cannot run one, or has no memory for one more. */
export function borrowKernel(): Kernel | undefined {
  const known = idle.pop();
  if (known) return known;
  const instance = instantiate(Math.ceil((TABLE + SLACK) / PAGE));
  return instance && new Kernel(instance);
}

/** The kernel in whose memory the bytes lie. */
export function kernelOf(bytes: Uint8Array): Kernel | undefined {
  return OWNERS.get(bytes.buffer);
}

/** Whether a key that bears the name without an escape has just its bytes. */
export function isPlain(name: string): boolean {
  return name.isWellFormed() && !name.includes('\\');
}

/** One instance of the kernel with its memory. */
export class Kernel {
  /** The whole memory: addresses are offsets in it. Made anew when the memory grows. */
  bytes: Buffer = Buffer.alloc(0);
  /** Where the input may begin. */
  inputStart = TABLE;

  readonly #memory: KernelMemory;
  readonly #functions: KernelFunctions;
  #words = new Int32Array(0);

  constructor({ memory, functions }: KernelInstance) {
    this.#memory = memory;
    this.#functions = functions;
    this.#view();
  }

  /** Where the input must end. */
  get inputEnd(): number {
    return this.bytes.length - SLACK;
  }

  /** Gives the kernel back: whatever points into its memory is void. */
  giveBack(): void {
    if (idle.length < MOST_IDLE && this.bytes.length <= MOST_IDLE_MEMORY) idle.push(this);
  }

  /** Makes room for so many bytes of input. Whoever holds a view of the memory must make it anew. */
  growInput(size: number): void {
    const missing = this.inputStart + size + SLACK - this.bytes.length;
    if (missing <= 0) return;
    if (this.bytes.length + missing > MOST_MEMORY) throw outOfMemory(size);
    try {
      this.#memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw outOfMemory(size, cause);
    }
    this.#view();
  }

  #view(): void {
    this.bytes = Buffer.from(this.#memory.buffer);
    this.#words = new Int32Array(this.#memory.buffer);
    OWNERS.set(this.#memory.buffer, this);
  }

  /**
   * Begins a new input, of which every entity is wanted.
   * @returns false where the options are beyond what the kernel can do
   */
  begin({ memberNames, locate, maxDepth }: KernelOptions): boolean {
    const names = [...new Set(Object.values(memberNames))];
    if (names.length < 3 || !names.every((name) => isPlain(name) && Buffer.byteLength(name) <= LONGEST_NAME))
      return false;
    const depth = signed(maxDepth);
    const kernel = this.#functions;
    kernel.beginMembers(depth);
    kernel.beginCheck(depth);
    let at = NAMES;
    for (const member of ['id', 'type', 'name'] as const) {
      const length = this.bytes.write(memberNames[member], at);
      if (locate.includes(member)) kernel.wantMember(at, length, MEMBER_COLUMN[member] * 4);
      if (member !== 'name') kernel.addUnique(at, length);
      at += length;
    }
    this.inputStart = TABLE;
    kernel.clearSelection();
    return true;
  }

  /** Says, after `begin`, which entities of the input are wanted; some thousand texts a step, since there may be many. */
  *select({ member, texts, seed }: Wanted): Generator<void, void> {
    const places = Math.max(FEWEST_PLACES, 2 ** Math.ceil(Math.log2(2 * texts.length + 2)));
    // The table is followed by the lengths of the texts that are brought at once, and these by the texts.
    const lengths = TABLE + places * 4;
    const start = lengths + TEXTS_AT_ONCE * 4;
    this.inputStart = lengths;
    this.growInput(start - lengths);
    const kernel = this.#functions;
    kernel.select(TABLE, places, MEMBER_COLUMN[member] * 4, member === 'type' ? 1 : 0, seed);
    for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
      const some = texts.slice(from, from + TEXTS_AT_ONCE);
      this.growInput(start - lengths + some.reduce((sum, { length }) => sum + 3 * length, 0));
      this.#words.set(this.#writeTexts(some, start), lengths / 4);
      kernel.wantAll(start, lengths, some.length);
      yield;
    }
  }

  /** Writes texts one behind the other; answers the bytes that each of them takes. */
  #writeTexts(texts: readonly string[], at: number): number[] {
    const joined = texts.join('');
    // As many bytes as characters: each character is ASCII, and a text as long in bytes as it is in characters.
    if (this.bytes.write(joined, at) === joined.length) return texts.map(({ length }) => length);
    // One by one: at a seam two halves of a surrogate pair would become a character that no text has.
    let to = at;
    return texts.map((text) => {
      const length = this.bytes.write(text, to);
      to += length;
      return length;
    });
  }

  /** Scans whole lines; the rows are in `rows`, the records counted in `covers`. */
  scanLines(pos: number, end: number, ordinal: number, checked: boolean, maxDepth: number, maxBytes: number): Scanned {
    try {
      this.#functions.beginRows(ROWS, MOST_ROWS, ordinal);
      return this.#scanned(this.#functions.scanLines(pos, end, checked ? 1 : 0, signed(maxDepth), maxBytes));
    } catch (cause) {
      throw trapped(cause);
    }
  }

  /** Scans the elements of an array; `due` tells what is due behind the last one. */
  scanElements(
    pos: number,
    end: number,
    ordinal: number,
    due: 'element' | 'comma',
    checked: boolean,
    maxDepth: number,
    maxBytes: number,
  ): Scanned {
    const isDue = due === 'comma' ? 1 : 0;
    try {
      this.#functions.beginRows(ROWS, MOST_ROWS, ordinal);
      const { scanElements } = this.#functions;
      return this.#scanned(scanElements(pos, end, isDue, checked ? 1 : 0, signed(maxDepth), maxBytes));
    } catch (cause) {
      throw trapped(cause);
    }
  }

  /** The rows of the last scan. */
  get rows(): Int32Array {
    return this.#words.subarray(ROWS / 4, ROWS / 4 + this.#words[REPORT_ROWS] * ROW_WIDTH);
  }

  /** The ordinal behind the last record of the last scan. */
  get covers(): number {
    return this.#words[REPORT_COVERS];
  }

  /** Records of the last scan that were left out because they do not bear the deciding member. */
  get absent(): number {
    return this.#words[REPORT_ABSENT];
  }

  /** Records of the last scan that were left out because it is neither text nor a number in them. */
  get otherKind(): number {
    return this.#words[REPORT_OTHER_KIND];
  }

  /** Lines that the last scan of lines has passed, blank ones too. */
  get lines(): number {
    return this.#words[REPORT_LINES];
  }

  /** How many newlines stand in a part of the memory. */
  countNewlines(start: number, end: number): number {
    try {
      return this.#functions.countNewlines(start, end);
    } catch (cause) {
      throw trapped(cause);
    }
  }

  get due(): 'element' | 'comma' {
    return this.#words[REPORT_DUE] === 1 ? 'comma' : 'element';
  }

  /**
   * Goes on with a value of which `depth` brackets are open, or that begins with a bracket.
   * @returns where to go on, or 0 where only the scalar reader can tell; `depth` and `inString` are those of the end
   */
  skipValue(pos: number, end: number, depth: number, inString: boolean, maxDepth: number): number {
    this.#words[REPORT_DEPTH] = 0;
    this.#words[REPORT_IN_STRING] = 0;
    try {
      return this.#functions.skipValue(pos, end, depth, inString ? 1 : 0, signed(maxDepth));
    } catch (cause) {
      throw trapped(cause);
    }
  }

  get depth(): number {
    return this.#words[REPORT_DEPTH];
  }

  get inString(): boolean {
    return this.#words[REPORT_IN_STRING] === 1;
  }

  /** Whether the text is known to be an entity by the full grammar; false leaves it to the scalar checker. */
  isEntity(start: number, end: number): boolean {
    try {
      return this.#functions.checkEntity(start, end) === 1;
    } catch (cause) {
      throw trapped(cause);
    }
  }

  /** Calls what has no method of its own. */
  attempt<T>(act: (functions: KernelFunctions) => T): T {
    try {
      return act(this.#functions);
    } catch (cause) {
      throw trapped(cause);
    }
  }

  #scanned(pos: number): Scanned {
    return { pos, full: this.#words[REPORT_ROWS] === MOST_ROWS };
  }
}

/** A trap is a fault of ours, and must be told as one. */
function trapped(cause: unknown): SluiceError {
  return new SluiceError('INTERNAL', 'scan', `the kernel trapped: ${messageOf(cause)}`, { cause });
}

/** The largest number that the kernel reads with a sign stands for all larger ones: no memory holds as many brackets. */
function signed(count: number): number {
  return Math.min(count, 2 ** 31 - 1);
}

function outOfMemory(size: number, cause?: unknown): SluiceError {
  const message = `no memory for ${size} bytes of input (option maxEntityBytes sets a limit)`;
  return new SluiceError('ENTITY_TOO_LARGE', 'scan', message, { cause });
}
