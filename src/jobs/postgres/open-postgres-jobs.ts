/** Opening jobs in a database: any number of services that take them in, and of workers that run them. */
import { randomUUID } from 'node:crypto';
import type { Client, PoolConfig } from 'pg';
import { anything, type OptionTable, text, timerMs } from '../../options/accept-options.js';
import type { BlobStore } from '../../results/blob-store.js';
import { invalid } from '../../terms/errors.js';
import { SILENT, steadyLogger } from '../../terms/logger.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { acceptJobsOptions, JOBS_OPTIONS, type JobsOptions, resultsPlace } from '../jobs-options.js';
import { engineLimits, type Jobs, OpenJobs, openStore } from '../open-jobs.js';
import { Database, databaseError } from './database.js';
import { Dispatcher } from './dispatcher.js';
import { migrate } from './migrations/migrate.js';
import { PostgresEngine } from './postgres-engine.js';

/** What jobs in a database are made of. */
export interface PostgresJobsOptions extends JobsOptions {
  /** The database: a URL, or what `pg` takes. A password is best left to `PGPASSWORD` or a `.pgpass` file. */
  readonly connection: string | PoolConfig;
  /** Where results lie, so that all processes reach them: a folder, `s3://bucket/prefix`, or a store. */
  readonly results: string | BlobStore;
  /** Schema of the tables, made when it is not there; that of the tickets has `_tickets` behind. Default `sluice`. */
  readonly schema?: string;
  /** How long a job stays with a worker that is not heard of, in milliseconds; default 10,000. */
  readonly leaseMs?: number;
}

const POSTGRES_JOBS_OPTIONS: OptionTable<PostgresJobsOptions> = {
  ...JOBS_OPTIONS,
  connection: anything,
  results: resultsPlace,
  schema: text,
  leaseMs: timerMs(100),
};

/** What a schema may be called: short enough for all names that are made of it. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/;

/** How long a process may take to make the tables while others wait for it, in milliseconds. */
const MOST_ALONE_MS = 10_000;

/**
 * Opens jobs in a database. All processes that share them must plan them alike: the same source, profiles and options.
 * @throws SluiceError `MISSING_PEER` (pg, pg-boss), `SERVICE_FAILED`, `NOT_OWNED` for results that belong to the jobs of
 * another database, `INVALID` for options that cannot be
 * @example
 * const jobs = await openPostgresJobs({ connection: url, results: '/mnt/results', source: 'catalog.ndjson' });
 */
export async function openPostgresJobs(options: PostgresJobsOptions): Promise<Jobs> {
  const plans = acceptJobsOptions(options, POSTGRES_JOBS_OPTIONS);
  if (options.results === undefined) throw invalid('job', 'results: where results lie must be said');
  const engine = await openPostgresEngine(options);
  try {
    return new OpenJobs(engine, await openStore(options.results, engine, options.logger), plans, options);
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
  if (!SCHEMA.test(schema)) throw invalid('job', 'a schema is called by a-z, 0-9 and _, at most 40 of them');
  const driver = await importPg();
  // Notifications bear the name, so that an engine knows its own.
  const own = `sluice ${randomUUID()}`;
  const config = { ...configOf(options.connection), application_name: own, keepAlive: true };
  const database = new Database({ driver, config, urgentMs: leaseMs / 2 });
  let dispatcher: Dispatcher | undefined;
  try {
    dispatcher = await alone(database, schema, async (client) => {
      await migrate(client, `"${schema}"`);
      return Dispatcher.open({
        executeSql: (text, values) => database.once(text, values),
        schema: `${schema}_tickets`,
        onError: (cause) => logger.warn({ err: cause }, 'the doorbell of the queue failed'),
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

/** Makes the tables while nobody else does: pg-boss looks for its own before it has locked anything. */
async function alone<T>(database: Database, schema: string, act: (client: Client) => Promise<T>): Promise<T> {
  const [lock, client] = [database.client(), database.client()];
  // Whoever waits for an answer is told.
  for (const one of [lock, client]) one.on('error', () => {});
  try {
    await Promise.all([lock.connect(), client.connect()]);
    // In a transaction, which the server ends for a process that is stopped; others wait for that.
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
  // The driver's own error would tell the whole address.
  if (!URL.canParse(config.connectionString)) {
    throw invalid('job', 'the address of a database is postgres://user@host:port/database');
  }
  const url = new URL(config.connectionString);
  // To the driver, what is in the address goes before everything else.
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
