/** The database behind an engine: statements, and what a lost connection means for them. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import { messageOf, SluiceError, systemCode } from '../../terms/errors.js';

/** SQLSTATE classes and codes of failures that pass: no connection, a server that starts or ends, too much at once. */
const PASSING = /^(08...|57P0[123]|53...|40001|40P01|55P03|25P0[34])$/;

/** The first wait before a statement is tried again; each is twice as long as the one before. */
const FIRST_WAIT_MS = 50;

/** Runs statements on the connections of a pool. */
export class Database {
  readonly #pool: Pool;
  /** How long a statement is tried again while there is no connection, in milliseconds. */
  readonly #patienceMs: number;
  readonly #closing = new AbortController();

  constructor(pool: Pool, patienceMs: number) {
    this.#pool = pool;
    this.#patienceMs = patienceMs;
    // A connection that is lost while nobody uses it is no news: the pool makes another one.
    pool.on('error', () => {});
  }

  /**
   * Runs a statement, as `answer` does.
   * @returns its rows
   */
  async run<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.answer<Row>(text, values)).rows;
  }

  /**
   * Runs a statement, again where the connection was lost; so it must be one that does no harm when it is done twice.
   * @returns its rows, and whether it may have been done before
   * @throws SluiceError `SERVICE_FAILED`
   */
  async answer<Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly again: boolean }> {
    const late = performance.now() + this.#patienceMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
      try {
        const { rows } = await this.#pool.query<Row>(text, [...values]);
        return { rows, again: waitMs > FIRST_WAIT_MS };
      } catch (cause) {
        const again = isPassing(cause) && performance.now() + waitMs < late && !this.#closing.signal.aborted;
        if (!again) throw databaseError(cause);
        await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.end();
  }
}

/** Whether a failure is one of the connection, not of the statement. */
export function isPassing(cause: unknown): boolean {
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
