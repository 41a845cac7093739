/** Entities of the documented platform as a source, read from it page by page. */

import {
  acceptOptions,
  anything,
  boolean,
  callback,
  filledText,
  logger as loggerCheck,
  type OptionTable,
  optionsIn,
} from '../../options/accept-options.js';
import { Faults } from '../../options/faults.js';
import { RETRY, type Retry } from '../../remote/back-off.js';
import { type Connection, openConnection } from '../../remote/connection.js';
import { isObject } from '../../remote/members.js';
import { definedOnly } from '../../terms/defined-only.js';
import type { JsonObject } from '../../terms/json-value.js';
import { type Logger, SILENT } from '../../terms/logger.js';
import { chunkInput } from '../bytes.js';
import type { Source } from '../source.js';
import { type NarrowedQuery, narrowQuery } from './narrow-query.js';
import { Scroll, type ScrollOptions } from './scroll.js';
import type { SentCriteria } from './sent-criteria.js';

/** Which entities are read, and how. */
export interface RdpOptions {
  /** Address of the tenant, `https://tenant.example`; the calls go to `api/entityappservice/…` below it. */
  readonly server: string;
  /**
   * Headers of every call. The platform requires `auth-client-id`, `auth-client-secret`, `x-rdp-clientId`,
   * `x-rdp-userId`, `x-rdp-tenantId` and `x-rdp-userRoles`, by any case; none of their values stands in a message
   * unless it is public (client, tenant, roles, versions).
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The documented `params.query`; default: all entities of all types, with the data of all their contexts. */
  readonly query?: JsonObject;
  /** The documented `params.fields`; default: all attributes, relationships, their attributes, and properties. */
  readonly fields?: JsonObject;
  /** Entities in a page, 1 to 2000, the platform's limit and our default. Wide entities want small pages. */
  readonly pageSize?: number;
  /**
   * Which criteria of an export are sent with the query: those that the platform surely takes as the filters here do
   * (default), all as they are written, which then find what the platform finds, or none.
   */
  readonly criteria?: SentCriteria;
  /** Whether reading fails when other than the announced number of entities come; default true. */
  readonly checkTotal?: boolean;
  /** How failures that may pass are taken: no connection, a lost answer, statuses 408, 429, 502, 503 and 504. */
  readonly retry?: Retry;
  /** Milliseconds without a byte of an answer, while one is waited for; default 120,000. */
  readonly timeoutMs?: number;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Told of calls that are made again, and of a scroll that could not be cleared. */
  readonly logger?: Logger;
}

// What they may be is examined together, for the headers decide what is told.
const RDP_ENTITIES: OptionTable<RdpOptions> = {
  server: filledText,
  headers: anything,
  query: anything,
  fields: anything,
  pageSize: anything,
  criteria: anything,
  checkTotal: boolean,
  retry: optionsIn(RETRY),
  timeoutMs: anything,
  fetch: callback,
  logger: loggerCheck,
};

/** The platform gives no more at once. */
const LARGEST_PAGE = 2000;

const REQUIRED = [
  'auth-client-id',
  'auth-client-secret',
  'x-rdp-clientId',
  'x-rdp-userId',
  'x-rdp-tenantId',
  'x-rdp-userRoles',
] as const;

const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  ...['x-rdp-clientid', 'x-rdp-tenantid', 'x-rdp-userroles', 'x-rdp-version', 'x-rdp-apiversion', 'content-type'],
]);

const ALL = Object.freeze(['_ALL']);

const ALL_FIELDS: JsonObject = Object.freeze({
  attributes: ALL,
  relationships: ALL,
  relationshipAttributes: ALL,
  properties: ALL,
});

/** Characters of a query that are told. */
const LONGEST_QUERY_TOLD = 2000;

/**
 * Reads entities from the platform: a scroll over `entityappservice/get`, whose pages come as one array. The text of
 * entities is passed on as the platform sends it. The next page is asked for while one is used up, and the scroll is
 * cleared in the end, however reading ends.
 *
 * A scroll ends five minutes after its last page: whoever takes longer for a page should make pages smaller. It cannot
 * be taken up by a later process: a job that goes on after a crash reads from the beginning.
 *
 * What an export selects goes into the query (types, ids, name, some criteria); a limit alone into the size of the
 * page. Types of a selection are sent in lower case, since the platform ignores case; those in `query` as they are.
 * @throws SluiceError `INVALID` for an address, headers, or options that cannot be; while reading
 *   `PERMISSION_DENIED` where the platform refuses access; `SERVICE_FAILED` where it cannot be reached, refuses the
 *   query, or answers otherwise than documented; `READ_FAILED` where reading broke off midway: an expired scroll, a
 *   lost page, or another number of entities than was announced
 * @example
 * exportEntities({ source: rdpEntities({ server: 'https://tenant.example', headers }), request: { types: ['sku'] } })
 */
export function rdpEntities(options: RdpOptions): Source {
  acceptOptions(options, RDP_ENTITIES, ['server']);
  const { server, headers, fetch, query = {}, fields = ALL_FIELDS, pageSize = LARGEST_PAGE } = options;
  checkOptions(options);
  const connection = openConnection(
    { server, headers, ...definedOnly({ fetch }) },
    { stage: 'read', publicHeaders: PUBLIC_HEADERS },
  );
  return source(connection, options, {
    query: { query: withTypes(options.query === undefined ? EVERYTHING : query), isEmpty: false, sent: [], left: [] },
    fields,
    pageSize,
  });
}

/** With `allContextual` the platform answers the data of all contexts, beside that of none. */
const EVERYTHING: JsonObject = Object.freeze({ filters: Object.freeze({ allContextual: true }) });

/** The platform requires types. */
function withTypes(query: JsonObject): JsonObject {
  const filters = isObject(query.filters) ? query.filters : {};
  return { ...query, filters: { typesCriterion: ALL, ...filters } };
}

/** What is asked for, after an export has narrowed it. */
interface Asked extends Pick<ScrollOptions, 'fields' | 'pageSize' | 'enough'> {
  readonly query: NarrowedQuery;
}

function source(connection: Connection, options: RdpOptions, asked: Asked): Source {
  const { checkTotal = true, retry = {}, timeoutMs = 120_000, logger = SILENT, criteria = 'sure' } = options;
  const { query, fields, pageSize, enough } = asked;
  return {
    async *inputs(signal) {
      if (query.isEmpty) return;
      const scroll = new Scroll(
        connection,
        {
          ...{ query: query.query, fields, pageSize, checkTotal, retry, timeoutMs, logger },
          now: () => performance.now(),
          ...definedOnly({ enough }),
        },
        signal,
      );
      const input = chunkInput(scroll.text(), connection.place, signal);
      yield {
        ...input,
        form: 'array',
        async close() {
          await Promise.all([input.close(), scroll.close()]);
        },
      };
    },
    narrow(plan) {
      const { types, ids, name, criteria: filtered, limit } = plan.select;
      const isOnlyLimit = limit !== undefined && !types && !ids && name === undefined && !filtered;
      return source(connection, options, {
        query: narrowQuery(query.query, plan, criteria),
        fields,
        ...(isOnlyLimit ? { pageSize: Math.max(1, Math.min(pageSize, limit)), enough: limit } : { pageSize }),
      });
    },
    async explain() {
      const told = JSON.stringify({ query: query.query, fields });
      const text = told.length > LONGEST_QUERY_TOLD ? `${told.slice(0, LONGEST_QUERY_TOLD)}…` : told;
      const calls = `POST ${connection.place}/api/entityappservice/get, a scroll in pages of ${pageSize}`;
      return [
        query.isEmpty ? 'Read nothing: no entity could pass both the query and the selection.' : `Read by ${calls}.`,
        `The query: ${connection.hide(text)}.`,
        ...(query.sent.length > 0 ? [`It bears of the selection: ${query.sent.join(', ')}.`] : []),
        ...(query.left.length > 0 ? [`Left to the filters: ${query.left.join(', ')}.`] : []),
        'The scroll is cleared in the end.',
      ];
    },
  };
}

/** @throws SluiceError `INVALID` with all faults */
function checkOptions({ headers, query, fields, pageSize, timeoutMs, criteria }: RdpOptions): void {
  const faults = new Faults();
  const add = (path: string, message: string) => faults.add('INVALID', path, message);
  const given = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of REQUIRED) {
    if ((given.get(name.toLowerCase()) ?? '') === '') add(`headers.${name}`, 'is required by the platform');
  }
  if (given.has('authorization')) add('headers.authorization', 'must not stand beside auth-client-secret');
  if (query !== undefined && !isObject(query)) add('query', 'must be an object, the documented params.query');
  if (fields !== undefined && !isObject(fields)) add('fields', 'must be an object, the documented params.fields');
  if (!isWithin(pageSize, 1, LARGEST_PAGE)) add('pageSize', `must be a whole number from 1 to ${LARGEST_PAGE}`);
  if (!isWithin(timeoutMs, 1, 2 ** 31 - 1)) add('timeoutMs', 'must be a whole number of milliseconds');
  if (criteria !== undefined && !['sure', 'all', 'none'].includes(criteria)) {
    add('criteria', 'must be "sure", "all" or "none"');
  }
  faults.throwIfAny('read');
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= least && value <= most);
}
