/** Checks entities with the kernel, in its memory or copied there; the scalar checker decides what the kernel cannot. */
import { DEFAULT_MEMBER_NAMES } from '../terms/batch.js';
import { type CheckRules, EntityChecker } from './check-entity.js';
import type { MadeExcerpts } from './excerpts.js';
import { borrowKernel, type Kernel, kernelOf } from './kernel.js';
import type { TextFault } from './members.js';

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
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#scanning = kernelOf(bytes);
    }
    const scanning = this.#scanning;
    const isEntity = scanning ? scanning.isEntity(start, end) : this.#isEntity(bytes, start, end);
    this.excerpt = scanning?.excerpts(1);
    return isEntity ? undefined : this.#scalar.check(bytes, start, end);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#own?.release();
    this.#own = undefined;
  }

  #isEntity(bytes: Buffer, start: number, end: number): boolean {
    // Try once; a missing kernel stays missing.
    if (!this.#borrowed) this.#own = this.#borrow();
    this.#borrowed = true;
    const kernel = this.#own;
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
