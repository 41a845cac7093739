/** Who submits an export, as far as the client says it. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Submission } from '../../jobs/tenant-jobs.js';
import { memberAt } from '../../options/json-members.js';
import type { AnswerSettings } from '../answer-settings.js';
import type { Caller } from '../identity.js';
import { Refusal } from '../refusal.js';
import { header } from '../responses.js';
import type { Schema } from '../schema-parts.js';

/** Maximum characters of a name. */
const LONGEST_NAME = 255;

/** The documented headers, for the description of routes. */
export const USER_HEADERS: Schema = {
  'x-rdp-userid': header('Who runs the export, if the service lets clients say so'),
  'x-rdp-useremail': header('The address of that user'),
};

/**
 * The authenticated user; else the user of the documented headers, who runs the export, if the tenant may say so; else the
 * one whom the body wants to notify submits it.
 * @throws SluiceError `INVALID` for a header that cannot be recorded
 */
export function submitterOf(
  { raw, body }: { readonly raw: Pick<IncomingMessage, 'rawHeaders'>; readonly body: unknown },
  { userHeaders }: Pick<AnswerSettings, 'userHeaders'>,
  { user }: Pick<Caller, 'user'> = {},
): Pick<Submission, 'submittedBy' | 'userId' | 'userEmail'> {
  if (user !== undefined) return { submittedBy: user, userId: user };
  const said = (name: string) => (userHeaders ? nameIn(valuesOf(raw.rawHeaders, name), `headers.${name}`) : undefined);
  const userId = said('x-rdp-userid');
  const notified = [memberAt(body, 'clientState', 'notificationInfo', 'userId')].find(isName);
  return { submittedBy: userId ?? notified, userId, userEmail: said('x-rdp-useremail') };
}

/** The values of a header that may be there more than once. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1].toLowerCase() === name);
}

/** The name in a header; undefined for one that is missing or empty. */
function nameIn([value = '', ...others]: readonly string[], path: string): string | undefined {
  // Node would join them to a name that nobody has said.
  if (others.some((other) => other !== value)) {
    throw new Refusal('INVALID', `${path}: is given more than once, with different names`, { path });
  }
  if (value === '') return undefined;
  // Node reads each byte of a header as a character.
  const bytes = Buffer.from(value, 'latin1');
  const name = isUtf8(bytes) ? bytes.toString() : value;
  if (isName(name)) return name;
  const message = `${path}: must be at most ${LONGEST_NAME} characters, none of them a control character`;
  throw new Refusal('INVALID', message, { path });
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !/\p{Cc}|\p{Cs}/u.test(value);
}
