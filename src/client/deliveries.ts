/** Deliveries of webhooks, as a service returns them. */

import { countAt, listAt, memberAt, textAt } from '../options/json-members.js';
import { type Connection, failed } from '../remote/connection.js';
import type { DeliveryOptions } from './client-options.js';
import { startOf } from './remote-job.js';
import { requestJson } from './responses.js';

/** A delivery of a webhook. */
export interface RemoteDelivery {
  /** The `webhook-id`. */
  readonly id: string;
  /** Where it is sent. */
  readonly url: string;
  /** `pending`, `delivered` or `failed`. */
  readonly state: string;
  /** The job that it tells of. */
  readonly job: string;
  /** How that job ended. */
  readonly jobState: string;
  /** In ISO 8601. */
  readonly createdAt: string;
  /** Number of attempts. */
  readonly attempts: number;
  /** When the next attempt is due, in ISO 8601. */
  readonly nextAt?: string;
  /** Why the last attempt failed. */
  readonly error?: string;
}

/** A page of deliveries, newest first. */
export interface RemoteDeliveryPage {
  /** The deliveries of this page. */
  readonly deliveries: readonly RemoteDelivery[];
  /** Start of the next page; absent on the last one. */
  readonly next?: string;
}

/** A page of deliveries. */
export async function listDeliveries(connection: Connection, options: DeliveryOptions): Promise<RemoteDeliveryPage> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, String(value));
  const page = await requestJson(connection, `webhooks/deliveries${query.size > 0 ? `?${query}` : ''}`);
  return { deliveries: listAt(page, 'deliveries').map(acceptDelivery), next: startOf(textAt(page, 'next')) };
}

/** Sends a delivery again. */
export async function redeliver(connection: Connection, id: string): Promise<RemoteDelivery> {
  const path = `webhooks/deliveries/${encodeURIComponent(id)}/redeliver`;
  return acceptDelivery(await requestJson(connection, path, { method: 'POST' }));
}

/** The secret of the tenant. */
export async function webhookSecret(connection: Connection): Promise<string> {
  const secret = textAt(await requestJson(connection, 'webhooks/secret'), 'secret');
  if (secret === undefined) throw failed('the response has no secret');
  return secret;
}

function acceptDelivery(view: unknown): RemoteDelivery {
  const [id, url, state] = [textAt(view, 'id'), textAt(view, 'url'), textAt(view, 'state')];
  if (id === undefined || url === undefined || state === undefined) throw failed('the response is not a delivery');
  const job = memberAt(view, 'job');
  return {
    id,
    url,
    state,
    job: textAt(job, 'id') ?? '',
    jobState: textAt(job, 'state') ?? '',
    createdAt: textAt(view, 'createdAt') ?? '',
    attempts: countAt(view, 'attempts') ?? 0,
    nextAt: textAt(view, 'nextAt'),
    error: textAt(view, 'error'),
  };
}
