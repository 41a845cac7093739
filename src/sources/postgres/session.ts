/** A connection in a transaction that sees one state of the database, and changes nothing in it. */
import type { Client, ClientConfig } from 'pg';
import { SluiceError } from '../../terms/errors.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { untilAborted } from '../until-aborted.js';
import { postgresFailure } from './postgres-failure.js';

/** An open session. */
export interface Session {
  readonly client: Client;
  /** What its connection was lost by while nobody waited for an answer; undefined while it is there. */
  lost(): unknown;
  /** Ends it; a query that is under way ends with it. Never fails. */
  close(): Promise<void>;
}

/** Where and how to open one. */
export interface SessionOptions {
  readonly connection: string | ClientConfig;
  /** Words for what is read, for errors; the place of the database is put before them. */
  readonly what: string;
  /** Of another transaction; absent: the state at the first query. */
  readonly snapshot?: string;
}

/**
 * What is asked of every connection, unless the caller says otherwise: a server that does not answer is given up, and
 * one that has gone without a word is noticed.
 */
const DEFAULTS = {
  fallback_application_name: 'sluice',
  connectionTimeoutMillis: 30_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} as const;

/** How long the server may take for its goodbye, in milliseconds. */
const LONGEST_GOODBYE_MS = 2000;

/**
 * How often a server looks, during a query that has no rows yet, whether its client is still there, in milliseconds:
 * otherwise it notices only when it writes. PostgreSQL 14 and later, on systems that can tell.
 */
const CHECK_CONNECTION =
  "SELECT set_config(name, '1000', false) FROM pg_settings WHERE name = 'client_connection_check_interval' AND setting = '0'";

const BEGIN = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** Keys are text, and must mean the same in another session. */
const SETTINGS =
  "SET LOCAL client_encoding TO 'UTF8'; SET LOCAL DateStyle TO 'ISO'; SET LOCAL IntervalStyle TO 'postgres'";

/** The driver, which is loaded when it is needed. */
async function loadDriver() {
  try {
    return await import('pg');
  } catch (cause) {
    throw missingPeer('reading from PostgreSQL', 'pg', cause);
  }
}

/**
 * Connects and begins.
 * @throws SluiceError `SERVICE_FAILED`, `INVALID` for a connection or snapshot that is none, `ABORTED`, `MISSING_PEER`
 */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const client = await makeClient(options);
  const name = nameOf(client, options.what);
  let lost: unknown;
  // Who waits for a query hears of it there; who asks for the next one is only told that there is no connection.
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
    await untilAborted(client.query(`${BEGIN}${takeSnapshot}; ${SETTINGS}`), signal);
    return session;
  } catch (cause) {
    await session.close();
    throw postgresFailure(cause, name, options.snapshot === undefined ? 'connect' : 'begin');
  }
}

/** How errors call what is read: the host, the database, and what of it. */
export function nameOf({ host, database }: Client, what: string): string {
  return `${host}/${database ?? ''} ${what}`;
}

async function makeClient({ connection }: SessionOptions): Promise<Client> {
  const { Client } = await loadDriver();
  const config = typeof connection === 'string' ? { connectionString: connection } : connection;
  try {
    return new Client({ ...DEFAULTS, ...config });
  } catch {
    // The failure would show the whole text, with the password in it.
    const message = 'connection: must be an address such as postgres://user@host:5432/database';
    throw new SluiceError('INVALID', 'read', message, { path: 'connection' });
  }
}

async function closeClient(client: Client, isConnected: boolean): Promise<void> {
  const { stream } = client.connection;
  if (!isConnected) stream.destroy();
  // The driver cuts the connection where a query is under way, and otherwise waits for the server to end it.
  const late = setTimeout(() => client.connection.stream.destroy(), LONGEST_GOODBYE_MS);
  try {
    await client.end();
  } finally {
    clearTimeout(late);
  }
}
