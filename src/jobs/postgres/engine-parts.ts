/** The parts of the engine of many processes. */
import type { Logger } from '../../terms/logger.js';
import type { EngineLimits } from '../engine.js';
import type { ChangeFeedOptions } from './change-feed.js';
import type { Database } from './database.js';
import type { Dispatcher } from './dispatcher.js';

/** What an engine needs. */
export interface PostgresEngineParts {
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  /** Schema of the tables, an escaped identifier. */
  readonly schema: string;
  readonly limits: EngineLimits;
  readonly leaseMs: number;
  /** Id of this process among those over the same jobs. */
  readonly worker: string;
  /** A clock in milliseconds since 1970; leases use that of the database. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly feed: Pick<ChangeFeedOptions, 'connect' | 'channel' | 'own'>;
}
