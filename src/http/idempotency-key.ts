/** The key of a request under which it has an effect once. */
import type { FastifyRequest } from 'fastify';
import { Refusal } from './refusal.js';

/** @throws SluiceError `INVALID` */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const path = 'headers.idempotency-key';
  throw new Refusal('INVALID', `${path}: must be 1 to 255 characters of ASCII`, { path });
}
