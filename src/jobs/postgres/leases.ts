/** Leases of the claimed attempts: renewed until they end. */

/** Options of leases. */
export interface LeasesOptions {
  /** Renews the leases of attempts; returns the ids of those that still count. */
  readonly renew: (ids: readonly string[], epochs: readonly number[]) => Promise<ReadonlySet<string>>;
  /** Called with the id of a job that this engine has lost. */
  readonly onLost: (id: string) => void;
  /** Interval of renewals, in milliseconds. */
  readonly everyMs: number;
}

/** Holds the claims. A stopped process renews nothing, so that its jobs go to other workers. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<void> | undefined;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined;
      });
    }, options.everyMs).unref();
  }

  hold(id: string, epoch: number): void {
    this.#held.set(id, epoch);
  }

  /** Ends the renewals of an attempt, before its last write. */
  drop(id: string, epoch: number): void {
    if (this.#held.get(id) === epoch) this.#held.delete(id);
  }

  /** Stops the renewals; returns the claims still held. */
  async close(): Promise<readonly (readonly [id: string, epoch: number])[]> {
    clearInterval(this.#timer);
    await this.#renewing;
    const held = [...this.#held];
    this.#held.clear();
    return held;
  }

  async #renew(): Promise<void> {
    const held = [...this.#held];
    if (held.length === 0) return;
    const ids = held.map(([id]) => id);
    try {
      const kept = await this.#options.renew(
        ids,
        held.map(([, epoch]) => epoch),
      );
      for (const [id, epoch] of held) {
        if (kept.has(id) || this.#held.get(id) !== epoch) continue;
        this.#held.delete(id);
        this.#options.onLost(id);
      }
    } catch {
      // Nothing is renewed during an outage; the fence decides afterwards.
    }
  }
}
