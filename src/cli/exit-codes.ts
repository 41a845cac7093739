/** What the process answers the shell. */
import { ERROR_CODES, type ErrorCode, type ErrorFamily } from '../terms/errors.js';

/** The published exit codes. */
export const EXIT = {
  /** Done, or the reader of a pipe went away. */
  done: 0,
  /** A fault of sluice. */
  internal: 1,
  /** Flags or a request that cannot be done. */
  usage: 2,
  /** Input that is faulty, or an artefact that did not verify. */
  input: 4,
  /** The operating system refused to read or write. */
  io: 5,
  /** A service refused: who asks, what is asked for, or how much of it. */
  refused: 6,
  /** Done, but some records were rejected. */
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

/** The exit code of every error code. */
export function exitCodeOf(code: ErrorCode): number {
  return BY_FAMILY[ERROR_CODES[code]];
}
