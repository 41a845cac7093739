/** Authentication by tokens of an issuer of OpenID Connect: JWTs, verified with its keys. */
import { acceptOptions } from '../../options/accept-options.js';
import { missingPeer } from '../../terms/missing-peer.js';
import type { Authenticate } from '../authenticate.js';
import { bearerTokenOf, unknownToken } from '../bearer-tokens.js';
import { identityOf } from './claims.js';
import { issuerKeys } from './issuer-keys.js';
import { ALGORITHMS, OIDC_OPTIONS, type OidcOptions } from './oidc-options.js';

const CLOCK_TOLERANCE_MS = 5_000;
const TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;

/** Why a token is refused, by the code of jose; other errors are failures of the issuer. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWT_INVALID: 'the token is not a JWT',
  ERR_JWS_INVALID: 'the token is not a JWT',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature of the token is wrong',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the token is signed with an algorithm that is not accepted',
  ERR_JOSE_NOT_SUPPORTED: 'the token is signed with an algorithm that is not accepted',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed with a key that the issuer does not have',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'the token does not name its key, and several keys of the issuer fit',
};

/** Why a claim is refused. */
const CLAIM_REASONS: Readonly<Record<string, string>> = {
  iss: 'the token is from another issuer',
  aud: 'the token is for another audience',
  nbf: 'the token is not valid yet',
  exp: 'the token has no time at which it expires',
};

/**
 * Makes an authenticator of an issuer's tokens (JWTs) as bearer tokens. Their signature, issuer, audience and times are
 * checked; tenant, user and rights are claims of them. The issuer is asked for its keys with the first token.
 * @throws SluiceError (rejects) `MISSING_PEER` (jose); `UNKNOWN_KEY`, `INVALID` for invalid options
 * @example
 * const authenticate = await oidcTokens({ issuer: 'https://login.example.com', audience: 'exports', rightsClaim: 'scope' });
 * await app.register(sluiceHttp, { jobs, authenticate });
 */
export async function oidcTokens(options: OidcOptions): Promise<Authenticate> {
  acceptOptions(options, OIDC_OPTIONS, ['issuer', 'audience']);
  const { issuer, audience, jwksUrl, algorithms = ALGORITHMS } = options;
  const { clockToleranceMs = CLOCK_TOLERANCE_MS, timeoutMs = TIMEOUT_MS, cooldownMs = COOLDOWN_MS } = options;
  const jose = await importJose();
  const keys = issuerKeys(jose, { issuer, jwksUrl, timeoutMs, cooldownMs });
  const expected = {
    issuer,
    audience: typeof audience === 'string' ? audience : [...audience],
    algorithms: [...algorithms],
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: ['exp'],
  };
  return async (request) => {
    const token = bearerTokenOf(request);
    const { payload } = await jose.jwtVerify(token, keys, expected).catch((cause: unknown) => {
      const reason = cause instanceof jose.errors.JOSEError ? reasonOf(cause) : undefined;
      throw reason === undefined ? cause : unknownToken(reason, cause);
    });
    // Required, and accepted for a little longer.
    const { exp = 0 } = payload;
    return { ...identityOf(payload, options), expiresAt: exp * 1000 + clockToleranceMs };
  };
}

/** Undefined for a failure of the issuer. */
function reasonOf(error: { readonly code: string; readonly claim?: unknown }): string | undefined {
  if (error.code !== 'ERR_JWT_CLAIM_VALIDATION_FAILED') return REASONS[error.code];
  return (
    (typeof error.claim === 'string' ? CLAIM_REASONS[error.claim] : undefined) ?? 'a claim of the token is invalid'
  );
}

async function importJose() {
  try {
    return await import('jose');
  } catch (cause) {
    throw missingPeer('sluice/http/oidc', 'jose', cause);
  }
}
