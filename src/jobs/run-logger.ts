/** The log of a run, as a service may write it. */
import type { Logger } from '../terms/logger.js';
import { matchedNothing } from '../terms/receipt.js';

/** Notes that concern the client who made a request, and are no warnings for the operator. */
const concernsClient = (code: string) => matchedNothing(code) || code === 'OPTIONS_WITHOUT_EFFECT' || code === 'NO_IDS';

/**
 * A logger without the texts of notes and rejects: they name ids, types and members of entities, which belong to the
 * tenant and are in its receipt and its file of rejects. Codes, counts and positions stay.
 */
export function runLogger(logger: Logger): Logger {
  const warn: Logger['warn'] = (facts, message) => {
    if (!('code' in facts)) logger.warn(facts, message);
    else if ('recordIndex' in facts) logger.warn(facts, 'a record was rejected');
    else logger[concernsClient(String(facts.code)) ? 'info' : 'warn'](facts, 'the receipt has a note');
  };
  // Starts and ends of attempts are omitted: the changes of the job report them.
  return { ...logger, warn, info: () => {}, debug: () => {} };
}
