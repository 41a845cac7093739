/** The keys of an issuer: found by its configuration, asked for when they are needed. */
import type { JWTVerifyGetKey } from 'jose';
import { environmentFetch } from '../../remote/environment-fetch.js';
import { addressesOf } from './issuer-configuration.js';
import type { OidcOptions } from './oidc-options.js';

/** Where keys are, and how long to wait for them. */
export type KeysOptions = Required<Pick<OidcOptions, 'issuer' | 'timeoutMs' | 'cooldownMs'>> &
  Pick<OidcOptions, 'jwksUrl'>;

/** The functions of jose that are used. */
type Jose = Pick<typeof import('jose'), 'createRemoteJWKSet' | 'customFetch'>;

/**
 * Makes the function that finds the key of a token. The first token asks for the configuration of the issuer; while that
 * fails, each next one asks again. Keys are kept for ten minutes; one that is unknown is asked for.
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
  return async (header, token) => {
    opening ??= open().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return (await opening)(header, token);
  };
}

async function keysAddress(issuer: string, timeoutMs: number): Promise<string> {
  const [address] = await addressesOf(issuer, ['jwks_uri'], timeoutMs);
  return address;
}
