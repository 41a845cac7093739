/** Entry point `sluice/http/oidc`: authentication of the service by tokens of an issuer of OpenID Connect. */

export type { Authenticate } from './http/authenticate.js';
export type { Identity, Right } from './http/identity.js';
export type { OidcAlgorithm, OidcOptions } from './http/oidc/oidc-options.js';
export { oidcTokens } from './http/oidc/oidc-tokens.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
