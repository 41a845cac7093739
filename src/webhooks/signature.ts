/** Signatures as Standard Webhooks defines them (https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto';

/** Prefix of secrets in text. */
const SECRET_PREFIX = 'whsec_';

/** The secret of a tenant, derived from that of the jobs. */
export function secretOfTenant(secret: Buffer, tenant: string): string {
  return `${SECRET_PREFIX}${createHmac('sha256', secret).update(`webhooks of ${tenant}`).digest('base64')}`;
}

/** The headers of an attempt. @param seconds its time since 1970 */
export function signedHeaders(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${digest}` };
}
