/** The proxy that the environment names for an address, as curl reads it. */
import { invalid } from '../terms/errors.js';

/**
 * The proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY`, by its scheme, else `ALL_PROXY`; in lower case too, which comes
 * first. Hosts of `NO_PROXY` are reached directly: names with all below them, addresses, ports, or `*`.
 * @returns undefined where none is named
 * @throws SluiceError `INVALID` for a proxy that is no http or https address; its text may hold a password and is not shown
 */
export function environmentProxy(
  url: URL,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): URL | undefined {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined;
  const text = named(`${url.protocol.slice(0, -1)}_proxy`) ?? named('all_proxy');
  if (text === undefined || isExempt(url, named('no_proxy') ?? '')) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy;
  throw invalid('accept', 'the proxy of the environment must be an http or https address', 'HTTPS_PROXY');
}

/** Default ports of schemes. */
const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = bare(hostname);
  const ownPort = port || PORTS[protocol];
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name, onPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (name === undefined || (onPort !== undefined && onPort !== ownPort)) return false;
      const suffix = bare(name).replace(/^\*?\./, '');
      return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
    });
}

/** A host without brackets and the dot at its end. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
