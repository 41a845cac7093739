/** Checks entities with the kernel, in its memory or brought there; what it cannot vouch for the scalar checker judges. */
import { type CheckRules, EntityChecker } from './check-entity.js';
import { borrowKernel, type Kernel, kernelOf } from './kernel.js';
import type { TextFault } from './members.js';

/** Answers as `EntityChecker` does. */
export class KernelChecker {
  readonly #rules: CheckRules;
  readonly #scalar: EntityChecker;
  /** The kernel that texts are brought to when they lie in no kernel's memory; borrowed when first needed. */
  #own: Kernel | undefined;
  #borrowed = false;
  /** The bytes of the last text, and the kernel they lie with: a scanner has told it the rules already. */
  #bytes: Buffer | undefined;
  #scanning: Kernel | undefined;

  constructor(rules: CheckRules) {
    this.#rules = rules;
    this.#scalar = new EntityChecker(rules);
  }

  /** Checks that `[start, end)` is an entity; answers the first fault, or undefined. */
  check(bytes: Buffer, start: number, end: number): TextFault | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#scanning = kernelOf(bytes);
    }
    const isEntity = this.#scanning ? this.#scanning.isEntity(start, end) : this.#isEntity(bytes, start, end);
    return isEntity ? undefined : this.#scalar.check(bytes, start, end);
  }

  /** Gives the memory back. */
  close(): void {
    this.#own?.giveBack();
    this.#own = undefined;
  }

  #isEntity(bytes: Buffer, start: number, end: number): boolean {
    // Asked once: where there is none for the rules, there is none for the next entity either.
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
    if (kernel?.begin({ ...this.#rules, locate: [] })) return kernel;
    kernel?.giveBack();
    return undefined;
  }
}
