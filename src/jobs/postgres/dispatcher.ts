/** Wake-up messages of pg-boss: they outlive the process that sends them, and may be delayed. */
import { setTimeout as wait } from 'node:timers/promises';
import type PgBoss from 'pg-boss';
import { missingPeer } from '../../terms/missing-peer.js';

/** Options of a dispatcher. */
export interface DispatcherOptions {
  /** Runs SQL on a connection of the engine. */
  readonly executeSql: (text: string, values?: readonly unknown[]) => Promise<{ rows: unknown[] }>;
  /** Schema of the messages. */
  readonly schema: string;
  readonly onError: (cause: unknown) => void;
}

const QUEUE = 'sluice';

/** Interval of polls for messages, in milliseconds. */
const POLL_MS = 500;

/** Messages fetched at a time. */
const TICKETS = 20;

/** How long a shutdown waits for messages in progress, in milliseconds. */
const STOP_MS = 2000;

/**
 * Sends and receives wake-ups. A message says that there may be a job to claim, not which one: the table of jobs
 * decides. A lost, duplicate or late message does no harm; engines that run jobs also poll.
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

  /** @throws SluiceError `MISSING_PEER`, errors of the database */
  static async open({ executeSql, schema, onError }: DispatcherOptions): Promise<Dispatcher> {
    const module = await importPgBoss();
    // A named export in version 12, the default one in version 10.
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

  /** Sends a wake-up. */
  async send(job: string, startAfterMs = 0): Promise<void> {
    const startAfter = new Date(Date.now() + startAfterMs);
    await this.#boss
      .send(QUEUE, { job }, { retryLimit: 0, startAfter: startAfterMs > 0 ? startAfter : undefined })
      .catch(this.#onError);
  }

  /**
   * Calls back for messages from now on. Uses its own loop: that of pg-boss completes messages without awaiting it, so
   * that an outage of the database would crash the process with an unhandled rejection.
   */
  work(onWakeUp: () => void): void {
    this.#working = this.#work(onWakeUp);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
    await this.#boss.stop({ graceful: true, wait: true, timeout: STOP_MS, close: false }).catch(this.#onError);
  }

  async #work(onWakeUp: () => void): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const tickets = (await this.#boss.fetch(QUEUE, { batchSize: TICKETS })) ?? [];
        if (tickets.length > 0) {
          onWakeUp();
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
