/** The doorbell: tickets of pg-boss, which outlive the process that sends them and may ring later. */
import { setTimeout as wait } from 'node:timers/promises';
import type PgBoss from 'pg-boss';
import { missingPeer } from '../../terms/missing-peer.js';

/** Where a dispatcher keeps its tickets, and who hears of its troubles. */
export interface DispatcherOptions {
  /** Runs SQL on a connection of the engine. */
  readonly executeSql: (text: string, values?: readonly unknown[]) => Promise<{ rows: unknown[] }>;
  /** Schema of the tickets. */
  readonly schema: string;
  readonly onError: (cause: unknown) => void;
}

const QUEUE = 'sluice';

/** Between two looks for tickets, in milliseconds. */
const POLL_MS = 500;

/** Tickets taken at a time: each only says that somebody should look. */
const TICKETS = 20;

/** How long a shutdown waits for tickets that are being answered, in milliseconds. */
const STOP_MS = 2000;

/**
 * Sends and answers tickets. One says that there may be a job to claim, not which: whose turn it is, the table of jobs
 * decides. So a ticket that is lost, doubled or late does no harm; engines that run jobs also look by themselves.
 */
export class Dispatcher {
  readonly #boss: PgBoss;
  readonly #onError: (cause: unknown) => void;
  readonly #closing = new AbortController();
  #working: Promise<void> = Promise.resolve();

  private constructor(boss: PgBoss, onError: (cause: unknown) => void) {
    this.#boss = boss;
    this.#onError = onError;
  }

  /** @throws SluiceError `MISSING_PEER`, and what the database refuses */
  static async open({ executeSql, schema, onError }: DispatcherOptions): Promise<Dispatcher> {
    const module = await importPgBoss();
    // Version 12 exports it by name, version 10 as the default.
    const Boss = named(module) ?? module.default;
    const boss = new Boss({ db: { executeSql }, schema, schedule: false });
    boss.on('error', onError);
    const dispatcher = new Dispatcher(boss, onError);
    try {
      await boss.start();
      await boss.createQueue(QUEUE);
      return dispatcher;
    } catch (cause) {
      await dispatcher.close();
      throw cause;
    }
  }

  /** Sends a ticket. */
  async send(job: string, startAfterMs = 0): Promise<void> {
    const startAfter = new Date(Date.now() + startAfterMs);
    await this.#boss
      .send(QUEUE, { job }, { retryLimit: 0, ...(startAfterMs > 0 ? { startAfter } : {}) })
      .catch(this.#onError);
  }

  /**
   * Calls back for tickets from now on. By a loop of our own: that of pg-boss answers tickets without waiting for it, so
   * that a database which is away for a moment ends the process by a rejection that nobody hears of.
   */
  work(ring: () => void): void {
    this.#working = this.#work(ring);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
    await this.#boss.stop({ graceful: true, wait: true, timeout: STOP_MS, close: false }).catch(this.#onError);
  }

  async #work(ring: () => void): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const tickets = (await this.#boss.fetch(QUEUE, { batchSize: TICKETS })) ?? [];
        if (tickets.length > 0) {
          ring();
          await this.#boss.complete(
            QUEUE,
            tickets.map(({ id }) => id),
          );
        }
        if (tickets.length === TICKETS) continue;
      } catch (cause) {
        this.#onError(cause);
      }
      await wait(POLL_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

function named(module: object): typeof PgBoss | undefined {
  return 'PgBoss' in module && isBoss(module.PgBoss) ? module.PgBoss : undefined;
}

function isBoss(value: unknown): value is typeof PgBoss {
  return typeof value === 'function';
}

async function importPgBoss() {
  try {
    return await import('pg-boss');
  } catch (cause) {
    throw missingPeer('sluice/jobs/postgres', 'pg pg-boss', cause);
  }
}
