/** The leases of the attempts that an engine has claimed: prolonged until they end, whatever else the process does. */

/** What leases are renewed by. */
export interface LeasesOptions {
  /** Prolongs the leases of attempts; answers the ids of those that still count. */
  readonly renew: (ids: readonly string[], epochs: readonly number[]) => Promise<ReadonlySet<string>>;
  /** Called with the id of a job that is not this engine's any more. */
  readonly onLost: (id: string) => void;
  /** Milliseconds between two renewals. */
  readonly everyMs: number;
}

/** Holds what was claimed. A process that is stopped renews nothing, so that its jobs go to others. */
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

  /** The attempt ends: whatever comes of its last write, it is not renewed any more. */
  drop(id: string, epoch: number): void {
    if (this.#held.get(id) === epoch) this.#held.delete(id);
  }

  /** Ends the renewals; answers what is still held. */
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
      // Without the database nothing is renewed; the fence decides when it is there again.
    }
  }
}
