/** Hearing of the changes that other engines make: a connection that listens, and is made anew when it is lost. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';

/** What a feed is made of. */
export interface ChangeFeedOptions {
  readonly connect: () => Client;
  /** Name of the channel, an escaped identifier. */
  readonly channel: string;
  /** What notifications of this engine's own changes begin with. */
  readonly own: string;
  /** Called with the id of a job that another engine has changed. */
  readonly onChange: (id: string) => void;
  /** Called when it listens again: something may have been missed. */
  readonly onGap: () => void;
}

/** Between two tries to connect, growing from the first. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** Between two looks whether the connection still answers, in milliseconds. */
const PING_MS = 5000;

/** How long a lost connection may take to end, in milliseconds. */
const END_MS = 1000;

/** A connection that listens. */
interface Listening {
  /** Resolves when it is lost, or the feed is closed; the connection is gone then. */
  readonly over: Promise<void>;
}

/** Listens from its start to its close. */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Resolves once it listens; rejects when it cannot. */
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
    const { connect, channel, own, onChange } = this.#options;
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
      if (!payload.startsWith(own)) onChange(payload.slice(payload.lastIndexOf(' ') + 1));
    });
    const listens = client.connect().then(() => client.query(`LISTEN ${channel}`));
    listens.catch(() => {});
    try {
      // Whoever closes does not wait for a server that is silent.
      await Promise.race([listens, lost.then(() => Promise.reject(new Error('the connection has ended')))]);
    } catch (cause) {
      await ended(client);
      throw cause;
    }
    return { over: this.#watch(client, lost) };
  }

  /** Asks now and then whether the other side is still there: a connection can die without a word. */
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

async function ended(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), wait(END_MS)]);
}
