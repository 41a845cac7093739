/** The database behind an engine: statements, and what a lost connection means for them. */
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, Pool, PoolConfig } from 'pg';
import { messageOf, SluiceError, systemCode } from '../../terms/errors.js';

/** SQLSTATE classes and codes of failures that pass: no connection, a server that starts or ends, too much at once. */
const PASSING = /^(08...|57P0[123]|53...|40001|40P01|55P03|25P0[34])$/;

/** The first wait before a statement is tried again; each is twice as long as the one before. */
const FIRST_WAIT_MS = 50;

/** How long connections may take to end, in milliseconds; then they are cut. */
const END_MS = 2000;

/** What `pg` makes connections of. */
interface Driver {
  readonly Pool: new (config: PoolConfig) => Pool;
  readonly Client: new (config: PoolConfig) => Client;
}

/** What a database is reached by. */
export interface DatabaseOptions {
  readonly driver: Driver;
  readonly config: PoolConfig;
  /** How long an urgent statement may take, in milliseconds. */
  readonly urgentMs: number;
}

/** How long a statement is tried again while there is no connection, and waits for locks, in milliseconds. */
const PATIENCE_MS = 10_000;

/** How long one try may take: a connection can die without a word, and then there must be time for another one. */
const TRY_MS = PATIENCE_MS / 2;

/** Says `on` on a standby, and wherever nothing can be written. */
const READ_ONLY = `SELECT current_setting('transaction_read_only') AS "readOnly"`;

/** Connections for statements at the most. */
const CONNECTIONS = 10;

/** Runs statements, over connections that can all be ended whatever the other side does. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #pool: Pool;
  /** What must not wait for other statements has a connection of its own. */
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
      ...timeouts(TRY_MS),
    });
    this.#urgent = new driver.Pool({ ...config, ...timeouts(urgentMs), max: 1 });
    // A connection that is lost while nobody uses it is no news: the pool makes another one.
    for (const pool of [this.#pool, this.#urgent]) pool.on('error', () => {});
  }

  /** A connection beside the others, which is the caller's to connect and to end. */
  client(): Client {
    return new this.#options.driver.Client(this.#config());
  }

  /** Runs SQL once, for those who deal with its failures themselves. */
  once(text: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }> {
    return this.#pool.query(text, values && [...values]);
  }

  /**
   * Runs a statement, as `answer` does.
   * @returns its rows
   */
  async run<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.answer<Row>(text, values)).rows;
  }

  /** Runs a statement as `answer` does, without a wait for others. */
  async runUrgently<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.answer<Row>(text, values, this.#urgent)).rows;
  }

  /**
   * Runs a statement, again where the connection was lost; so it must be one that does no harm when it is done twice.
   * @returns its rows, and whether it may have been done before
   * @throws SluiceError `SERVICE_FAILED`
   */
  async answer<Row extends object>(
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
   * Sees whether there is a database that can be written to, without the patience that statements have.
   * @throws SluiceError `SERVICE_FAILED`
   */
  async requireWritable(): Promise<void> {
    const ask = () => this.#pool.query<{ readOnly: string }>(READ_ONLY);
    // A connection that died while nobody used it tells nothing of the next one.
    const { rows } = await ask()
      .catch(ask)
      .catch((cause: unknown) => {
        throw databaseError(cause);
      });
    if (rows[0]?.readOnly === 'off') return;
    throw new SluiceError('SERVICE_FAILED', 'job', 'the database of the jobs can only be read');
  }

  /** Statements that fail from now on are not tried again. */
  giveUp(): void {
    this.#closing.abort();
  }

  /** Ends all connections; those that do not end by themselves are cut. */
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

/** How long a try may take; the server gives a lock up before we do, lest statements that we left wait there for ever. */
function timeouts(ms: number): PoolConfig {
  return { connectionTimeoutMillis: ms, query_timeout: ms, lock_timeout: Math.ceil(0.8 * ms) };
}

/** Whether a failure is one of the connection, not of the statement. */
function isPassing(cause: unknown): boolean {
  const code = systemCode(cause);
  // The driver's own failures, such as a connection that ended, bear no code, those of the system one like ECONNRESET.
  return code === undefined || /^E[A-Z]/.test(code) || PASSING.test(code);
}

/** A failure of the database, without the address, which may hold a password. */
export function databaseError(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause;
  // A host with several addresses fails with one error for all of them, and no message.
  const reason = cause instanceof AggregateError ? cause.errors.map(messageOf).join('; ') : messageOf(cause);
  return new SluiceError('SERVICE_FAILED', 'job', `the database of the jobs: ${reason}`, { cause });
}
