/** Reads all rows by one COPY, on one connection. */
import { CopyOut } from './copy-out.js';
import { postgresFailure, tellingCause } from './postgres-failure.js';
import type { RowShape } from './row-decoder.js';
import type { Copies } from './rows-input.js';
import type { Session } from './session.js';

/** Approximate maximum of buffered bytes: what the server sends while a batch is processed. */
const CAPACITY = 1024 * 1024;

/**
 * Makes the COPY when it is requested.
 * @param statement returns it, after a key or from the beginning
 */
export function oneCopy(
  shape: RowShape,
  { client, lost, close }: Session,
  statement: (after: readonly string[] | undefined) => string,
): Copies {
  let isReturned = false;
  return {
    async next(after) {
      if (isReturned) return undefined;
      isReturned = true;
      return client.query(new CopyOut(statement(after), shape, CAPACITY));
    },
    failure: (cause) => postgresFailure(tellingCause(cause, lost()), shape.name, 'read'),
    lost,
    close,
  };
}
