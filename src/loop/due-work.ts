/** Work that is due at stored times, for whichever process is first: a loop that sleeps until the next of them. */

/** Interval of looks for work that other processes have stored, in milliseconds. */
const LOOK_MS = 5000;

/** What the loop does. */
export interface DueWorkParts {
  /** Does what is due; resolves with how much there was. */
  readonly doDue: () => Promise<number>;
  /** When the next is due, in milliseconds since 1970; undefined: nothing is. */
  readonly nextAt: () => Promise<number | undefined>;
  /** A clock in milliseconds since 1970. */
  readonly now: () => number;
  /** Is told of what `doDue` throws; the loop goes on. */
  readonly onError: (cause: unknown) => void;
}

/** Works from `start` to `close`. */
export class DueWork {
  readonly #parts: DueWorkParts;
  #isClosing = false;
  #wake: () => void = () => {};
  #isWoken = false;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: DueWorkParts) {
    this.#parts = parts;
  }

  /** Whether it was told to end. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Looks at once: something was stored. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Ends after the call of `doDue` that has begun. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.wake();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#isClosing) {
      this.#isWoken = false;
      try {
        if ((await this.#parts.doDue()) > 0) continue;
      } catch (cause) {
        if (this.#isClosing) return;
        this.#parts.onError(cause);
      }
      await this.#rest();
    }
  }

  /** Waits until something may be due. */
  async #rest(): Promise<void> {
    const { nextAt, now } = this.#parts;
    const next = await nextAt().catch(() => undefined);
    const waitMs = Math.max(0, Math.min(LOOK_MS, (next ?? Number.POSITIVE_INFINITY) - now()));
    await new Promise<void>((resolve) => {
      if (this.#isWoken) return resolve();
      const timer = setTimeout(resolve, waitMs).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      return undefined;
    });
  }
}
