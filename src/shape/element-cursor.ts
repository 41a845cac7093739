/** The elements of an array, one after the other. */
import { type Span, TextRefusal } from '../scan/member-tree.js';
import type { TextFault } from '../scan/text-faults.js';
import { ValueWalk } from '../scan/value-walk.js';

/** Walks over arrays in the bytes of one batch. */
export class ElementCursor implements Span {
  /** The current element. */
  start = 0;
  end = 0;
  /** Set where the walk ended because the text is faulty. */
  fault: TextFault | undefined;
  readonly #walk: ValueWalk;
  #isFirst = true;

  constructor(bytes: Buffer, maxDepth: number) {
    this.#walk = new ValueWalk(bytes, maxDepth, (fault) => {
      throw new TextRefusal(fault);
    });
  }

  /** Begins with the array at `[start, end)`. */
  open({ start, end }: Span): void {
    this.fault = undefined;
    this.#isFirst = true;
    this.#walk.open(start, end);
    this.#walk.enter();
  }

  /** Moves to the next element; false after the last one, or at a fault. */
  next(): boolean {
    const walk = this.#walk;
    try {
      if (!walk.nextElement(this.#isFirst)) return false;
      this.#isFirst = false;
      this.start = walk.pos;
      walk.skip();
      this.end = walk.pos;
      return true;
    } catch (cause) {
      if (!(cause instanceof TextRefusal)) throw cause;
      this.fault = cause.fault;
      return false;
    }
  }
}
