/** The entry point for entities of the documented platform: a source that reads them by HTTP. */

export type { Retry } from './remote/back-off.js';
export { rdpEntities } from './sources/rdp/rdp-entities.js';
export type { RdpOptions } from './sources/rdp/rdp-options.js';
export type { SentCriteria } from './sources/rdp/sent-criteria.js';
export type { Source } from './sources/source.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
export type { Logger } from './terms/logger.js';
