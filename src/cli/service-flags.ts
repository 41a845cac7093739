/** Flags of `sluice serve` for limits of clients, and for the public address. */
import { isIP } from 'node:net';
import type { Command } from 'commander';
import type { Answer } from '../http/answer-settings.js';
import { CONNECTION_LIMITS, type ConnectionLimits } from '../http/connection-limits.js';
import type { RateLimit } from '../http/limits.js';
import { CONNECTION_OPTIONS, SERVICE_OPTIONS, type SluiceHttpOptions } from '../http/service-options.js';
import type { BlobContent } from '../terms/profile.js';
import { addOptionFlags } from './option-flags.js';
import { usage } from './usage.js';

/** The flags, as parsed by commander. */
export interface ServiceFlags {
  readonly prefix?: string;
  readonly wait?: number;
  readonly blob?: BlobContent;
  readonly answer?: Answer;
  /** False for `--no-user-headers`. */
  readonly userHeaders?: boolean;
  readonly tenants?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: string;
  /** False for `--no-console`. */
  readonly console?: boolean;
  readonly bodyLimit?: number;
  readonly bodyTimeout?: number;
  readonly rateLimit?: number;
  readonly maxStreams?: number;
  readonly maxDownloads?: number;
  readonly maxReads?: number;
  readonly maxScrolls?: number;
  readonly maxScrollBytes?: number;
  readonly scrollTtl?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
  readonly headersTimeout?: number;
  readonly idleTimeout?: number;
}

/** Window of the rate limit. */
const RATE_WINDOW_MS = 60_000;

/** Adds the flags to a command. */
export function addServiceFlags(command: Command): Command {
  command.optionsGroup('Answers:');
  addOptionFlags(command, SERVICE_OPTIONS, 'content', 'answer', 'userHeaders', 'tenants');
  command.optionsGroup('Limits of clients:');
  addOptionFlags(command, SERVICE_OPTIONS, 'waitMs', 'bodyLimit', 'bodyTimeoutMs');
  addOptionFlags(command, CONNECTION_OPTIONS, 'headersMs', 'idleMs');
  addOptionFlags(command, SERVICE_OPTIONS, 'rateLimit', 'maxStreams', 'maxDownloads', 'maxConnections');
  addOptionFlags(command, SERVICE_OPTIONS, 'maxReads', 'maxScrolls', 'maxScrollBytes', 'scrollTtlMs');
  addOptionFlags(command, CONNECTION_OPTIONS, 'perAddress');
  command.optionsGroup('Public address and console:');
  addOptionFlags(command, SERVICE_OPTIONS, 'prefix', 'publicUrl', 'console');
  return command.option(
    '--trust-proxy <addresses>',
    'trusted proxies, whose X-Forwarded headers are used, separated by commas',
  );
}

/** Options of the plugin; a file with settings of tenants is read before. */
export function pluginOptions(
  flags: ServiceFlags,
  tenants?: SluiceHttpOptions['tenants'],
): Omit<SluiceHttpOptions, 'jobs' | 'authenticate' | 'onRequestCompleted' | 'connections'> & {
  readonly connections: ConnectionLimits;
} {
  return {
    prefix: prefixOf(flags),
    waitMs: flags.wait,
    content: flags.blob,
    answer: flags.answer,
    userHeaders: flags.userHeaders,
    tenants,
    publicUrl: flags.publicUrl,
    console: flags.console ?? true,
    bodyLimit: flags.bodyLimit,
    bodyTimeoutMs: flags.bodyTimeout,
    rateLimit: rateLimitOf(flags),
    maxStreams: flags.maxStreams,
    maxDownloads: flags.maxDownloads,
    maxReads: flags.maxReads,
    maxScrolls: flags.maxScrolls,
    maxScrollBytes: flags.maxScrollBytes,
    scrollTtlMs: flags.scrollTtl,
    maxConnections: flags.maxConnections,
    connections: {
      perAddress: flags.maxConnectionsPerAddress ?? CONNECTION_LIMITS.perAddress,
      headersMs: flags.headersTimeout ?? CONNECTION_LIMITS.headersMs,
      requestMs: flags.bodyTimeout ?? CONNECTION_LIMITS.requestMs,
      idleMs: flags.idleTimeout ?? CONNECTION_LIMITS.idleMs,
    },
  };
}

/** Segments of a path that are literal in a route and in a URL. */
const SEGMENT = /^(?!\.{1,2}$)[\w.~-]+$/;

/**
 * The prefix without trailing slashes, so that no path contains two slashes in a row.
 * @throws SluiceError `INVALID` for an invalid path, and for patterns of routes
 */
export function prefixOf({ prefix = '' }: ServiceFlags): string {
  const path = prefix.replace(/^\/+|\/+$/g, '');
  if (path === '') return '';
  if (!path.split('/').every((segment) => SEGMENT.test(segment))) {
    throw usage(`--prefix ${prefix}: write it as a path of letters, digits, ., _, ~ and -, such as /export/v1`);
  }
  return `/${path}`;
}

/** Names of ranges in Fastify. */
const RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * The trusted proxies.
 * @throws SluiceError `INVALID` for an invalid address, and for a range of all addresses
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
