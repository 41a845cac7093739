/** Checks entities with the kernel, in its memory or copied there; the scalar checker decides what the kernel cannot. */
import { DEFAULT_MEMBER_NAMES } from '../terms/batch.js';
import { type CheckRules, EntityChecker } from './check-entity.js';
import type { MadeExcerpts } from './excerpts.js';
import { borrowKernel, type Kernel, kernelOf } from './kernel.js';
import type { TextFault } from './text-faults.js';

/** Longer entities are checked in steps. */
export const LONG_ENTITY = 2 * 1024 * 1024;

/** Bytes of one step: at worst, in text that is all escapes, it takes some milliseconds. */
const PART_BYTES = 512 * 1024;

/** Bytes that are copied in one step. */
const COPIED_BYTES = 8 * 1024 * 1024;

/** Has the same results as `EntityChecker`. */
export class KernelChecker {
  readonly #rules: CheckRules;
  readonly #scalar: EntityChecker;
  /** The kernel for texts that are not in a kernel's memory; borrowed when first needed. */
  #own: Kernel | undefined;
  #borrowed = false;
  /** The bytes of the last text, and the kernel that owns them, which already has the rules of the scan. */
  #bytes: Buffer | undefined;
  #scanning: Kernel | undefined;

  /** The excerpt of the last text, if it was checked where it was scanned, and excerpts are made there. */
  excerpt: MadeExcerpts | undefined;

  constructor(rules: CheckRules) {
    this.#rules = rules;
    this.#scalar = new EntityChecker(rules);
  }

  /** Checks that `[start, end)` is an entity; returns the first fault, or undefined. */
  check(bytes: Buffer, start: number, end: number): TextFault | undefined {
    const scanning = this.#kernelOf(bytes);
    const isEntity = scanning ? scanning.isEntity(start, end) : this.#isEntity(bytes, start, end);
    this.excerpt = scanning?.excerpts(1);
    return isEntity ? undefined : this.#scalar.check(bytes, start, end);
  }

  /** The same in steps, for a long entity, of which there is no excerpt. */
  *checkInSteps(bytes: Buffer, start: number, end: number, size = PART_BYTES): Generator<void, TextFault | undefined> {
    this.excerpt = undefined;
    const scanning = this.#kernelOf(bytes);
    const kernel = scanning ?? this.#kernel();
    let at = start;
    if (kernel && !scanning) {
      kernel.growInput(end - start);
      at = kernel.inputStart;
      for (let from = start; from < end; from += COPIED_BYTES) {
        bytes.copy(kernel.bytes, at + from - start, from, Math.min(end, from + COPIED_BYTES));
        yield;
      }
    }
    const isEntity = kernel ? yield* isEntityInSteps(kernel, at, at + end - start, size) : false;
    return isEntity ? undefined : this.#scalar.check(bytes, start, end);
  }

  #kernelOf(bytes: Buffer): Kernel | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#scanning = kernelOf(bytes);
    }
    return this.#scanning;
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#own?.release();
    this.#own = undefined;
  }

  #kernel(): Kernel | undefined {
    // Try once; a missing kernel stays missing.
    if (!this.#borrowed) this.#own = this.#borrow();
    this.#borrowed = true;
    return this.#own;
  }

  #isEntity(bytes: Buffer, start: number, end: number): boolean {
    const kernel = this.#kernel();
    if (!kernel) return false;
    kernel.growInput(end - start);
    const at = kernel.inputStart;
    return kernel.isEntity(at, at + bytes.copy(kernel.bytes, at, start, end));
  }

  #borrow(): Kernel | undefined {
    const kernel = borrowKernel();
    // The kernel may refuse more than the rules do, since the scalar checker decides then.
    const { memberNames = DEFAULT_MEMBER_NAMES, maxDepth } = this.#rules;
    if (kernel?.begin({ memberNames, maxDepth, locate: [] })) return kernel;
    kernel?.release();
    return undefined;
  }
}

/** What a check in parts returns before the end. */
const MORE = 1;

/** Whether the text in the kernel's memory is known to be an entity. */
function* isEntityInSteps(kernel: Kernel, start: number, end: number, size: number): Generator<void, boolean> {
  for (let limit = start + size; ; limit += size) {
    const isFirst = limit === start + size ? 1 : 0;
    const part = limit;
    const after = kernel.attempt((functions) => functions.checkPart(start, end, part, isFirst));
    if (after !== MORE) return after === end;
    yield;
  }
}
