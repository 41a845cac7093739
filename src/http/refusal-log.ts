/** What the log hears of refused requests: the first at once, then their number each minute. */
import type { Logger } from '../terms/logger.js';

/** Why a request or a connection was refused. */
export type RefusalKind = 'unauthenticated' | 'tooManyRequests' | 'connectionsClosed' | 'bodiesTooSlow';

const INTERVAL_MS = 60_000;

/** Counts refusals, so that an attack is seen and does not flood the log. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #counts = new Map<RefusalKind, number>();
  #address = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Notes one refusal. */
  count(kind: RefusalKind, address: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#address = address;
    if (this.#timer) return;
    this.#tell();
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS).unref();
  }

  /** Tells what was not told yet. */
  close(): void {
    if (this.#counts.size > 0) this.#tell();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#counts.size > 0) this.#tell();
    else this.close();
  }

  #tell(): void {
    const refused = Object.fromEntries(this.#counts);
    this.#counts.clear();
    this.#logger.warn({ refused, lastAddress: this.#address, intervalMs: INTERVAL_MS }, 'requests were refused');
  }
}
