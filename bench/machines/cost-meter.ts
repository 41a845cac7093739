/** What jobs take of the workers, the service and the database. */
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import type { SluiceProcess } from './sluice-process.js';

/** Ticks of the kernel's clock in a second, on every Linux. */
const TICKS = 100;

interface Costs {
  /** Seconds of processor time. */
  readonly workers: number;
  readonly service: number;
  readonly database: number;
  readonly transactions: number;
  readonly walBytes: number;
}

/**
 * Begins to measure.
 * @returns a function that ends it and describes what each of so many jobs took
 */
export async function costMeter(
  url: string,
  postgres: number,
  { service, workers }: { readonly service: SluiceProcess; readonly workers: readonly SluiceProcess[] },
): Promise<(jobs: number) => Promise<string>> {
  const read = async (): Promise<Costs> => {
    const [children, server] = [processesUnder(postgres), secondsOf(service.pid)];
    return {
      workers: workers.reduce((sum, { pid }) => sum + secondsOf(pid), 0),
      service: server,
      // Those of connections that have ended are in the time of the children of their parent.
      database: children.reduce((sum, pid) => sum + secondsOf(pid), secondsOf(postgres, true)),
      ...(await databaseCounts(url)),
    };
  };
  const before = await read();
  return async (jobs) => {
    const after = await read();
    const each = (name: keyof Costs) => (after[name] - before[name]) / jobs;
    return [
      `${each('workers').toFixed(3)} s of processor time of workers`,
      `${each('service').toFixed(3)} s of the service`,
      `${each('database').toFixed(3)} s of the database`,
      `${each('transactions').toFixed(0)} transactions`,
      `${(each('walBytes') / 1000).toFixed(0)} kB of its log`,
    ].join(', ');
  };
}

/** Processor time of a process, and on request that of its children which have ended. */
function secondsOf(pid: number, withEnded = false): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
    return (user + system + (withEnded ? endedUser + endedSystem : 0)) / TICKS;
  } catch {
    return 0;
  }
}

function processesUnder(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return new RegExp(`^PPid:\\t${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
}

async function databaseCounts(url: string): Promise<Pick<Costs, 'transactions' | 'walBytes'>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT sum(xact_commit + xact_rollback)::float8 AS transactions,
        pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal
        FROM pg_stat_database`,
    );
    return { transactions: Number(rows[0]?.transactions), walBytes: Number(rows[0]?.wal) };
  } finally {
    await client.end();
  }
}
