/** Schedules in LMDB. */
import type { Database, RootDatabase } from 'lmdb';
import { parseText } from '../scan/decode-value.js';
import type { Schedule, ScheduleStore, ScheduleSummary } from '../schedules/schedule.js';
import type { DurableWrites } from './durable-writes.js';
import type { OrderKey } from './newest-first.js';

/** Each change is one transaction. */
export class EmbeddedSchedules implements ScheduleStore {
  readonly #writes: DurableWrites;
  /** JSON text by id, of schedules without their requests, and of these. */
  readonly #schedules: Database<string, string>;
  readonly #requests: Database<string, string>;
  readonly #order: Database<true, OrderKey>;
  /** When each can be claimed, which is later than it is due while it is claimed. */
  readonly #turns: Database<true, [at: number, id: string]>;
  readonly #turnOf: Database<number, string>;

  constructor(root: RootDatabase, writes: DurableWrites) {
    this.#writes = writes;
    this.#schedules = root.openDB({ name: 'schedules', encoding: 'string' });
    this.#requests = root.openDB({ name: 'schedule-requests', encoding: 'string' });
    this.#order = root.openDB({ name: 'schedule-order' });
    this.#turns = root.openDB({ name: 'schedule-turns' });
    this.#turnOf = root.openDB({ name: 'schedule-turn-of' });
  }

  /**
   * Makes due again what the previous owner of the directory had claimed: its process is dead. Where it has submitted the
   * job already, the second submission finds that job.
   */
  async recover(): Promise<void> {
    const claimed = [...this.#turnOf.getRange()].flatMap(({ key, value }) => {
      const nextAt = this.#read(key)?.nextAt;
      return nextAt === undefined || nextAt === value ? [] : [{ id: key, nextAt }];
    });
    if (claimed.length === 0) return;
    await this.#writes.write(() => {
      for (const { id, nextAt } of claimed) this.#turn(id, nextAt);
    });
  }

  add({ request, ...schedule }: Schedule, most: number): Promise<boolean> {
    const { id, tenant, createdAt, nextAt } = schedule;
    return this.#writes.write(() => {
      if (this.#keysOf(tenant).length >= most) return false;
      this.#schedules.put(id, JSON.stringify(schedule));
      this.#requests.put(id, JSON.stringify(request));
      this.#order.put([tenant, createdAt, id], true);
      this.#turn(id, nextAt);
      return true;
    });
  }

  async get(tenant: string, id: string): Promise<Schedule | undefined> {
    this.#writes.requireOpen();
    const schedule = this.#whole(id);
    return schedule?.tenant === tenant ? schedule : undefined;
  }

  async list(tenant: string): Promise<readonly ScheduleSummary[]> {
    this.#writes.requireOpen();
    return this.#keysOf(tenant).flatMap(([, , id]) => this.#read(id) ?? []);
  }

  async all(): Promise<readonly ScheduleSummary[]> {
    this.#writes.requireOpen();
    return [...this.#schedules.getKeys()].flatMap((id) => this.#read(id) ?? []);
  }

  remove(tenant: string, id: string): Promise<boolean> {
    return this.#writes.write(() => {
      const schedule = this.#read(id);
      if (schedule?.tenant !== tenant) return false;
      this.#schedules.remove(id);
      this.#requests.remove(id);
      this.#order.remove([tenant, schedule.createdAt, id]);
      this.#turn(id, undefined);
      return true;
    });
  }

  pause(tenant: string, id: string, nextAt?: number): Promise<boolean> {
    return this.#writes.write(() => {
      const schedule = this.#read(id);
      if (schedule?.tenant !== tenant) return false;
      const { paused: _, ...rest } = schedule;
      const after: ScheduleSummary = nextAt === undefined ? { ...rest, paused: true } : { ...rest, nextAt };
      this.#schedules.put(id, JSON.stringify(after));
      this.#turn(id, nextAt);
      return true;
    });
  }

  async claim(now: number, leaseMs: number, limit: number): Promise<readonly Schedule[]> {
    const next = await this.nextAt();
    if (next === undefined || next > now) return [];
    return this.#writes.write(() => {
      const keys = [...this.#turns.getKeys({ end: [now, '~'], limit })];
      return keys.flatMap(([, id]) => {
        const schedule = this.#whole(id);
        // One that was run on demand while it was paused has a turn, if its process died then.
        this.#turn(id, schedule?.paused ? undefined : now + leaseMs);
        return schedule && !schedule.paused ? [schedule] : [];
      });
    });
  }

  take(tenant: string, id: string, now: number, leaseMs: number): Promise<Schedule | undefined> {
    return this.#writes.write(() => {
      const schedule = this.#whole(id);
      const turn = this.#turnOf.get(id) ?? 0;
      if (schedule?.tenant !== tenant || (turn !== schedule.nextAt && turn > now)) return undefined;
      const until = now + leaseMs;
      // Of one that is free, both times are equal.
      this.#turn(id, until === schedule.nextAt ? until + 1 : until);
      return schedule;
    });
  }

  async settle(dueAt: number, after: ScheduleSummary): Promise<void> {
    await this.#writes.write(() => {
      const known = this.#read(after.id);
      if (known?.nextAt !== dueAt) return;
      this.#schedules.put(after.id, JSON.stringify({ ...after, paused: known.paused }));
      this.#turn(after.id, known.paused ? undefined : after.nextAt);
    });
  }

  async nextAt(): Promise<number | undefined> {
    this.#writes.requireOpen();
    const [first] = this.#turns.getKeys({ limit: 1 });
    return first?.[0];
  }

  #keysOf(tenant: string): readonly OrderKey[] {
    return [...this.#order.getKeys({ start: [tenant, 0, ''], end: [tenant, Number.MAX_SAFE_INTEGER, '~'] })];
  }

  #turn(id: string, at: number | undefined): void {
    const before = this.#turnOf.get(id);
    if (before !== undefined) this.#turns.remove([before, id]);
    if (at === undefined) {
      this.#turnOf.remove(id);
      return;
    }
    this.#turnOf.put(id, at);
    this.#turns.put([at, id], true);
  }

  #read(id: string): ScheduleSummary | undefined {
    const text = this.#schedules.get(id);
    const value = text === undefined ? undefined : parseText(text);
    return isSchedule(value) ? value : undefined;
  }

  #whole(id: string): Schedule | undefined {
    const [schedule, request] = [this.#read(id), this.#requests.get(id)];
    return schedule && request !== undefined ? { ...schedule, request: parseText(request) } : undefined;
  }
}

/** Only this file writes the texts. */
function isSchedule(value: unknown): value is ScheduleSummary {
  return typeof value === 'object' && value !== null && 'id' in value && 'nextAt' in value;
}
