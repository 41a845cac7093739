/** Opens jobs in a database, for any number of services that accept them and workers that run them. */
import { randomUUID } from 'node:crypto';
import type { Client, PoolConfig } from 'pg';
import { anything, type OptionTable, text, timerMs } from '../../options/accept-options.js';
import type { BlobStore } from '../../results/blob-store.js';
import { invalid } from '../../terms/errors.js';
import { SILENT, steadyLogger } from '../../terms/logger.js';
import { missingPeer } from '../../terms/missing-peer.js';
import type { FaultHook } from '../fault-points.js';
import { acceptJobsOptions, engineLimits, FOLDER_OPTIONS, JOBS_OPTIONS, type JobsOptions } from '../jobs-options.js';
import { type Jobs, OpenJobs } from '../open-jobs.js';
import { openStores } from '../open-stores.js';
import type { PerTenant } from '../tenant-terms.js';
import { Database, databaseError } from './database.js';
import { Dispatcher } from './dispatcher.js';
import { migrate } from './migrations/migrate.js';
import { PostgresEngine } from './postgres-engine.js';
import { unlimitTenants } from './statements/limit-running.js';

/** Options of jobs in a database. */
export interface PostgresJobsOptions extends JobsOptions {
  /** The database: a URL, or the options of `pg`. Pass a password by `PGPASSWORD` or a `.pgpass` file. */
  readonly connection: string | PoolConfig;
  /** Storage of results that all processes reach: a folder, `s3://bucket/prefix`, a store, or a function of the tenant. */
  readonly results: PerTenant<string | BlobStore>;
  /** Schema of the tables, created if missing; the wake-ups are in the schema with the suffix `_tickets`. Default `sluice`. */
  readonly schema?: string;
  /** How long a job stays with an unresponsive worker; default 10,000. */
  readonly leaseMs?: number;
}

const POSTGRES_JOBS_OPTIONS: OptionTable<PostgresJobsOptions> = {
  ...JOBS_OPTIONS,
  connection: anything,
  results: FOLDER_OPTIONS.results,
  schema: text,
  leaseMs: timerMs(100),
};

/** Names of schemas: short enough for all names derived from them. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/;

/** How long a process may migrate the tables while others wait, in milliseconds. */
const MOST_ALONE_MS = 10_000;

/**
 * Opens jobs in a database. All processes over the same jobs must use the same source, profiles and plan options.
 * @throws SluiceError `MISSING_PEER` (pg, pg-boss), `SERVICE_FAILED`, `NOT_OWNED` for results of the jobs of another
 * database, `INVALID` for invalid options
 * @example
 * const jobs = await openPostgresJobs({ connection: url, results: '/mnt/results', source: 'catalog.ndjson' });
 */
export function openPostgresJobs(options: PostgresJobsOptions): Promise<Jobs> {
  return openDatabaseJobs(options);
}

/**
 * Opens jobs as `openPostgresJobs` does.
 * @param hit called at each fault point of each attempt; for tests only
 */
export async function openDatabaseJobs(options: PostgresJobsOptions, hit?: FaultHook): Promise<Jobs> {
  const plans = acceptJobsOptions(options, POSTGRES_JOBS_OPTIONS);
  if (options.results === undefined) throw invalid('job', 'results: is required');
  const engine = await openPostgresEngine(options);
  try {
    return new OpenJobs(engine, await openStores(options.results, engine, options.logger), plans, options, hit);
  } catch (cause) {
    await engine.close();
    throw cause;
  }
}

/**
 * Opens the engine alone.
 * @throws SluiceError as `openPostgresJobs` does
 */
export async function openPostgresEngine(
  options: Pick<PostgresJobsOptions, 'connection' | 'schema' | 'leaseMs' | 'limits' | 'maxAttempts' | 'now' | 'logger'>,
): Promise<PostgresEngine> {
  const { schema = 'sluice', leaseMs = 10_000, now = Date.now } = options;
  const logger = steadyLogger(options.logger ?? SILENT);
  if (!SCHEMA.test(schema)) throw invalid('job', 'schema: must be 1 to 40 of a-z, 0-9 and _, not a digit first');
  const driver = await importPg();
  // Notifications contain the name, so that an engine recognizes its own.
  const worker = randomUUID();
  const own = `sluice ${worker}`;
  const config = { ...configOf(options.connection), application_name: own, keepAlive: true };
  const database = new Database({ driver, config, urgentMs: leaseMs / 2 });
  let dispatcher: Dispatcher | undefined;
  try {
    dispatcher = await alone(database, schema, async (client) => {
      await migrate(client, `"${schema}"`);
      // Limits of single tenants are those of an earlier configuration.
      if (typeof options.limits !== 'function') await client.query(unlimitTenants(`"${schema}"`));
      return Dispatcher.open({
        executeSql: (text, values) => database.once(text, values),
        schema: `${schema}_tickets`,
        onError: (cause) => logger.warn({ err: cause }, 'wake-ups of the queue failed'),
      });
    });
    const feed = { connect: () => database.client(), channel: `"${schema}.job"`, own: `${own} ` };
    const limits = engineLimits(options);
    const engine = new PostgresEngine({
      database,
      dispatcher,
      schema: `"${schema}"`,
      limits,
      leaseMs,
      worker,
      now,
      logger,
      feed,
    });
    await engine.start();
    return engine;
  } catch (cause) {
    database.giveUp();
    await dispatcher?.close();
    await database.close();
    throw databaseError(cause);
  }
}

/** Migrates the tables exclusively: pg-boss checks its own before it takes a lock. */
async function alone<T>(database: Database, schema: string, act: (client: Client) => Promise<T>): Promise<T> {
  const [lock, client] = [database.client(), database.client()];
  // Pending queries report the errors.
  for (const one of [lock, client]) one.on('error', () => {});
  try {
    await Promise.all([lock.connect(), client.connect()]);
    // The server ends the transaction of a stopped process, for which others would wait.
    await lock.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${MOST_ALONE_MS}`);
    await lock.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`sluice ${schema}`]);
    return await act(client);
  } finally {
    // The lock ends with its connection.
    await Promise.all([lock, client].map((one) => one.end().catch(() => {})));
  }
}

function configOf(connection: string | PoolConfig): PoolConfig {
  const config = typeof connection === 'string' ? { connectionString: connection } : connection;
  if (config.connectionString === undefined) return config;
  // The error of the driver would contain the complete address.
  if (!URL.canParse(config.connectionString)) {
    throw invalid('job', 'connection: must be postgres://user@host:port/database');
  }
  const url = new URL(config.connectionString);
  // The driver prefers the parameters of the address.
  url.searchParams.delete('application_name');
  return { ...config, connectionString: url.href };
}

async function importPg() {
  try {
    return await import('pg');
  } catch (cause) {
    throw missingPeer('sluice/jobs/postgres', 'pg pg-boss', cause);
  }
}
