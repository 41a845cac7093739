/** Whose turn it is: tenants in a circle, within a tenant first come, first served. */

/** The longest that any job is put off, in milliseconds. */
export const LONGEST_WAIT_MS = 60_000;

/** A job that waits. */
interface Waiting {
  readonly id: string;
  /** Not before, in milliseconds since 1970. */
  readonly notBefore: number;
  /** Goes before all others when its time has come, and only where none runs beside it. */
  readonly alone: boolean;
}

/** Whose turn it is. */
export interface Turn {
  readonly tenant: string;
  readonly id: string;
}

/** Holds the ids of all that waits, and counts what runs. */
export class FairQueue {
  readonly #running: number;
  /** In the order of their turns: the tenant that was served last stands last. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #active = new Map<string, number>();
  /** Jobs that wait to run alone. */
  #lone = 0;
  /** When a turn was last asked for. */
  #lookedAt = 0;

  /** @param running how many jobs of one tenant may run at the same time */
  constructor(running: number) {
    this.#running = running;
  }

  add(tenant: string, id: string, notBefore = 0, alone = false): void {
    const waiting = this.#waiting.get(tenant) ?? [];
    waiting.push({ id, notBefore, alone });
    if (alone) this.#lone++;
    this.#waiting.set(tenant, waiting);
  }

  /** Jobs of a tenant that wait. */
  count(tenant: string): number {
    return this.#waiting.get(tenant)?.length ?? 0;
  }

  /** Jobs of all tenants that wait, and that run. */
  counts(): { readonly queued: number; readonly running: number } {
    let [queued, running] = [0, 0];
    for (const waiting of this.#waiting.values()) queued += waiting.length;
    for (const active of this.#active.values()) running += active;
    return { queued, running };
  }

  /**
   * Takes the next job that may run now; it counts as running until `release`.
   * @param alone whether one could run here that must run alone; where not, and it is its turn, nothing is taken
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

  /** Whether a job need not wait any more. One that would wait for longer than any does was put off by another clock. */
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

  /** Takes a job out that waits; false when it does not. */
  remove(tenant: string, id: string): boolean {
    const waiting = this.#waiting.get(tenant) ?? [];
    const at = waiting.findIndex((one) => one.id === id);
    if (at < 0) return false;
    const [{ alone }] = waiting.splice(at, 1);
    if (alone) this.#lone--;
    if (waiting.length === 0) this.#waiting.delete(tenant);
    return true;
  }

  /** A job of the tenant runs no more. */
  release(tenant: string): void {
    const active = (this.#active.get(tenant) ?? 0) - 1;
    if (active > 0) this.#active.set(tenant, active);
    else this.#active.delete(tenant);
  }

  /** Whether a job of another tenant could run now, if there were a place for it. */
  othersWait(tenant: string, now: number): boolean {
    for (const [other, waiting] of this.#waiting) {
      if (other === tenant || (this.#active.get(other) ?? 0) >= this.#running) continue;
      if (waiting.some((one) => this.#isDue(one, now))) return true;
    }
    return false;
  }

  /** The earliest time at which a job may run that had to wait when a turn was last asked for. */
  nextTurn(): number | undefined {
    const times = [...this.#waiting.values()].flatMap((waiting) => waiting.map(({ notBefore }) => notBefore));
    const later = times.filter((time) => time > this.#lookedAt);
    return later.length > 0 ? Math.min(...later) : undefined;
  }
}
