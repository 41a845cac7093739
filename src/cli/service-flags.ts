/** The flags of `sluice serve` that bound what clients may do, and say where they reach it. */
import { isIP } from 'node:net';
import type { Command } from 'commander';
import { CONNECTION_LIMITS, type ConnectionLimits } from '../http/connection-limits.js';
import type { RateLimit } from '../http/limits.js';
import type { SluiceHttpOptions } from '../http/plugin.js';
import { duration, number, size } from './flags.js';
import { usage } from './inputs.js';

/** The flags, as commander hands them over. */
export interface ServiceFlags {
  readonly prefix?: string;
  readonly wait?: number;
  readonly publicUrl?: string;
  readonly trustProxy?: string;
  readonly bodyLimit?: number;
  readonly bodyTimeout?: number;
  readonly rateLimit?: number;
  readonly maxStreams?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
  readonly headersTimeout?: number;
  readonly idleTimeout?: number;
}

/** Requests are counted for as long. */
const RATE_WINDOW_MS = 60_000;

/** Adds the flags to a command. */
export function addServiceFlags(command: Command): Command {
  return command
    .optionsGroup('What clients may do:')
    .option('--wait <time>', 'how long a request waits for its result (default: 10s)', duration)
    .option('--body-limit <size>', 'bytes that a body may have (default: 1MB)', size)
    .option('--body-timeout <time>', 'how long a request may take to arrive (default: 30s)', duration)
    .option('--headers-timeout <time>', 'how long its headers may take (default: 10s)', duration)
    .option('--idle-timeout <time>', 'how long a connection stays open without a request (default: 60s)', duration)
    .option('--rate-limit <n>', 'requests of a tenant in a minute; 0 is no limit (default: 600)', number)
    .option('--max-streams <n>', 'streams of events that a tenant may have open (default: 100)', number)
    .option('--max-connections <n>', 'connections that may be open (default: no limit)', number)
    .option(
      '--max-connections-per-address <n>',
      'connections of one address on which no token was shown yet (default: 100)',
      number,
    )
    .optionsGroup('How clients reach it:')
    .option('--prefix <path>', 'a path before all routes, e.g. /tenant')
    .option('--public-url <url>', 'the address that clients see, for links (default: that of the connection)')
    .option('--trust-proxy <addresses>', 'proxies whose X-Forwarded headers are believed, with commas between');
}

/** Options of the plugin, from the flags. */
export function pluginOptions(flags: ServiceFlags): Omit<
  SluiceHttpOptions,
  'jobs' | 'authenticate' | 'onAnswered' | 'connections'
> & {
  readonly connections: ConnectionLimits;
} {
  return {
    prefix: prefixOf(flags),
    waitMs: flags.wait,
    publicUrl: flags.publicUrl,
    bodyLimit: flags.bodyLimit,
    bodyTimeoutMs: flags.bodyTimeout,
    rateLimit: rateLimitOf(flags),
    maxStreams: flags.maxStreams,
    maxConnections: flags.maxConnections,
    connections: {
      perAddress: flags.maxConnectionsPerAddress ?? CONNECTION_LIMITS.perAddress,
      headersMs: flags.headersTimeout ?? CONNECTION_LIMITS.headersMs,
      requestMs: flags.bodyTimeout ?? CONNECTION_LIMITS.requestMs,
      idleMs: flags.idleTimeout ?? CONNECTION_LIMITS.idleMs,
    },
  };
}

/** What a segment of a path may hold and mean itself, in a route and in a URL. */
const SEGMENT = /^(?!\.{1,2}$)[\w.~-]+$/;

/**
 * The prefix without slashes at its end, so that no address has two in a row.
 * @throws SluiceError `INVALID` for what is no path, or would be a pattern among routes
 */
export function prefixOf({ prefix = '' }: ServiceFlags): string {
  const path = prefix.replace(/^\/+|\/+$/g, '');
  if (path === '') return '';
  if (!path.split('/').every((segment) => SEGMENT.test(segment))) {
    throw usage(`--prefix ${prefix}: write it as a path of letters, digits, ., _, ~ and -, such as /export/v1`);
  }
  return `/${path}`;
}

/** Names of ranges that Fastify knows. */
const RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * The proxies that are believed.
 * @throws SluiceError `INVALID` for what is no address, and for a range of all addresses
 */
export function trustedProxies({ trustProxy }: ServiceFlags): string | false {
  if (trustProxy === undefined) return false;
  for (const proxy of trustProxy.split(',').map((text) => text.trim())) {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(proxy) ?? [];
    const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
    const isRange = most > 0 && (bits === undefined || (Number(bits) > 0 && Number(bits) <= most));
    if (!isRange && !RANGES.includes(proxy)) {
      throw usage(`--trust-proxy ${proxy}: name addresses, or ranges such as 10.0.0.0/8`);
    }
  }
  return trustProxy;
}

function rateLimitOf({ rateLimit }: ServiceFlags): RateLimit | false | undefined {
  if (rateLimit === 0) return false;
  return rateLimit === undefined ? undefined : { max: rateLimit, windowMs: RATE_WINDOW_MS };
}
