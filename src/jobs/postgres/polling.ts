/** Polling: a call at an interval, without overlap. */

/** Polls until it is closed; a failed poll is ignored. */
export class Polling {
  readonly #timer: NodeJS.Timeout;
  #pending: Promise<void> | undefined;

  constructor(poll: () => Promise<void>, everyMs: number) {
    this.#timer = setInterval(() => {
      this.#pending ??= poll()
        .catch(() => {})
        .finally(() => {
          this.#pending = undefined;
        });
    }, everyMs).unref();
  }

  /** Resolves once no poll is pending. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pending;
  }
}
