/** The log of a run, as a service may write it. */
import type { Logger } from '../terms/logger.js';

/**
 * A logger without the texts of notes and rejects: they name ids, types and members of entities, which belong to the
 * tenant and are in its receipt and its file of rejects. Codes, counts and positions stay.
 */
export function runLogger(logger: Logger): Logger {
  const warn: Logger['warn'] = (facts, message) => logger.warn(facts, 'code' in facts ? textOf(facts) : message);
  // Starts and ends of attempts are omitted: the changes of the job report them.
  return { ...logger, warn, info: () => {}, debug: () => {} };
}

function textOf(facts: object): string {
  return 'recordIndex' in facts ? 'a record was rejected' : 'the receipt has a note';
}
