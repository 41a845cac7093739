/** The door to HTTP: a Fastify plugin that serves jobs, by the documented routes and by our own. */

export type { AnsweredRequest, AnswerListener } from './http/answered-request.js';
export { type Authenticate, tokenAuthenticator } from './http/authenticate.js';
export type { ConnectionLimits } from './http/connection-limits.js';
export type { RateLimit } from './http/limits.js';
export { type SluiceHttpOptions, sluiceHttp } from './http/plugin.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
