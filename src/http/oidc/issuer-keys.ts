/** The keys of an issuer: found by its configuration, asked for when they are needed. */
import type { JWTVerifyGetKey } from 'jose';
import { environmentFetch } from '../../remote/environment-fetch.js';
import { systemCode } from '../../terms/errors.js';
import { addressesOf } from './issuer-configuration.js';
import type { OidcOptions } from './oidc-options.js';

/** Where keys are, and how long to wait for them. */
export type KeysOptions = Required<Pick<OidcOptions, 'issuer' | 'timeoutMs' | 'cooldownMs'>> &
  Pick<OidcOptions, 'jwksUrl'>;

/** The functions of jose that are used. */
type Jose = Pick<typeof import('jose'), 'createLocalJWKSet' | 'createRemoteJWKSet' | 'customFetch'>;

/** How long keys that are too old are used while the issuer does not respond, in milliseconds. */
const LAST_KEYS_MS = 60 * 60 * 1000;

/** The codes of jose where no key fits a token. */
const OF_TOKENS: ReadonlySet<unknown> = new Set([
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JOSE_NOT_SUPPORTED',
]);

/**
 * Makes the function that finds the key of a token. The first token asks for the configuration of the issuer; while that
 * fails, each next one asks again. Keys are kept for ten minutes; one that is unknown is asked for. While the issuer does not
 * respond, the last keys are used for an hour.
 */
export function issuerKeys(jose: Jose, options: KeysOptions): JWTVerifyGetKey {
  const { issuer, timeoutMs, cooldownMs } = options;
  const open = async () => {
    const url = new URL(options.jwksUrl ?? (await keysAddress(issuer, timeoutMs)));
    const send = await environmentFetch(url);
    return jose.createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      [jose.customFetch]: (address, init) => send(address, init),
    });
  };
  let opening: ReturnType<typeof open> | undefined;
  let [freshAt, failedAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return async (header, token) => {
    opening ??= open().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    const keys = await opening;
    const last = () => {
      const known = Date.now() < freshAt + LAST_KEYS_MS ? keys.jwks() : undefined;
      return known && jose.createLocalJWKSet(known);
    };
    // An issuer that hangs is not waited for with each token.
    const spared = !keys.fresh && Date.now() < failedAt + cooldownMs ? last() : undefined;
    if (spared) return spared(header, token);
    try {
      const key = await keys(header, token);
      if (keys.fresh) freshAt = Date.now();
      return key;
    } catch (cause) {
      const known = isOfToken(cause) ? undefined : last();
      if (!known) throw cause;
      failedAt = Date.now();
      return known(header, token);
    }
  };
}

/** Whether no key fits a token; else the issuer has failed. */
function isOfToken(cause: unknown): boolean {
  return OF_TOKENS.has(systemCode(cause));
}

async function keysAddress(issuer: string, timeoutMs: number): Promise<string> {
  const [address] = await addressesOf(issuer, ['jwks_uri'], timeoutMs);
  return address;
}
