/** Doing something again and again, of which one is over before the next begins. */

/** Looks until it is closed; a look that fails is as good as one that finds nothing. */
export class RegularLook {
  readonly #timer: NodeJS.Timeout;
  #look: Promise<void> | undefined;

  constructor(look: () => Promise<void>, everyMs: number) {
    this.#timer = setInterval(() => {
      this.#look ??= look()
        .catch(() => {})
        .finally(() => {
          this.#look = undefined;
        });
    }, everyMs).unref();
  }

  /** Resolves when no look is under way any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#look;
  }
}
