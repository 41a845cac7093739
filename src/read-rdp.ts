/** The door to entities of the documented platform: a source that reads them by HTTP. */
export { type RdpOptions, rdpEntities } from './pipeline/read/rdp/rdp-entities.js';
export type { SentCriteria } from './pipeline/read/rdp/sent-criteria.js';
export type { Source } from './pipeline/read/source.js';
export type { Retry } from './remote/back-off.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
export type { Logger } from './terms/logger.js';
