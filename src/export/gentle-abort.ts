/** An abort that leaves an export the time to make its last checkpoint. */

/** Milliseconds that an aborted export has for it. */
const GRACE_MS = 1000;

/** Aborts after its outer signal: when the checkpoint is made, or when that takes too long. */
export class GentleAbort {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = () => {
    this.#timer = setTimeout(() => this.now(), GRACE_MS);
  };

  /** @param outer the signal that asks for the end; an export that it finds aborted does not begin */
  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.now();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Ends the export. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the export is to end after its next checkpoint. */
  get isAsked(): boolean {
    return this.#outer.aborted;
  }

  /** Aborts at once, with the reason of the outer signal. */
  now(): void {
    this.#controller.abort(this.#outer.reason);
  }

  /** Lets go of the outer signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onAbort);
  }
}
