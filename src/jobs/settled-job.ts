/** What webhooks tell of a job. */
import { randomUUID } from 'node:crypto';
import type { Delivery } from '../webhooks/delivery.js';
import type { JobRow } from './job-row.js';

/** The deliveries of a job that has ended: one for each of its addresses. */
export function newDeliveries(row: JobRow): readonly Delivery[] {
  const { id, tenant, state, createdAt, changedAt, endedAt = changedAt, progress, error, webhooks = [] } = row;
  const { read, written } = progress;
  const job = { id, state, createdAt, endedAt, read, written, error: error?.code };
  return webhooks.map((url) => ({
    id: `msg_${randomUUID()}`,
    tenant,
    url,
    job,
    state: 'pending',
    createdAt: endedAt,
    attempts: 0,
    nextAt: endedAt,
  }));
}
