/** The options of reading from the platform. */
import { anything, filledText, logger } from '../../options/accept-options.js';
import {
  flagged,
  functionOf,
  milliseconds,
  type Options,
  optionsOf,
  typed,
  wholeNumber,
} from '../../options/option.js';
import { RETRY, type Retry } from '../../remote/back-off.js';
import type { JsonObject } from '../../terms/json-value.js';
import type { Logger } from '../../terms/logger.js';
import type { SentCriteria } from './sent-criteria.js';

/** The platform's limit of entities per page. */
export const LARGEST_PAGE = 2000;

/** Most values are checked together, because the headers decide which of them messages may show. */
export const RDP_ENTITIES = {
  server: {
    kind: typed('string', filledText),
    about: 'address of the tenant, `https://tenant.example`; the calls go to `api/entityappservice/…` below it',
  },
  headers: {
    kind: typed('Readonly<Record<string, string>>'),
    about: 'headers of every call',
    details:
      'The platform requires `auth-client-id`, `auth-client-secret`, `x-rdp-clientId`, `x-rdp-userId`, `x-rdp-tenantId` and `x-rdp-userRoles`, in any case. Messages show no values except public ones (client, tenant, roles, versions).',
  },
  query: {
    kind: typed('JsonObject'),
    about: 'the documented `params.query`',
    default: 'all entities of all types, with the data of all their contexts',
    flag: '--platform-query <file>',
    flagAbout: 'the documented params.query to read (default: all types)',
  },
  fields: {
    kind: typed('JsonObject'),
    about: 'the documented `params.fields`',
    default: 'all attributes, relationships, their attributes, and properties',
    flag: '--platform-fields <file>',
    flagAbout: 'the documented params.fields (default: all)',
  },
  pageSize: {
    kind: { ...wholeNumber(1, LARGEST_PAGE), check: anything },
    about: 'entities per page, 1 to 2000',
    details: 'Use small pages for large entities.',
    default: '2000',
    flag: '--page-size <n>',
  },
  criteria: {
    kind: typed('SentCriteria'),
    about:
      'the criteria of an export that are sent with the query: those that the platform surely evaluates as sluice does (`sure`), all of them as they are written, which then find what the platform finds (`all`), or none (`none`)',
    default: '`sure`',
  },
  checkTotal: {
    kind: flagged,
    about: 'whether reading fails if the number of entities differs from the announced one',
    default: '`true`',
  },
  retry: {
    kind: optionsOf<Retry>('Retry', RETRY),
    about: 'retries of failures that may pass: no connection, a lost response, statuses 408, 429, 502, 503 and 504',
  },
  timeoutMs: {
    kind: { ...milliseconds(1), check: anything },
    about: 'maximum of milliseconds to wait for a byte of a response',
    default: '120000',
  },
  fetch: { kind: functionOf('typeof fetch'), about: 'replaces the global `fetch`' },
  logger: {
    kind: typed('Logger', logger),
    about: 'receives repeated calls, and scrolls that could not be cleared',
    default: 'silent',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** Options of reading from the platform. */
export interface RdpOptions {
  /** Address of the tenant, `https://tenant.example`; the calls go to `api/entityappservice/…` below it. */
  readonly server: string;
  /**
   * Headers of every call. The platform requires `auth-client-id`, `auth-client-secret`, `x-rdp-clientId`,
   * `x-rdp-userId`, `x-rdp-tenantId` and `x-rdp-userRoles`, in any case. Messages show no values except public ones
   * (client, tenant, roles, versions).
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The documented `params.query`. Default: all entities of all types, with the data of all their contexts. */
  readonly query?: JsonObject;
  /** The documented `params.fields`. Default: all attributes, relationships, their attributes, and properties. */
  readonly fields?: JsonObject;
  /** Entities per page, 1 to 2000. Use small pages for large entities. Default: 2000. */
  readonly pageSize?: number;
  /**
   * The criteria of an export that are sent with the query: those that the platform surely evaluates as sluice does
   * (`sure`), all of them as they are written, which then find what the platform finds (`all`), or none (`none`).
   * Default: `sure`.
   */
  readonly criteria?: SentCriteria;
  /** Whether reading fails if the number of entities differs from the announced one. Default: `true`. */
  readonly checkTotal?: boolean;
  /** Retries of failures that may pass: no connection, a lost response, statuses 408, 429, 502, 503 and 504. */
  readonly retry?: Retry;
  /** Maximum of milliseconds to wait for a byte of a response. Default: 120000. */
  readonly timeoutMs?: number;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Receives repeated calls, and scrolls that could not be cleared. Default: silent. */
  readonly logger?: Logger;
}
