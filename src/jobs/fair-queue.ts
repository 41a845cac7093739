/** A fair queue: tenants take turns; within a tenant, the highest priority first, then first come, first served. */
import type { TenantCounts } from './engine.js';

/** Maximum delay of a queued job, in milliseconds. */
export const LONGEST_WAIT_MS = 60_000;

/** A queued job. */
interface Waiting {
  readonly id: string;
  /** Earliest start, in milliseconds since 1970. */
  readonly notBefore: number;
  /** Goes before all others once it is due, but only if it can run alone. */
  readonly alone: boolean;
  readonly priority: number;
}

/** How a job waits. */
export interface Waits {
  /** Earliest start, in milliseconds since 1970; default 0. */
  readonly notBefore?: number;
  /** Whether it must run alone; default false. */
  readonly alone?: boolean;
  /** A higher number goes first; default 0. */
  readonly priority?: number;
}

/** The next job. */
export interface Turn {
  readonly tenant: string;
  readonly id: string;
}

/** The earliest of any number of times; undefined if there is none. */
export function earliest(times: Iterable<number>): number | undefined {
  let first: number | undefined;
  for (const time of times) if (first === undefined || time < first) first = time;
  return first;
}

/** Holds the ids of all queued jobs, and counts the running ones. */
export class FairQueue {
  readonly #running: number;
  /** Limits of tenants that have one of their own. */
  readonly #limits = new Map<string, number>();
  /** Ordered by turns: the tenant that was served last is last. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #active = new Map<string, number>();
  /** Queued jobs with a delay: few, so that looking for the next one does not look at all. */
  readonly #delayed = new Set<Waiting>();
  /** Number of queued jobs that must run alone. */
  #lone = 0;
  /** Time of the last `take`. */
  #lookedAt = 0;

  /** @param running maximum number of running jobs per tenant */
  constructor(running: number) {
    this.#running = running;
  }

  add(tenant: string, id: string, { notBefore = 0, alone = false, priority = 0 }: Waits = {}): void {
    const waiting = this.#waiting.get(tenant) ?? [];
    const one: Waiting = { id, notBefore, alone, priority };
    // From the end: almost all have the same priority.
    let at = waiting.length;
    while (at > 0 && waiting[at - 1].priority < priority) at--;
    waiting.splice(at, 0, one);
    if (notBefore > 0) this.#delayed.add(one);
    if (alone) this.#lone++;
    this.#waiting.set(tenant, waiting);
  }

  /** Sets the maximum number of running jobs of a tenant; it holds for as long as the tenant has jobs. */
  limit(tenant: string, running: number | undefined): void {
    if (running === undefined || running === this.#running) this.#limits.delete(tenant);
    else this.#limits.set(tenant, running);
  }

  #isFull(tenant: string): boolean {
    return (this.#active.get(tenant) ?? 0) >= (this.#limits.get(tenant) ?? this.#running);
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

  /** Number of queued and of running jobs of each tenant that has some, by the names of the tenants. */
  countsByTenant(): readonly TenantCounts[] {
    const tenants = [...new Set([...this.#waiting.keys(), ...this.#active.keys()])].sort();
    return tenants
      .map((tenant) => ({ tenant, queued: this.count(tenant), running: this.#active.get(tenant) ?? 0 }))
      .filter(({ queued, running }) => queued + running > 0);
  }

  /**
   * Takes the next job that may run now; it counts as running until `release`.
   * @param alone whether a job that must run alone could run here; if not and such a job is next, nothing is taken
   * @param except tenants that have no turn
   */
  take(now: number, alone = true, except: readonly string[] = []): Turn | undefined {
    this.#lookedAt = now;
    if (this.#lone > 0) {
      const isLone = (one: Waiting) => one.alone && this.#isDue(one, now);
      if (alone) {
        const turn = this.#takeFirst(isLone, except);
        if (turn) return turn;
      } else if (this.#some(isLone, except)) return undefined;
    }
    return this.#takeFirst((one) => this.#isDue(one, now), except);
  }

  /** Whether a job is due. A delay longer than the maximum comes from another clock and is ignored. */
  #isDue({ notBefore }: Waiting, now: number): boolean {
    return notBefore <= now || notBefore > now + LONGEST_WAIT_MS;
  }

  #some(may: (one: Waiting) => boolean, except: readonly string[]): boolean {
    for (const [tenant, waiting] of this.#waiting) {
      if (except.includes(tenant)) continue;
      if (!this.#isFull(tenant) && waiting.some(may)) return true;
    }
    return false;
  }

  #takeFirst(may: (one: Waiting) => boolean, except: readonly string[]): Turn | undefined {
    for (const [tenant, waiting] of this.#waiting) {
      if (except.includes(tenant)) continue;
      const at = this.#isFull(tenant) ? -1 : waiting.findIndex(may);
      if (at < 0) continue;
      const { id } = this.#out(waiting, at);
      this.#waiting.delete(tenant);
      if (waiting.length > 0) this.#waiting.set(tenant, waiting);
      this.#active.set(tenant, (this.#active.get(tenant) ?? 0) + 1);
      return { tenant, id };
    }
    return undefined;
  }

  /** Removes a queued job; false if it is not queued. */
  remove(tenant: string, id: string): boolean {
    const waiting = this.#waiting.get(tenant) ?? [];
    const at = waiting.findIndex((one) => one.id === id);
    if (at < 0) return false;
    this.#out(waiting, at);
    if (waiting.length === 0) this.#waiting.delete(tenant);
    return true;
  }

  #out(waiting: Waiting[], at: number): Waiting {
    const [one] = waiting.splice(at, 1);
    this.#delayed.delete(one);
    if (one.alone) this.#lone--;
    return one;
  }

  /** Ends the turn of a running job. */
  release(tenant: string): void {
    const active = (this.#active.get(tenant) ?? 0) - 1;
    if (active > 0) this.#active.set(tenant, active);
    else {
      this.#active.delete(tenant);
      if (!this.#waiting.has(tenant)) this.#limits.delete(tenant);
    }
  }

  /** Whether a job of another tenant could run now if there were a free slot. */
  othersWait(tenant: string, now: number): boolean {
    for (const [other, waiting] of this.#waiting) {
      if (other === tenant || this.#isFull(other)) continue;
      if (waiting.some((one) => this.#isDue(one, now))) return true;
    }
    return false;
  }

  /** The earliest start of the jobs that were not due at the last `take`. */
  nextTurn(): number | undefined {
    return earliest(this.#laterTimes());
  }

  *#laterTimes(): Generator<number, void> {
    for (const { notBefore } of this.#delayed) if (notBefore > this.#lookedAt) yield notBefore;
  }
}
