/** What a run tells, for the log of a service. */
import type { Logger } from '../terms/logger.js';

/**
 * The log of a run without the texts of its notes and rejects: they name ids, types and members of entities, which the
 * receipt and the file of rejects hold for those they belong to. Codes, counts and places stay.
 */
export function runLogger(logger: Logger): Logger {
  const warn: Logger['warn'] = (facts, message) => logger.warn(facts, 'code' in facts ? textOf(facts) : message);
  // Each attempt would tell that it began and ended, as the changes of its job do.
  return { ...logger, warn, info: () => {}, debug: () => {} };
}

function textOf(facts: object): string {
  return 'recordIndex' in facts ? 'a record was rejected' : 'the receipt has a note';
}
