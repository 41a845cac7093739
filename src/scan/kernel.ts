/** The kernel at run time: its memory, its functions, and a pool of idle kernels. */
import { Buffer } from 'node:buffer';
import { MEMBER_COLUMN, type MemberName, type MemberNames } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { MOST_EXCERPTED } from '../terms/excerpts.js';
import type { MadeExcerpts } from './excerpts.js';
import {
  COMMA_DUE,
  ELEMENT_DUE,
  LONGEST_NAME,
  NAMES,
  REPORT_DEPTH,
  REPORT_IN_STRING,
  ROW_BYTES,
  ROWS,
  SLACK,
} from './kernel-code.js';
import { KernelExcerpts } from './kernel-excerpts.js';
import { instantiate, type KernelFunctions, type KernelInstance, type KernelMemory, PAGE } from './kernel-module.js';
import { KernelReports } from './kernel-reports.js';

/** Rows that one call may fill. */
const MOST_ROWS = 4096;
/** Address after the rows: the records and texts of excerpts, if there are any, the table of a selection, and the input follow. */
const AFTER_ROWS = ROWS + MOST_ROWS * ROW_BYTES;

/** Addresses are 32-bit numbers, and rows hold them with a sign. */
const MOST_MEMORY = 2 ** 31 - PAGE;

/** Places of the smallest table of wanted texts: enough that few unwanted texts collide with a wanted one. */
const FEWEST_PLACES = 64;

/** Texts that are written to the memory at once: a call for each would cost more than the rest. */
const TEXTS_AT_ONCE = 4096;

/** Idle kernels are reused, up to a few small ones: creating one costs more than a small export. */
const idle: Kernel[] = [];
const MOST_IDLE = 4;
const MOST_IDLE_MEMORY = 16 * 1024 * 1024;

/** The kernel that owns a buffer. */
const OWNERS = new WeakMap<ArrayBufferLike, Kernel>();

/** Options of a scan. */
export interface KernelOptions {
  readonly memberNames: MemberNames;
  readonly locate: readonly MemberName[];
  readonly maxDepth: number;
  /** Wanted entities are checked by the full grammar; default false. */
  readonly verify?: boolean;
  /** Members of which excerpts are made, if there are few enough; absent: none. */
  readonly excerpt?: readonly string[] | undefined;
}

/** An entity is wanted if its id or its type is one of these texts. */
export interface Wanted {
  readonly member: 'id' | 'type';
  readonly texts: readonly string[];
  /** Seed of their hashes: a number of 32 bits. */
  readonly seed: number;
}

/** How records are scanned. */
export interface ScanLimits {
  /** Whether only the boundaries of records are looked for. */
  readonly trust: boolean;
  readonly maxDepth: number;
  readonly maxEntityBytes: number;
}

/** Where among the values of an array, or of a sequence (`loose`), which needs no commas, a scan begins. */
export interface ElementsPlace {
  readonly due: 'element' | 'comma';
  readonly loose?: boolean;
}

/** Where and why a scan stopped. */
export interface Scanned {
  readonly pos: number;
  /** Whether it stopped because the rows or the excerpts are full. */
  readonly full: boolean;
}

/** Returns a kernel; undefined if this machine cannot run one, or has no memory for another one. */
export function borrowKernel(): Kernel | undefined {
  const known = idle.pop();
  if (known) return known;
  const instance = instantiate(Math.ceil((AFTER_ROWS + SLACK) / PAGE));
  return instance && new Kernel(instance);
}

/** The kernel in whose memory the bytes are. */
export function kernelOf(bytes: Uint8Array): Kernel | undefined {
  return OWNERS.get(bytes.buffer);
}

/** Whether the bytes of a key without escapes are equal to those of the name. */
export function isPlain(name: string): boolean {
  return name.isWellFormed() && !name.includes('\\');
}

/** Whether the kernel can compare the name within a block. */
function isShortName(name: string): boolean {
  return isPlain(name) && Buffer.byteLength(name) <= LONGEST_NAME;
}

/** One instance of the kernel with its memory. */
export class Kernel extends KernelReports {
  /** The complete memory: addresses are offsets in it. Recreated when the memory grows. */
  bytes: Buffer = Buffer.alloc(0);
  /** Where the input may begin. */
  inputStart = AFTER_ROWS;

  readonly #memory: KernelMemory;
  readonly #functions: KernelFunctions;
  /** Address of the table of a selection. */
  #table = AFTER_ROWS;
  /** Absent: no excerpts are made. */
  #excerpting: KernelExcerpts | undefined;

  constructor({ memory, functions }: KernelInstance) {
    super();
    this.#memory = memory;
    this.#functions = functions;
    this.#view();
  }

  /** Where the input must end. */
  get inputEnd(): number {
    return this.bytes.length - SLACK;
  }

  /** Returns the kernel for reuse: views of its memory are no longer valid. */
  release(): void {
    if (idle.length < MOST_IDLE && this.bytes.length <= MOST_IDLE_MEMORY) idle.push(this);
  }

  /** Makes room for so many bytes of input. Growth invalidates all views of the memory. */
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
    this.words = new Int32Array(this.#memory.buffer);
    OWNERS.set(this.#memory.buffer, this);
  }

  /**
   * Begins a new input; every entity is wanted until `select` is called.
   * @returns false if the kernel does not support the options
   */
  begin({ memberNames, locate, maxDepth, verify = false, excerpt = [] }: KernelOptions): boolean {
    const names = [...new Set(Object.values(memberNames))];
    if (names.length < 3 || !names.every(isShortName)) return false;
    const depth = signed(maxDepth);
    const kernel = this.#functions;
    kernel.beginMembers(depth);
    kernel.beginCheck(depth);
    let at = NAMES;
    for (const member of ['id', 'type', 'name'] as const) {
      const length = this.bytes.write(memberNames[member], at);
      if (locate.includes(member)) kernel.wantMember(at, length, MEMBER_COLUMN[member] * 4);
      if (member !== 'name' || locate.includes('name')) kernel.addUnique(at, length);
      at += length;
    }
    kernel.beginVerify(verify ? 1 : 0);
    this.#excerpting = this.#beginExcerpts(excerpt, at);
    this.#table = this.inputStart;
    kernel.clearSelection();
    return true;
  }

  /** Whether excerpts are made. */
  get hasExcerpts(): boolean {
    return this.#excerpting !== undefined;
  }

  /** The excerpts of the rows of the last scan, or the first of them: that of the entity that was checked last. */
  excerpts(count = this.rowCount): MadeExcerpts | undefined {
    return this.#excerpting?.made(this.bytes, this.words, count);
  }

  /** Makes room for excerpts; writes the names of their members to `at`. */
  #beginExcerpts(names: readonly string[], at: number): KernelExcerpts | undefined {
    const isPossible = names.length > 0 && names.length <= MOST_EXCERPTED && names.every(isShortName);
    const excerpting = isPossible ? new KernelExcerpts(names, AFTER_ROWS, MOST_ROWS) : undefined;
    this.inputStart = AFTER_ROWS;
    if (excerpting) this.growInput(excerpting.end - AFTER_ROWS);
    this.inputStart = excerpting?.end ?? AFTER_ROWS;
    if (excerpting) excerpting.begin(this.#functions, this.bytes, at);
    else this.#functions.beginExcerpts(0, 0, 0, 0);
    return excerpting;
  }

  /** Sets the wanted entities, after `begin`; a step takes some thousand texts, since there may be many. */
  *select({ member, texts, seed }: Wanted): Generator<void, void> {
    const places = Math.max(FEWEST_PLACES, 2 ** Math.ceil(Math.log2(2 * texts.length + 2)));
    // The table is followed by the lengths of one batch of texts, and these by the texts.
    const table = this.#table;
    const lengths = table + places * 4;
    const start = lengths + TEXTS_AT_ONCE * 4;
    this.inputStart = lengths;
    this.growInput(start - lengths);
    const kernel = this.#functions;
    kernel.select(table, places, MEMBER_COLUMN[member] * 4, member === 'type' ? 1 : 0, seed);
    for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
      const some = texts.slice(from, from + TEXTS_AT_ONCE);
      this.growInput(start - lengths + some.reduce((sum, { length }) => sum + 3 * length, 0));
      this.words.set(this.#writeTexts(some, start), lengths / 4);
      kernel.wantAll(start, lengths, some.length);
      yield;
    }
  }

  /** Writes texts one after the other; returns the length of each in bytes. */
  #writeTexts(texts: readonly string[], at: number): number[] {
    const joined = texts.join('');
    // As many bytes as characters: all of them are ASCII, and each text has as many bytes as characters.
    if (this.bytes.write(joined, at) === joined.length) return texts.map(({ length }) => length);
    // One by one: in a joined text two halves of a surrogate pair could become a character that no text has.
    let to = at;
    return texts.map((text) => {
      const length = this.bytes.write(text, to);
      to += length;
      return length;
    });
  }

  /** Scans complete lines; the rows are in `rows`, the number of records is in `covers`. */
  scanLines(pos: number, end: number, ordinal: number, { trust, maxDepth, maxEntityBytes }: ScanLimits): Scanned {
    return this.attempt((functions) => {
      functions.beginRows(ROWS, MOST_ROWS, ordinal);
      return this.#scanned(functions.scanLines(pos, end, trust ? 0 : 1, signed(maxDepth), maxEntityBytes));
    });
  }

  /** Scans the values of an array or of a sequence; then `due` is what comes next. */
  scanElements(
    pos: number,
    end: number,
    ordinal: number,
    { due, loose = false }: ElementsPlace,
    { trust, maxDepth, maxEntityBytes }: ScanLimits,
  ): Scanned {
    const next = due === 'comma' ? COMMA_DUE : ELEMENT_DUE;
    const flags = [loose ? 1 : 0, trust ? 0 : 1] as const;
    return this.attempt((functions) => {
      functions.beginRows(ROWS, MOST_ROWS, ordinal);
      return this.#scanned(functions.scanElements(pos, end, next, ...flags, signed(maxDepth), maxEntityBytes));
    });
  }

  /** The number of newlines in a part of the memory. */
  countNewlines(start: number, end: number): number {
    return this.attempt((functions) => functions.countNewlines(start, end));
  }

  /**
   * Skips a value that begins with a bracket, or the rest of one of which `depth` brackets are open.
   * @returns where to continue, or 0 if only the scalar reader can decide; `depth` and `inString` are those of the end
   */
  skipValue(pos: number, end: number, depth: number, inString: boolean, maxDepth: number): number {
    this.words[REPORT_DEPTH / 4] = 0;
    this.words[REPORT_IN_STRING / 4] = 0;
    return this.attempt((functions) => functions.skipValue(pos, end, depth, inString ? 1 : 0, signed(maxDepth)));
  }

  /** Whether the text is known to be an entity by the full grammar; false leaves it to the scalar checker. */
  isEntity(start: number, end: number): boolean {
    return this.attempt((functions) => functions.verifyEntity(start, end)) === 1;
  }

  /**
   * Calls functions of the kernel.
   * @throws SluiceError `INTERNAL` for a trap, which is a fault of sluice
   */
  attempt<T>(act: (functions: KernelFunctions) => T): T {
    try {
      return act(this.#functions);
    } catch (cause) {
      throw new SluiceError('INTERNAL', 'scan', `the kernel trapped: ${messageOf(cause)}`, { cause });
    }
  }

  #scanned(pos: number): Scanned {
    return { pos, full: this.isFull };
  }
}

/** The kernel reads signed numbers; no memory holds as many brackets as the largest of them. */
function signed(count: number): number {
  return Math.min(count, 2 ** 31 - 1);
}

function outOfMemory(size: number, cause?: unknown): SluiceError {
  const message = `no memory for ${size} bytes of input (option maxEntityBytes sets a limit)`;
  return new SluiceError('ENTITY_TOO_LARGE', 'scan', message, { cause });
}
