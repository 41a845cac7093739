/** Failures of PostgreSQL and of the way to it, under our codes and in its own words. */
import type { DatabaseError } from 'pg';
import { type ErrorCode, messageOf, SluiceError } from '../../terms/errors.js';

/** What was being done. */
export type Doing = 'connect' | 'begin' | 'describe' | 'read';

/** By the first characters of its code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: readonly (readonly [string, ErrorCode])[] = [
  ['42501', 'PERMISSION_DENIED'],
  ['42P01', 'NOT_FOUND'],
  ['3F000', 'NOT_FOUND'],
  ['42', 'INVALID'],
];

const OTHERWISE: Readonly<Record<Doing, ErrorCode>> = {
  connect: 'SERVICE_FAILED',
  // Only a snapshot can be wrong.
  begin: 'INVALID',
  describe: 'READ_FAILED',
  read: 'READ_FAILED',
};

/**
 * Makes the error.
 * @param name of what is read
 * @param ownCharacters how many of the statement stand before the caller's own query; absent where there is none
 */
export function postgresFailure(cause: unknown, name: string, doing: Doing, ownCharacters?: number): SluiceError {
  if (cause instanceof SluiceError) return cause;
  const details = { source: name, cause };
  if (!isDatabaseError(cause)) return new SluiceError(OTHERWISE[doing], 'read', `${name}: ${wordsOf(cause)}`, details);
  const { code = '', detail, hint, position } = cause;
  const known = doing === 'connect' ? undefined : CODES.find(([begin]) => code.startsWith(begin))?.[1];
  const at = Number(position) - (ownCharacters ?? Number.NaN);
  const words = [
    `${cause.message}${at > 0 ? ` at character ${at} of the query` : ''}`,
    ...(detail === undefined ? [] : [detail]),
    ...(hint === undefined ? [] : [hint]),
    ...(isConflict(cause) && /recovery/.test(cause.message) ? [STANDBY] : []),
  ];
  return new SluiceError(known ?? OTHERWISE[doing], 'read', `${name}: ${words.join('; ')} (${code})`, details);
}

/** What a standby does to queries that hold up what comes from its primary, and what helps. */
const STANDBY =
  'a standby ends queries that hold up what it is sent: set hot_standby_feedback = on there, or a longer max_standby_streaming_delay';

/** Of the server's own accord, for the sake of others: the same query may do the next time. */
const CONFLICTS = ['40001', '40P01'];

/** Whether the server has ended a query, or its whole session, for the sake of others; also one that is told already. */
export function isConflict(cause: unknown): boolean {
  const reason = cause instanceof SluiceError ? cause.cause : cause;
  return isDatabaseError(reason) && CONFLICTS.includes(reason.code ?? '');
}

/** Told by its members: the driver may be another copy than ours. */
function isDatabaseError(cause: unknown): cause is DatabaseError {
  return cause instanceof Error && 'severity' in cause && 'code' in cause && typeof cause.code === 'string';
}

/** A connection that was tried on several addresses fails with one error of many, and no words of its own. */
function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(messageOf).join('; ');
  return messageOf(cause);
}
