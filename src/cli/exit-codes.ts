/** Exit codes of the process. */
import { ERROR_CODES, type ErrorCode, type ErrorFamily } from '../terms/errors.js';
import { isUnmatched, type Receipt } from '../terms/receipt.js';

/** The published exit codes. */
export const EXIT = {
  /** Done, or the reader of a pipe closed it. */
  done: 0,
  /** A bug in sluice. */
  internal: 1,
  /** Invalid flags or an invalid request. */
  usage: 2,
  /** Done under `--strict`, but something that was asked for matched nothing. */
  unmatched: 3,
  /** Invalid input, or a result that failed verification. */
  input: 4,
  /** Reading or writing failed. */
  io: 5,
  /** A service refused authentication, request or quota. */
  refused: 6,
  /** Done, but some records were rejected, or files set aside. */
  rejects: 7,
  /** Interrupted. */
  interrupted: 130,
} as const;

const BY_FAMILY: Readonly<Record<ErrorFamily, number>> = {
  request: EXIT.usage,
  access: EXIT.refused,
  missing: EXIT.refused,
  state: EXIT.refused,
  expired: EXIT.refused,
  limit: EXIT.refused,
  unavailable: EXIT.io,
  input: EXIT.input,
  io: EXIT.io,
  abort: EXIT.interrupted,
  internal: EXIT.internal,
};

/** The exit code of an export that is done. */
export function exitCodeOfDone(
  { rejected, setAside, notes }: Pick<Receipt, 'rejected' | 'setAside' | 'notes'>,
  strict: boolean,
): number {
  if (rejected > 0 || setAside) return EXIT.rejects;
  return strict && notes.some(isUnmatched) ? EXIT.unmatched : EXIT.done;
}

/** Maps an error code to the exit code. */
export function exitCodeOf(code: ErrorCode): number {
  return BY_FAMILY[ERROR_CODES[code]];
}
