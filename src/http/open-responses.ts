/** Limits how many responses of one kind a tenant has open: each holds memory for as long as its client takes. */
import { Refusal } from './refusal.js';

/** The open responses of each tenant. */
export class OpenResponses {
  readonly #most: number;
  readonly #what: string;
  readonly #open = new Map<string, number>();

  /** @param what they are, in the plural */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Counts one until its client is gone, or has it. @throws SluiceError `TOO_MANY_REQUESTS` */
  count(tenant: string, gone: AbortSignal): void {
    const open = (this.#open.get(tenant) ?? 0) + 1;
    if (open > this.#most) throw new Refusal('TOO_MANY_REQUESTS', `more than ${this.#most} open ${this.#what}`);
    this.#open.set(tenant, open);
    const end = () => {
      const left = (this.#open.get(tenant) ?? 1) - 1;
      if (left > 0) this.#open.set(tenant, left);
      else this.#open.delete(tenant);
    };
    if (gone.aborted) end();
    else gone.addEventListener('abort', end, { once: true });
  }
}
