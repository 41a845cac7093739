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

/** The keys at an address. */
type Keys = ReturnType<Jose['createRemoteJWKSet']>;

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
 * respond, the last keys are used for an hour, and those that are too old are looked for anew: they may have moved.
 */
export function issuerKeys(jose: Jose, options: KeysOptions): JWTVerifyGetKey {
  const { issuer, timeoutMs, cooldownMs } = options;
  const open = async (): Promise<Keys> => {
    const url = new URL(options.jwksUrl ?? (await keysAddress(issuer, timeoutMs)));
    const send = await environmentFetch(url);
    return jose.createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      [jose.customFetch]: (address, init) => send(address, init),
    });
  };
  let opening: Promise<Keys> | undefined;
  let last: { readonly keys: Keys; readonly freshAt: number } | undefined;
  let failure: { readonly cause: unknown; readonly at: number } | undefined;
  const ask: JWTVerifyGetKey = async (header, token) => {
    opening ??= open();
    const asked = opening;
    let keys: Keys | undefined;
    try {
      keys = await asked;
      const key = await keys(header, token);
      if (keys.fresh) last = { keys, freshAt: Date.now() };
      return key;
    } catch (cause) {
      // While its keys are fresh, tokens that they fit wait for nothing.
      if (!isOfToken(cause) && keys?.fresh !== true && opening === asked) opening = undefined;
      throw cause;
    }
  };
  return async (header, token) => {
    const known = last && Date.now() < last.freshAt + LAST_KEYS_MS ? last.keys.jwks() : undefined;
    // An issuer that hangs is not waited for with each token.
    if (!known || !failure || Date.now() >= failure.at + cooldownMs) {
      try {
        return await ask(header, token);
      } catch (cause) {
        if (isOfToken(cause) || !known) throw cause;
        failure = { cause, at: Date.now() };
      }
    }
    try {
      return await jose.createLocalJWKSet(known)(header, token);
    } catch (cause) {
      // The token may be signed with a new key: that is not known before the issuer responds.
      throw isOfToken(cause) ? failure.cause : cause;
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
