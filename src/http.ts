/** Entry point `sluice/http`: a Fastify plugin that serves jobs, with the documented routes and sluice's own. */

export type { Answer, AnswerSettings } from './http/answer-settings.js';
export type { Authenticate } from './http/authenticate.js';
export { bearerTokens } from './http/bearer-tokens.js';
export type { CompletedRequest, CompletedRequestListener } from './http/completed-request.js';
export type { ConnectionLimits } from './http/connection-limits.js';
export type { Identity, Right } from './http/identity.js';
export type { RateLimit } from './http/limits.js';
export type { SignInOptions } from './http/oidc/sign-in-options.js';
export { sluiceHttp } from './http/plugin.js';
export type { SluiceHttpOptions } from './http/service-options.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
