/** Deliveries of webhooks: what is sent to whom, and how far that is. */

/** State of a delivery: it is tried again, was accepted, or was given up. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;

/** State of a delivery. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A job at its end: what a webhook tells. */
export interface SettledJob {
  /** The work automation id. */
  readonly id: string;
  /** How it ended. */
  readonly state: string;
  /** When it was submitted, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it ended, in milliseconds since 1970. */
  readonly endedAt: number;
  /** Records read from the source. */
  readonly read: number;
  /** Records written to the result. */
  readonly written: number;
  /** Code of the error of a failed job. */
  readonly error?: string;
}

/** A delivery: one event for one address. It stays when its job is deleted. */
export interface Delivery {
  /** Sent as `webhook-id`; the same in all attempts, by which a receiver recognizes a repetition. */
  readonly id: string;
  /** The tenant of the job. */
  readonly tenant: string;
  /** Where it is sent. */
  readonly url: string;
  /** The job at its end. */
  readonly job: SettledJob;
  /** Whether it is tried again, was accepted, or was given up. */
  readonly state: DeliveryState;
  /** When the job ended, or it was sent again on demand, in milliseconds since 1970. */
  readonly createdAt: number;
  /** Number of attempts that have begun. */
  readonly attempts: number;
  /** When the next attempt is due, in milliseconds since 1970; of one that is pending. */
  readonly nextAt?: number;
  /** When it was accepted or given up, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** Why the last attempt failed. */
  readonly error?: string;
}

/** Which deliveries, and which page of them. */
export interface DeliveryQuery {
  /** Only those in this state; default any. */
  readonly state?: DeliveryState;
  /** Maximum number of deliveries, 1 to 500; default 50. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** A page of deliveries, newest first. */
export interface DeliveryPage {
  /** The deliveries of this page. */
  readonly deliveries: readonly Delivery[];
  /** Start of the next page; absent on the last one. */
  readonly next?: string;
}

/** What an attempt changes. */
export type DeliveryChange =
  | { readonly state: 'delivered'; readonly endedAt: number }
  | { readonly state: 'failed'; readonly endedAt: number; readonly error: string }
  | { readonly state: 'pending'; readonly nextAt: number; readonly error?: string };

/** Storage of deliveries, written with the end of their jobs. Resolved writes are durable. */
export interface DeliveryStore {
  /**
   * Begins an attempt of deliveries that are due: for each, the attempt is counted, and the next one is due after the lease.
   * @param except tenants whose deliveries wait; default none
   * @param latest when an attempt can be due at the latest; a later one comes from a clock that was set back, and is due now;
   *   default any time
   */
  claim(
    now: number,
    leaseMs: number,
    limit: number,
    except?: readonly string[],
    latest?: number,
  ): Promise<readonly Delivery[]>;
  /** Ends an attempt; without effect if a later one has begun. */
  settle(id: string, attempt: number, change: DeliveryChange): Promise<void>;
  /**
   * When the next attempt is due, in milliseconds since 1970; undefined if none is pending.
   * @param except tenants that do not count; default none
   */
  nextAt(except?: readonly string[]): Promise<number | undefined>;
  /**
   * The deliveries of a tenant, newest first.
   * @throws SluiceError `INVALID` for a start that is not `next` of a page
   */
  list(tenant: string, query: DeliveryQuery & { readonly limit: number }): Promise<DeliveryPage>;
  /** Makes a delivery of a tenant due again, under its id; undefined if there is none. */
  redeliver(tenant: string, id: string, now: number): Promise<Delivery | undefined>;
  /** Deletes what was accepted or given up before a time. */
  forget(before: number): Promise<void>;
}
