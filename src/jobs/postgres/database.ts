/** The database of an engine: statements, and their retries after lost connections. */
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, Pool, PoolConfig } from 'pg';
import { errorsIn } from '../../terms/any-error.js';
import { messageOf, SluiceError, systemCode } from '../../terms/errors.js';

/** SQLSTATE classes and codes of temporary failures: no connection, start or shutdown of the server, overload. */
const PASSING = /^(08...|57P0[123]|53...|40001|40P01|55P03|25P0[34])$/;

/** Delay before the first retry of a statement; doubles with each further one. */
const FIRST_WAIT_MS = 50;

/** How long connections may take to close before they are cut, in milliseconds. */
const END_MS = 2000;

/** Constructors of `pg`. */
interface Driver {
  readonly Pool: new (config: PoolConfig) => Pool;
  readonly Client: new (config: PoolConfig) => Client;
}

/** How a database is reached. */
export interface DatabaseOptions {
  readonly driver: Driver;
  readonly config: PoolConfig;
  /** Time limit of an urgent statement, in milliseconds. */
  readonly urgentMs: number;
}

/** Time limit of a statement with its retries and its waits for locks, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Time limit of one try: a connection can fail without an event, and time for a retry must be left. */
const TRY_MS = PATIENCE_MS / 2;

/** Returns `on` on a standby, and wherever writes are not possible. */
const READ_ONLY = `SELECT current_setting('transaction_read_only') AS "readOnly"`;

/** Maximum number of connections for statements. */
const CONNECTIONS = 10;

/** Runs statements over connections that can all be ended, even if the server does not respond. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #pool: Pool;
  /** A separate connection for statements that must not wait for others. */
  readonly #urgent: Pool;
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();

  constructor(options: DatabaseOptions) {
    this.#options = options;
    const { driver, urgentMs } = options;
    const config = this.#config();
    this.#pool = new driver.Pool({
      max: CONNECTIONS,
      ...config,
      ...sessions(config, TRY_MS),
    });
    this.#urgent = new driver.Pool({ ...config, ...sessions(config, urgentMs), max: 1 });
    // An idle connection was lost: the pool opens another one.
    for (const pool of [this.#pool, this.#urgent]) pool.on('error', () => {});
  }

  /** A separate connection, to be connected and ended by the caller. */
  client(): Client {
    return new this.#options.driver.Client(this.#config());
  }

  /** Runs SQL without retries. */
  once(text: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }> {
    return this.#pool.query(text, values && [...values]);
  }

  /**
   * Runs a statement, as `query` does.
   * @returns its rows
   */
  async run<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.query<Row>(text, values)).rows;
  }

  /** Runs a statement as `query` does, over the separate connection. */
  async runUrgently<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.query<Row>(text, values, this.#urgent)).rows;
  }

  /**
   * Runs a statement, and retries it after a lost connection: it must be idempotent.
   * @returns its rows, and whether an earlier try may have succeeded
   * @throws SluiceError `SERVICE_FAILED`
   */
  async query<Row extends object>(
    text: string,
    values: readonly unknown[],
    pool = this.#pool,
  ): Promise<{ readonly rows: readonly Row[]; readonly again: boolean }> {
    const late = performance.now() + PATIENCE_MS;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
      try {
        const { rows } = await pool.query<Row>(text, [...values]);
        return { rows, again: waitMs > FIRST_WAIT_MS };
      } catch (cause) {
        const again = isPassing(cause) && performance.now() + waitMs < late && !this.#closing.signal.aborted;
        if (!again) throw databaseError(cause);
        await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  /**
   * Checks that the database accepts writes; without the retries of statements.
   * @throws SluiceError `SERVICE_FAILED`
   */
  async requireWritable(): Promise<void> {
    const ask = () => this.#pool.query<{ readOnly: string }>(READ_ONLY);
    // A connection that failed while idle says nothing about the next one.
    const { rows } = await ask()
      .catch(ask)
      .catch((cause: unknown) => {
        throw databaseError(cause);
      });
    if (rows[0]?.readOnly === 'off') return;
    throw new SluiceError('SERVICE_FAILED', 'job', 'the database of the jobs is read-only');
  }

  /** Stops retries: failures from now on are final. */
  giveUp(): void {
    this.#closing.abort();
  }

  /** Ends all connections; cuts those that do not end in time. */
  async close(): Promise<void> {
    this.giveUp();
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, END_MS);
    await Promise.all([this.#pool.end(), this.#urgent.end()]);
    clearTimeout(cut);
  }

  #config(): PoolConfig {
    return {
      ...this.#options.config,
      stream: () => {
        const socket = new Socket();
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        return socket;
      },
    };
  }
}

/**
 * The limits of one try; the server gives up a lock earlier, or an abandoned statement would wait forever. Settings of the
 * session are statements: poolers such as PgBouncer refuse them as parameters of the connection.
 */
function sessions({ verify }: PoolConfig, ms: number): PoolConfig {
  const settings = `SET lock_timeout = ${Math.ceil(0.8 * ms)}; SET default_transaction_isolation = 'read committed'`;
  return {
    connectionTimeoutMillis: ms,
    query_timeout: ms,
    verify(client, done) {
      // Neither the pool nor a query listens between two steps of a new connection. What is lost fails its query.
      client.on('error', () => {});
      client.query(settings).then(() => (verify ? verify(client, done) : done()), done);
    },
  };
}

/** Whether a failure concerns the connection, not the statement. */
function isPassing(cause: unknown): boolean {
  const code = systemCode(cause);
  // The driver's own errors, e.g. of an ended connection, have no code; those of the system have one like ECONNRESET.
  return code === undefined || /^E[A-Z]/.test(code) || PASSING.test(code);
}

/** The error of a database, without its address, which may contain a password. */
export function databaseError(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause;
  // For a host with several addresses, the error is an aggregate without a message.
  const reason = errorsIn(cause).map(messageOf).join('; ') || messageOf(cause);
  return new SluiceError('SERVICE_FAILED', 'job', `the database of the jobs: ${reason}`, { cause });
}
