/** Errors of PostgreSQL and of the connection to it, with the codes of sluice and the text of the server. */
import type { DatabaseError } from 'pg';
import { errorsIn, isError } from '../../terms/any-error.js';
import { type ErrorCode, messageOf, SluiceError } from '../../terms/errors.js';

/** The operation that failed. */
export type Doing = 'connect' | 'begin' | 'describe' | 'read';

/** Codes of sluice, by the first characters of the server's. */
type CodesBegin = readonly (readonly [string, ErrorCode])[];

/** By the first characters of the server's code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: CodesBegin = [
  ['42501', 'PERMISSION_DENIED'],
  ['42P01', 'NOT_FOUND'],
  ['3F000', 'NOT_FOUND'],
  ['42', 'INVALID'],
];

/** The codes of a snapshot that is malformed, or whose transaction has ended. */
const OF_SNAPSHOTS: CodesBegin = [
  ['22023', 'INVALID'],
  ['55000', 'INVALID'],
];

/** Those of each operation; a connection has none, since its failures may pass. */
const KNOWN: Readonly<Record<Doing, CodesBegin>> = { connect: [], begin: OF_SNAPSHOTS, describe: CODES, read: CODES };

const OTHERWISE: Readonly<Record<Doing, ErrorCode>> = {
  connect: 'SERVICE_FAILED',
  begin: 'SERVICE_FAILED',
  describe: 'READ_FAILED',
  read: 'READ_FAILED',
};

/**
 * Makes the error.
 * @param name of the rows
 * @param ownCharacters length of the statement before the caller's own query; absent if there is no such query
 */
export function postgresFailure(cause: unknown, name: string, doing: Doing, ownCharacters?: number): SluiceError {
  if (cause instanceof SluiceError) return cause;
  const details = { source: name, cause };
  if (!isDatabaseError(cause)) return new SluiceError(OTHERWISE[doing], 'read', `${name}: ${wordsOf(cause)}`, details);
  const { code = '', detail, hint, position } = cause;
  const known = KNOWN[doing].find(([begin]) => code.startsWith(begin))?.[1];
  const at = Number(position) - (ownCharacters ?? Number.NaN);
  const words = [
    `${cause.message}${at > 0 ? ` at character ${at} of the query` : ''}`,
    ...(detail === undefined ? [] : [detail]),
    ...(hint === undefined ? [] : [hint]),
    ...(isConflict(cause) && /recovery/.test(cause.message) ? [STANDBY] : []),
  ];
  return new SluiceError(known ?? OTHERWISE[doing], 'read', `${name}: ${words.join('; ')} (${code})`, details);
}

/** The cause of a failure: a query on a lost connection says only that there is none, and not why it was lost. */
export function tellingCause(cause: unknown, lost: unknown): unknown {
  return lost === undefined || cause instanceof SluiceError || isDatabaseError(cause) ? cause : lost;
}

/** Why a standby cancels queries, and the remedy. */
const STANDBY =
  'a standby cancels queries that delay its replication: set hot_standby_feedback = on there, or a longer max_standby_streaming_delay';

/** The server cancelled the query because of a conflict: the same query may succeed next time. */
const CONFLICTS = ['40001', '40P01'];

/** Whether the server cancelled a query, or ended its session, because of a conflict; also for an error made here. */
export function isConflict(cause: unknown): boolean {
  const reason = cause instanceof SluiceError ? cause.cause : cause;
  return isDatabaseError(reason) && CONFLICTS.includes(reason.code ?? '');
}

/** Recognized by its members, since the driver may be another copy than ours. */
function isDatabaseError(cause: unknown): cause is DatabaseError {
  return isError(cause) && 'severity' in cause && 'code' in cause && typeof cause.code === 'string';
}

/** A connection that failed at several addresses has one error of many, which has no message. */
function wordsOf(cause: unknown): string {
  if (isError(cause) && cause.message === '') return errorsIn(cause).map(messageOf).join('; ');
  return messageOf(cause);
}
