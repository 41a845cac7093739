/** `fetch`, through the proxy that the environment names. */
import { missingPeer } from '../terms/missing-peer.js';
import { environmentProxy } from './environment-proxy.js';

const fetches = new Map<string, typeof fetch>();

/**
 * The `fetch` for an address: the global one, or where the environment names a proxy that of undici, which takes one.
 * @throws SluiceError (rejects) `MISSING_PEER`; `INVALID` for a proxy that is no http or https address
 */
export async function environmentFetch(url: URL): Promise<typeof fetch> {
  const proxy = environmentProxy(url);
  if (!proxy) return fetch;
  const known = fetches.get(proxy.href);
  if (known) return known;
  const undici = await importUndici();
  const dispatcher = new undici.ProxyAgent(proxy.href);
  const proxied: typeof fetch = (input, init) =>
    Reflect.apply(undici.fetch, undefined, [input, { ...init, dispatcher }]);
  fetches.set(proxy.href, proxied);
  return proxied;
}

async function importUndici(): Promise<typeof import('undici')> {
  try {
    return await import('undici');
  } catch (cause) {
    throw missingPeer('a proxy of the environment (HTTPS_PROXY)', 'undici', cause);
  }
}
