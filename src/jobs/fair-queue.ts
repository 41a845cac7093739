/** A fair queue: tenants take turns; within a tenant, first come, first served. */

/** Maximum delay of a queued job, in milliseconds. */
export const LONGEST_WAIT_MS = 60_000;

/** A queued job. */
interface Waiting {
  readonly id: string;
  /** Earliest start, in milliseconds since 1970. */
  readonly notBefore: number;
  /** Goes before all others once it is due, but only if it can run alone. */
  readonly alone: boolean;
}

/** The next job. */
export interface Turn {
  readonly tenant: string;
  readonly id: string;
}

/** Holds the ids of all queued jobs, and counts the running ones. */
export class FairQueue {
  readonly #running: number;
  /** Ordered by turns: the tenant that was served last is last. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #active = new Map<string, number>();
  /** Number of queued jobs that must run alone. */
  #lone = 0;
  /** Time of the last `take`. */
  #lookedAt = 0;

  /** @param running maximum number of running jobs per tenant */
  constructor(running: number) {
    this.#running = running;
  }

  add(tenant: string, id: string, notBefore = 0, alone = false): void {
    const waiting = this.#waiting.get(tenant) ?? [];
    waiting.push({ id, notBefore, alone });
    if (alone) this.#lone++;
    this.#waiting.set(tenant, waiting);
  }

  /** Number of a tenant's queued jobs. */
  count(tenant: string): number {
    return this.#waiting.get(tenant)?.length ?? 0;
  }

  /** Number of queued and of running jobs of all tenants. */
  counts(): { readonly queued: number; readonly running: number } {
    let [queued, running] = [0, 0];
    for (const waiting of this.#waiting.values()) queued += waiting.length;
    for (const active of this.#active.values()) running += active;
    return { queued, running };
  }

  /**
   * Takes the next job that may run now; it counts as running until `release`.
   * @param alone whether a job that must run alone could run here; if not and such a job is next, nothing is taken
   */
  take(now: number, alone = true): Turn | undefined {
    this.#lookedAt = now;
    if (this.#lone > 0) {
      const isLone = (one: Waiting) => one.alone && this.#isDue(one, now);
      if (alone) {
        const turn = this.#takeFirst(isLone);
        if (turn) return turn;
      } else if (this.#some(isLone)) return undefined;
    }
    return this.#takeFirst((one) => this.#isDue(one, now));
  }

  /** Whether a job is due. A delay longer than the maximum comes from another clock and is ignored. */
  #isDue({ notBefore }: Waiting, now: number): boolean {
    return notBefore <= now || notBefore > now + LONGEST_WAIT_MS;
  }

  #some(may: (one: Waiting) => boolean): boolean {
    for (const [tenant, waiting] of this.#waiting) {
      if ((this.#active.get(tenant) ?? 0) < this.#running && waiting.some(may)) return true;
    }
    return false;
  }

  #takeFirst(may: (one: Waiting) => boolean): Turn | undefined {
    for (const [tenant, waiting] of this.#waiting) {
      const active = this.#active.get(tenant) ?? 0;
      const at = active < this.#running ? waiting.findIndex(may) : -1;
      if (at < 0) continue;
      const [{ id, alone }] = waiting.splice(at, 1);
      if (alone) this.#lone--;
      this.#waiting.delete(tenant);
      if (waiting.length > 0) this.#waiting.set(tenant, waiting);
      this.#active.set(tenant, active + 1);
      return { tenant, id };
    }
    return undefined;
  }

  /** Removes a queued job; false if it is not queued. */
  remove(tenant: string, id: string): boolean {
    const waiting = this.#waiting.get(tenant) ?? [];
    const at = waiting.findIndex((one) => one.id === id);
    if (at < 0) return false;
    const [{ alone }] = waiting.splice(at, 1);
    if (alone) this.#lone--;
    if (waiting.length === 0) this.#waiting.delete(tenant);
    return true;
  }

  /** Ends the turn of a running job. */
  release(tenant: string): void {
    const active = (this.#active.get(tenant) ?? 0) - 1;
    if (active > 0) this.#active.set(tenant, active);
    else this.#active.delete(tenant);
  }

  /** Whether a job of another tenant could run now if there were a free slot. */
  othersWait(tenant: string, now: number): boolean {
    for (const [other, waiting] of this.#waiting) {
      if (other === tenant || (this.#active.get(other) ?? 0) >= this.#running) continue;
      if (waiting.some((one) => this.#isDue(one, now))) return true;
    }
    return false;
  }

  /** The earliest start of the jobs that were not due at the last `take`. */
  nextTurn(): number | undefined {
    const times = [...this.#waiting.values()].flatMap((waiting) => waiting.map(({ notBefore }) => notBefore));
    const later = times.filter((time) => time > this.#lookedAt);
    return later.length > 0 ? Math.min(...later) : undefined;
  }
}
