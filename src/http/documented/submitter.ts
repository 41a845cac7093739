/** Who submits an export, as far as the client says it. */
import type { FastifyRequest } from 'fastify';
import { memberAt } from '../../remote/members.js';

/** Maximum characters of a name. */
const LONGEST_NAME = 255;

/** The user of the documented header, or the one whom the body wants to notify. */
export function submitterOf({ headers, body }: Pick<FastifyRequest, 'headers' | 'body'>): string | undefined {
  const named = [headers['x-rdp-userid'], memberAt(body, 'clientState', 'notificationInfo', 'userId')];
  return named.find(isName);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !/\p{Cc}|\p{Cs}/u.test(value);
}
