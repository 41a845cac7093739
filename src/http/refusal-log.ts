/** Logs refused requests: the first one at once, then their number per minute. */
import type { Logger } from '../terms/logger.js';

/** Why a request or a connection was refused, or a response was ended. */
export type RefusalKind =
  | 'unauthenticated'
  | 'tooManyRequests'
  | 'connectionsClosed'
  | 'bodiesTooSlow'
  | 'responsesStalled';

const INTERVAL_MS = 60_000;

/** Counts refusals: an attack is visible, but does not flood the log. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #counts = new Map<RefusalKind, number>();
  #address = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Counts a refusal. */
  count(kind: RefusalKind, address: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#address = address;
    if (this.#timer) return;
    this.#tell();
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS).unref();
  }

  /** Logs the pending counts. */
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
