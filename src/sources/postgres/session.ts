/** A connection in a read-only transaction that sees one state of the database. */
import type { Client, ClientConfig } from 'pg';
import { SluiceError } from '../../terms/errors.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { untilAborted } from '../until-aborted.js';
import { postgresFailure } from './postgres-failure.js';

/** An open session. */
export interface Session {
  readonly client: Client;
  /** Why the connection was lost between two queries; undefined while it is open. */
  lost(): unknown;
  /** Ends the session, and a running query with it. Never fails. */
  close(): Promise<void>;
}

/** Options of a session. */
export interface SessionOptions {
  readonly connection: string | ClientConfig;
  /** What is read, for errors; the address of the database is put before it. */
  readonly what: string;
  /** The snapshot of another transaction; absent: the state at the first query. */
  readonly snapshot?: string;
}

/**
 * Options of every connection, unless the caller sets others: they limit the wait for a server that does not respond, and
 * detect one that has disappeared.
 */
const DEFAULTS = {
  fallback_application_name: 'sluice',
  connectionTimeoutMillis: 30_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} as const;

/** Time limit for the server to end a session, in milliseconds. */
const LONGEST_GOODBYE_MS = 2000;

/**
 * Interval at which a server checks, during a query without rows, whether its client still exists, in milliseconds:
 * otherwise it notices only when it writes. PostgreSQL 14 and later, on systems that support it.
 */
const CHECK_CONNECTION =
  "SELECT set_config(name, '1000', false) FROM pg_settings WHERE name = 'client_connection_check_interval' AND setting = '0'";

const BEGIN = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** Keys are text, and must mean the same in another session; numbers have all digits. */
const SETTINGS =
  "SET LOCAL client_encoding TO 'UTF8'; SET LOCAL DateStyle TO 'ISO'; SET LOCAL IntervalStyle TO 'postgres'; SET LOCAL extra_float_digits TO 3";

/**
 * Lifts time limits of the role, the database or the server: the server waits for the reader, however slow it is, and
 * counts that as its own time. Limits that the caller has set for the connection stay.
 */
const NO_LIMITS = `SELECT set_config(name, '0', true) FROM pg_settings
  WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
    AND setting <> '0' AND source <> 'client'`;

/** Loads the driver when it is needed. */
async function loadDriver() {
  try {
    return await import('pg');
  } catch (cause) {
    throw missingPeer('reading from PostgreSQL', 'pg', cause);
  }
}

/**
 * Connects and begins.
 * @throws SluiceError `SERVICE_FAILED`, `INVALID` for an invalid connection or snapshot, `ABORTED`, `MISSING_PEER`
 */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const client = await makeClient(options);
  const name = nameOf(client, options.what);
  let lost: unknown;
  // A pending query reports the loss itself; a later query reports only that there is no connection.
  client.on('error', (cause) => {
    lost ??= cause;
  });
  let isConnected = false;
  const session: Session = { client, lost: () => lost, close: () => closeClient(client, isConnected) };
  try {
    await untilAborted(client.connect(), signal);
    isConnected = true;
    await untilAborted(
      client.query(CHECK_CONNECTION).catch(() => {}),
      signal,
    );
  } catch (cause) {
    await session.close();
    throw postgresFailure(cause, name, 'connect');
  }
  try {
    const { snapshot } = options;
    const takeSnapshot = snapshot === undefined ? '' : `; SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshot)}`;
    await untilAborted(client.query(`${BEGIN}${takeSnapshot}; ${SETTINGS}; ${NO_LIMITS}`), signal);
    return session;
  } catch (cause) {
    await session.close();
    throw postgresFailure(cause, name, options.snapshot === undefined ? 'connect' : 'begin');
  }
}

/** The name of what is read, in errors: the host, the database, and the rows. */
export function nameOf({ host, database }: Client, what: string): string {
  return `${host}/${database ?? ''} ${what}`;
}

async function makeClient({ connection }: SessionOptions): Promise<Client> {
  const { Client } = await loadDriver();
  const config = typeof connection === 'string' ? { connectionString: connection } : connection;
  try {
    return new Client({ ...DEFAULTS, ...config });
  } catch {
    // The error would show the complete text, with the password in it.
    const message = 'connection: must be an address such as postgres://user@host:5432/database';
    throw new SluiceError('INVALID', 'read', message, { path: 'connection' });
  }
}

async function closeClient(client: Client, isConnected: boolean): Promise<void> {
  const { stream } = client.connection;
  if (!isConnected) stream.destroy();
  // The driver destroys the connection during a query, and otherwise waits for the server to end it.
  const late = setTimeout(() => client.connection.stream.destroy(), LONGEST_GOODBYE_MS);
  try {
    await client.end();
  } finally {
    clearTimeout(late);
  }
}
