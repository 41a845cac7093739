/** Authentication by bearer tokens: a list of them, and where requests have theirs. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from './authenticate.js';
import type { Identity } from './identity.js';
import { Refusal } from './refusal.js';

/**
 * Makes an authenticator from a list of tokens. It stores digests only and compares in constant time.
 * @param tokens each token with whom it identifies, or with the name of the tenant
 * @example
 * bearerTokens(new Map<string, string | Identity>([
 *   [secret, 'acme'],
 *   [other, { tenant: 'acme', user: 'auditor', rights: ['read'] }],
 * ]))
 */
export function bearerTokens(tokens: ReadonlyMap<string, string | Identity>): Authenticate {
  const known = [...tokens].map(([token, whom]) => ({
    digest: sha256(token),
    identity: typeof whom === 'string' ? { tenant: whom } : whom,
  }));
  return (request) => {
    const digest = sha256(bearerTokenOf(request));
    let found: Identity | undefined;
    // Compare with all of them: stopping at a match would reveal its position.
    for (const entry of known) if (timingSafeEqual(entry.digest, digest)) found = entry.identity;
    if (found === undefined) throw unknownToken('the token is not known');
    return found;
  };
}

/**
 * The bearer token of a request; clients of the platform send theirs as the secret of the client instead.
 * @throws SluiceError `UNAUTHENTICATED`
 */
export function bearerTokenOf({ headers: { authorization, ...headers } }: Pick<FastifyRequest, 'headers'>): string {
  const secret = headers['auth-client-secret'];
  const given = authorization === undefined ? secret : /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (typeof given === 'string' && given !== '') return given;
  throw new Refusal('UNAUTHENTICATED', 'a token is required: Authorization: Bearer <token>');
}

/** The refusal of a token, for the reason in a sentence. */
export function unknownToken(why: string, cause?: unknown): Refusal {
  return new Refusal('UNAUTHENTICATED', why, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    cause,
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
