/** Addresses that webhooks may call. */
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Maximum characters of an address. */
const LONGEST_URL = 2000;

/** Networks of IPv4 that are not of the internet at large (IANA's registry of special-purpose addresses). */
const NOT_PUBLIC_4 = networks('ipv4', [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]);

/** Of IPv6 only global unicast is public; addresses that stand for one of IPv4 are not, whatever that is. */
const NOT_PUBLIC_6 = networks('ipv6', [
  ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);

/** A list of its own for each family: a list compares addresses of both. */
function networks(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Whether an IP address is of the internet at large. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC_4.check(address, 'ipv4');
  return family === 6 && !NOT_PUBLIC_6.check(address, 'ipv6');
}

/** Whether a value is the address of a webhook. */
export function isWebhookUrl(value: unknown): value is string {
  // `URL` drops or escapes white space, control characters and lone surrogates; a database may refuse them.
  if (typeof value !== 'string' || value.length > LONGEST_URL || /[\s\p{Cc}\p{Cs}]/u.test(value)) return false;
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, hash } = new URL(value);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '' && hash === '';
}

/** The host of an address, without the brackets of IPv6. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether an address is refused before its name is resolved: an IP address that is not public. */
export function isPrivateUrl(url: string): boolean {
  const host = hostOf(url);
  return isIP(host) !== 0 ? !isPublic(host) : /(^|\.)localhost\.?$/i.test(host);
}

/**
 * Resolves a name for a connection, and refuses it if any of its addresses is not public. The connection uses the addresses
 * that were checked: a name that resolves differently a moment later changes nothing.
 */
export const lookupPublic: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const refused = addresses.find(({ address }) => !isPublic(address));
    const [first] = addresses;
    if (refused || !first) return callback(new Error(PRIVATE), '', 0);
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

/** The reason of a refusal, without the address that a client could use to explore a network. */
export const PRIVATE = 'the address is private, loopback or link-local';
