/** The configuration that an issuer of OpenID Connect publishes. */

import { memberAt } from '../../options/json-members.js';
import { environmentFetch } from '../../remote/environment-fetch.js';
import { SluiceError } from '../../terms/errors.js';
import { isTrusted } from './oidc-options.js';

/** Where the configuration of an issuer is. */
function configurationAddress(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

/**
 * Asks an issuer for addresses in its configuration, in the order of their names.
 * @throws SluiceError `SERVICE_FAILED`
 */
export async function addressesOf(
  issuer: string,
  names: readonly string[],
  timeoutMs: number,
): Promise<readonly string[]> {
  const url = configurationAddress(issuer);
  const failed = (why: string) => new SluiceError('SERVICE_FAILED', 'http', `${url.href}: ${why}`);
  const send = await environmentFetch(url);
  const response = await send(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw failed(`responded ${response.status}`);
  const configuration: unknown = await response.json();
  // Another issuer's keys would make its tokens valid here.
  if (memberAt(configuration, 'issuer') !== issuer) throw failed(`is not the configuration of the issuer ${issuer}`);
  return names.map((name) => {
    const found = memberAt(configuration, name);
    if (typeof found !== 'string' || !isTrusted(found)) throw failed(`names no ${name} under https`);
    return found;
  });
}
