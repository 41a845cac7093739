/** Who submits an export, as far as the client says it. */
import type { FastifyRequest } from 'fastify';
import type { Submission } from '../../jobs/tenant-jobs.js';
import { memberAt } from '../../remote/members.js';
import type { AnswerSettings } from '../answer-settings.js';
import { header, type Schema } from '../responses.js';

/** Maximum characters of a name. */
const LONGEST_NAME = 255;

/** The documented headers, for the description of routes. */
export const USER_HEADERS: Schema = {
  'x-rdp-userid': header('Who runs the export, if the service lets clients say so'),
  'x-rdp-useremail': header('The address of that user'),
};

/**
 * The user of the documented headers, who runs the export, if the tenant may say so; else the one whom the body wants to
 * notify submits it.
 */
export function submitterOf(
  { headers, body }: Pick<FastifyRequest, 'headers' | 'body'>,
  { userHeaders }: Pick<AnswerSettings, 'userHeaders'>,
): Pick<Submission, 'submittedBy' | 'userId' | 'userEmail'> {
  const said = (name: string) => [userHeaders ? headers[name] : undefined].find(isName);
  const userId = said('x-rdp-userid');
  const notified = [memberAt(body, 'clientState', 'notificationInfo', 'userId')].find(isName);
  return { submittedBy: userId ?? notified, userId, userEmail: said('x-rdp-useremail') };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !/\p{Cc}|\p{Cs}/u.test(value);
}
