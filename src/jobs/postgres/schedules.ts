/** Schedules in PostgreSQL. */
import type { Schedule, ScheduleStore, ScheduleSummary } from '../../schedules/schedule.js';
import type { Database } from './database.js';
import {
  addSchedule,
  allSchedules,
  claimSchedules,
  getSchedule,
  listSchedules,
  nextSchedule,
  pauseSchedule,
  removeSchedule,
  settleSchedule,
  takeSchedule,
} from './statements/schedules.js';

/** The columns. */
interface ScheduleRecord {
  readonly schedule: ScheduleSummary;
  /** In digits. */
  readonly due_at: string;
  readonly paused: boolean;
  readonly request: unknown;
}

/** Each claim is exclusive among all processes. */
export class PostgresSchedules implements ScheduleStore {
  readonly #database: Database;
  readonly #schema: string;

  /** @param schema an escaped identifier */
  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  async add({ request, ...schedule }: Schedule, most: number): Promise<boolean> {
    const { id, tenant, nextAt } = schedule;
    const values = [id, tenant, JSON.stringify(schedule), JSON.stringify(request), nextAt, most];
    const { rows, again } = await this.#database.query(addSchedule(this.#schema), values);
    // After a lost response, an earlier try may have added it.
    return rows.length > 0 || (again && (await this.get(tenant, id)) !== undefined);
  }

  async get(tenant: string, id: string): Promise<Schedule | undefined> {
    const [record] = await this.#database.run<ScheduleRecord>(getSchedule(this.#schema), [tenant, id]);
    return record && { ...summaryOf(record), request: record.request };
  }

  async list(tenant: string): Promise<readonly ScheduleSummary[]> {
    const records = await this.#database.run<Omit<ScheduleRecord, 'request'>>(listSchedules(this.#schema), [tenant]);
    return records.map(summaryOf);
  }

  async all(): Promise<readonly ScheduleSummary[]> {
    const records = await this.#database.run<Omit<ScheduleRecord, 'request'>>(allSchedules(this.#schema), []);
    return records.map(summaryOf);
  }

  async remove(tenant: string, id: string): Promise<boolean> {
    const { rows, again } = await this.#database.query(removeSchedule(this.#schema), [tenant, id]);
    return rows.length > 0 || again;
  }

  async pause(tenant: string, id: string, nextAt?: number): Promise<boolean> {
    const values = [tenant, id, nextAt ?? null];
    return (await this.#database.run(pauseSchedule(this.#schema), values)).length > 0;
  }

  async claim(now: number, leaseMs: number, limit: number): Promise<readonly Schedule[]> {
    const values = [now, now + leaseMs, limit];
    const records = await this.#database.run<ScheduleRecord>(claimSchedules(this.#schema), values);
    return records.map((record) => ({ ...summaryOf(record), request: record.request }));
  }

  async take(tenant: string, id: string, now: number, leaseMs: number): Promise<Schedule | undefined> {
    // After a lost response, an earlier try may have taken it: then it is free after the lease.
    const values = [tenant, id, now, now + leaseMs];
    const [record] = await this.#database.run<ScheduleRecord>(takeSchedule(this.#schema), values);
    return record && { ...summaryOf(record), request: record.request };
  }

  async settle(dueAt: number, after: ScheduleSummary): Promise<void> {
    const values = [after.id, dueAt, JSON.stringify(after), after.nextAt];
    await this.#database.run(settleSchedule(this.#schema), values);
  }

  async nextAt(): Promise<number | undefined> {
    const [row] = await this.#database.run<{ turn_at: string | null }>(nextSchedule(this.#schema), []);
    return row?.turn_at == null ? undefined : Number(row.turn_at);
  }
}

/** Columns come first: a run that ends does not know of a pause. */
function summaryOf({ schedule, due_at, paused }: Omit<ScheduleRecord, 'request'>): ScheduleSummary {
  const { paused: _, ...rest } = schedule;
  return { ...rest, nextAt: Number(due_at), ...(paused ? { paused } : {}) };
}
