/** The options of the Fastify plugin. */
import type { Jobs } from '../jobs/open-jobs.js';
import { check, MAX_TIMER_MS } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import {
  anyText,
  bytesFrom,
  flagged,
  functionOf,
  milliseconds,
  type Options,
  optionsOf,
  typed,
  wholeNumber,
} from '../options/option.js';
import type { BlobContent } from '../terms/profile.js';
import { ANSWER_OPTIONS, type Answer, type AnswerSettings, tenantSettings } from './answer-settings.js';
import { type Authenticate, authenticator } from './authenticate.js';
import type { CompletedRequestListener } from './completed-request.js';
import type { ConnectionLimits } from './connection-limits.js';
import { type RateLimit, rateLimitOption } from './limits.js';
import { SIGN_IN_OPTIONS, type SignInOptions } from './oidc/sign-in-options.js';

/** Limits of connections. */
export const CONNECTION_OPTIONS = {
  perAddress: {
    kind: wholeNumber(1),
    about: 'connections per address without an accepted request; one more closes the oldest of them',
    default: '100',
    flag: '--max-connections-per-address <n>',
  },
  headersMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum time from the first byte of a request to the end of its headers',
    default: '10s',
    flag: '--headers-timeout <time>',
  },
  requestMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum time from the first byte of a request to the end of its body',
    default: '30s',
  },
  idleMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum time from the end of a response to the next request',
    default: '75s',
    flag: '--idle-timeout <time>',
  },
} satisfies Options;

export const SERVICE_OPTIONS = {
  jobs: { kind: typed('Jobs'), about: 'the jobs that are served' },
  authenticate: {
    kind: typed("Authenticate | 'none'", authenticator),
    about:
      "returns the tenant, the user and the rights of a request; `'none'` accepts requests of this machine only, as tenant `local` with all rights",
  },
  securitySchemes: {
    kind: typed('Readonly<Record<string, object>>', check(isSchemes, 'security schemes of OpenAPI by their names')),
    about:
      'how `authenticate` identifies callers, for the OpenAPI document: its `securitySchemes`, one of which is enough',
    default: 'a token, as `Authorization: Bearer` or as `auth-client-secret`',
  },
  prefix: { kind: anyText, about: 'path prefix of all routes', flag: '--prefix <path>' },
  waitMs: {
    kind: milliseconds(0, MAX_TIMER_MS),
    about: 'how long a request waits for its result, unless it states a time',
    default: '10s',
    flag: '--wait <time>',
  },
  ...ANSWER_OPTIONS,
  tenants: {
    kind: typed('Readonly<Record<string, AnswerSettings>>', tenantSettings),
    about: '`content`, `answer` and `userHeaders` of single tenants, by name',
    flag: '--tenants <file>',
    flagAbout:
      'a JSON file with settings of single tenants: {"acme": {"inputs": ["acme.ndjson"], "limits": {"running": 8}, "answer": "job"}}',
    flagSyntax: 'text',
  },
  console: {
    kind: flagged,
    about: 'whether the console is served at the root of the routes, for people with a browser',
    default: '`false`; `true` in `sluice serve`',
    flag: '--no-console',
    flagAbout: 'do not serve the console',
  },
  signIn: {
    kind: optionsOf<SignInOptions>('SignInOptions', SIGN_IN_OPTIONS),
    about: 'how people sign in to the console, beside a token: by an issuer of OpenID Connect',
    details: 'Its tokens must be accepted by `authenticate`.',
  },
  bodyLimit: {
    kind: bytesFrom(1),
    about: 'maximum size of a body after decompression',
    default: '1 MiB',
    flag: '--body-limit <size>',
  },
  bodyTimeoutMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum time for a body to arrive, after which its connection is closed',
    default: '30s',
    flag: '--body-timeout <time>',
  },
  publicUrl: {
    kind: typed('string', check(isPublicUrl, 'an address with http or https, and without a query')),
    about: 'public address of these routes for links, such as `https://export.example.com/v1`',
    details: 'The `Host` header of a client is never used.',
    default: 'the address that a trusted proxy states, else that of the connection',
    flag: '--public-url <url>',
    flagSyntax: 'text',
  },
  rateLimit: {
    kind: typed('RateLimit | false', rateLimitOption),
    about: 'requests per tenant, and refused requests per address; `false` is no limit',
    default: '600 per minute',
    flag: '--rate-limit <n>',
    flagAbout: 'requests of a tenant per minute; 0 is no limit (default: 600)',
    flagSyntax: 'count',
  },
  maxStreams: {
    kind: wholeNumber(),
    about: 'open streams of events per tenant',
    default: '100',
    flag: '--max-streams <n>',
  },
  maxDownloads: {
    kind: wholeNumber(1),
    about: 'responses with a result, or a part of it, that a tenant takes at the same time; each holds up to 2 MiB',
    default: '100',
    flag: '--max-downloads <n>',
  },
  maxReads: {
    kind: wholeNumber(1),
    about: 'calls of a tenant that read entities from the source at the same time; each passes through all of it',
    default: '4',
    flag: '--max-reads <n>',
  },
  maxScrolls: {
    kind: wholeNumber(),
    about: 'open scrolls per tenant',
    default: '20',
    flag: '--max-scrolls <n>',
  },
  maxScrollBytes: {
    kind: bytesFrom(1),
    about: 'bytes in temporary files of the open scrolls of a tenant',
    default: '4 GiB',
    flag: '--max-scroll-bytes <size>',
  },
  scrollTtlMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'lifetime of a scroll after its last page',
    default: '5m, as documented',
    flag: '--scroll-ttl <time>',
  },
  onRequestCompleted: {
    kind: functionOf('CompletedRequestListener'),
    about:
      'called when a request is completed, with its route, status and duration; `requestMetrics` makes a listener that counts them',
  },
  maxConnections: {
    kind: wholeNumber(1),
    about: 'maximum open connections of the server, which may serve other routes too',
    default: 'unchanged',
    flag: '--max-connections <n>',
  },
  connections: {
    kind: optionsOf<ConnectionLimits>('ConnectionLimits', CONNECTION_OPTIONS),
    about:
      'limits of unauthenticated connections per address, and of the duration of requests; `sluice serve` sets them',
    default: 'unchanged',
  },
} satisfies Options;

function isSchemes(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isObject);
}

function isPublicUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, search, hash, username } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && search === '' && hash === '' && username === '';
}

// The interface is written from the table by `npm run options`.

/** Options of the plugin. */
export interface SluiceHttpOptions {
  /** The jobs that are served. */
  readonly jobs: Jobs;
  /**
   * Returns the tenant, the user and the rights of a request; `'none'` accepts requests of this machine only, as tenant
   * `local` with all rights.
   */
  readonly authenticate: Authenticate | 'none';
  /**
   * How `authenticate` identifies callers, for the OpenAPI document: its `securitySchemes`, one of which is enough.
   * Default: a token, as `Authorization: Bearer` or as `auth-client-secret`.
   */
  readonly securitySchemes?: Readonly<Record<string, object>>;
  /** Path prefix of all routes. */
  readonly prefix?: string;
  /** How long a request waits for its result, unless it states a time. Default: 10s. */
  readonly waitMs?: number;
  /**
   * What the blob of an envelope holds, unless the request or its profile says: of a result of one file that file
   * (`plain`), or the stored `zip`. Default: `plain`.
   */
  readonly content?: BlobContent;
  /**
   * How a submission is answered, unless its profile or `Prefer` says: with the `result` if it is ready in time, or
   * with the `job` at once. Default: `result`.
   */
  readonly answer?: Answer;
  /**
   * Whether clients may say who runs an export, in the headers `x-rdp-userId` and `x-rdp-userEmail`. Default: `true`.
   */
  readonly userHeaders?: boolean;
  /** `content`, `answer` and `userHeaders` of single tenants, by name. */
  readonly tenants?: Readonly<Record<string, AnswerSettings>>;
  /**
   * Whether the console is served at the root of the routes, for people with a browser. Default: `false`; `true` in
   * `sluice serve`.
   */
  readonly console?: boolean;
  /**
   * How people sign in to the console, beside a token: by an issuer of OpenID Connect. Its tokens must be accepted by
   * `authenticate`.
   */
  readonly signIn?: SignInOptions;
  /** Maximum size of a body after decompression. Default: 1 MiB. */
  readonly bodyLimit?: number;
  /** Maximum time for a body to arrive, after which its connection is closed. Default: 30s. */
  readonly bodyTimeoutMs?: number;
  /**
   * Public address of these routes for links, such as `https://export.example.com/v1`. The `Host` header of a client is
   * never used. Default: the address that a trusted proxy states, else that of the connection.
   */
  readonly publicUrl?: string;
  /** Requests per tenant, and refused requests per address; `false` is no limit. Default: 600 per minute. */
  readonly rateLimit?: RateLimit | false;
  /** Open streams of events per tenant. Default: 100. */
  readonly maxStreams?: number;
  /**
   * Responses with a result, or a part of it, that a tenant takes at the same time; each holds up to 2 MiB. Default:
   * 100.
   */
  readonly maxDownloads?: number;
  /**
   * Calls of a tenant that read entities from the source at the same time; each passes through all of it. Default: 4.
   */
  readonly maxReads?: number;
  /** Open scrolls per tenant. Default: 20. */
  readonly maxScrolls?: number;
  /** Bytes in temporary files of the open scrolls of a tenant. Default: 4 GiB. */
  readonly maxScrollBytes?: number;
  /** Lifetime of a scroll after its last page. Default: 5m, as documented. */
  readonly scrollTtlMs?: number;
  /**
   * Called when a request is completed, with its route, status and duration; `requestMetrics` makes a listener that
   * counts them.
   */
  readonly onRequestCompleted?: CompletedRequestListener;
  /** Maximum open connections of the server, which may serve other routes too. Default: unchanged. */
  readonly maxConnections?: number;
  /**
   * Limits of unauthenticated connections per address, and of the duration of requests; `sluice serve` sets them.
   * Default: unchanged.
   */
  readonly connections?: ConnectionLimits;
}
