/** The pace of walks over the first bytes of an input, which may be dense with members. */

/** Work of a step, some milliseconds, in bytes that are read; a member takes as long as so many bytes. */
const STEP_WORK = 512 * 1024;
const MEMBER_WORK = 64;

/** Tells walks that follow one another when to pause. */
export class Pace {
  #left = STEP_WORK;

  /** Whether a step ends after a member of so many bytes. */
  isOver(bytes: number): boolean {
    this.#left -= MEMBER_WORK + bytes;
    if (this.#left > 0) return false;
    this.#left = STEP_WORK;
    return true;
  }
}
