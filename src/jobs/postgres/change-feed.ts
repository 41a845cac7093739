/** Notifications of changes by other engines: a listening connection, replaced when it is lost. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { isObject, type UnknownObject } from '../../options/faults.js';
import type { JobSummary } from '../job.js';

/** A deleted job. */
type RemovedJob = Pick<JobSummary, 'id' | 'tenant'>;

/** Options of a feed. */
export interface ChangeFeedOptions {
  readonly connect: () => Client;
  /** Name of the channel, an escaped identifier. */
  readonly channel: string;
  /** Prefix of the notifications of this engine's own changes. */
  readonly own: string;
  /** Called with the id of a job that another engine has changed. */
  readonly onChange: (id: string) => void;
  /** Called with a job that another engine has deleted. */
  readonly onRemoved: (job: RemovedJob) => void;
  /** Called when it listens again: notifications may have been missed. */
  readonly onGap: () => void;
}

/** First and maximum delay before a reconnect, in milliseconds. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** Interval of pings of the connection, in milliseconds. */
const PING_MS = 5000;

/** How long a lost connection may take to close, in milliseconds. */
const END_MS = 1000;

/** A listening connection. */
interface Listening {
  /** Resolves once the connection is lost or the feed is closed, and the connection has ended. */
  readonly over: Promise<void>;
}

/** Listens from `start` to `close`. */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Resolves once it listens; rejects if it cannot. */
  async start(): Promise<void> {
    this.#running = this.#keepListening(await this.#listen());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #keepListening(first: Listening): Promise<void> {
    const { signal } = this.#closing;
    await first.over;
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; ) {
      try {
        const { over } = await this.#listen();
        waitMs = FIRST_WAIT_MS;
        this.#options.onGap();
        await over;
      } catch {
        await wait(waitMs, undefined, { signal }).catch(() => {});
        waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs);
      }
    }
  }

  async #listen(): Promise<Listening> {
    const { connect, channel, own, onChange, onRemoved } = this.#options;
    const client = connect();
    const { signal } = this.#closing;
    const lost = new Promise<void>((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      client.on('error', end);
      client.on('end', end);
      signal.addEventListener('abort', end);
    });
    client.on('notification', ({ payload = '' }) => {
      if (payload.startsWith(own)) return;
      const removed = removedIn(payload);
      if (removed) onRemoved(removed);
      else onChange(payload.slice(payload.lastIndexOf(' ') + 1));
    });
    const listens = client.connect().then(() => client.query(`LISTEN ${channel}`));
    listens.catch(() => {});
    try {
      // Closing must not wait for an unresponsive server.
      await Promise.race([listens, lost.then(() => Promise.reject(new Error('the connection has ended')))]);
    } catch (cause) {
      await ended(client);
      throw cause;
    }
    return { over: this.#watch(client, lost) };
  }

  /** Pings the connection: it can fail without an event. */
  async #watch(client: Client, lost: Promise<void>): Promise<void> {
    let silent: () => void = () => {};
    const silence = new Promise<void>((resolve) => {
      silent = resolve;
    });
    let answered = true;
    const timer = setInterval(() => {
      if (!answered) silent();
      answered = false;
      client.query('SELECT').then(() => {
        answered = true;
      }, silent);
    }, PING_MS).unref();
    await Promise.race([lost, silence]);
    clearInterval(timer);
    await ended(client);
  }
}

/** The job of a notification that one was deleted. */
function removedIn(payload: string): RemovedJob | undefined {
  const at = payload.indexOf(' -{');
  if (at < 0) return undefined;
  const { id, tenant } = objectIn(payload.slice(at + 2));
  return typeof id === 'string' && typeof tenant === 'string' ? { id, tenant } : undefined;
}

function objectIn(text: string): UnknownObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function ended(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), wait(END_MS)]);
}
