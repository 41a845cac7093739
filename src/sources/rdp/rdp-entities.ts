/** Entities of the documented platform as a source, page by page. */

import { acceptOptions } from '../../options/accept-options.js';
import { Faults, isObject } from '../../options/faults.js';
import { type Connection, openConnection } from '../../remote/connection.js';
import type { JsonObject } from '../../terms/json-value.js';
import { SILENT, steadyLogger } from '../../terms/logger.js';
import { chunkInput } from '../bytes.js';
import type { Source } from '../source.js';
import { type NarrowedQuery, narrowQuery } from './narrow-query.js';
import { LARGEST_PAGE, RDP_ENTITIES, type RdpOptions } from './rdp-options.js';
import { Scroll, type ScrollOptions } from './scroll.js';

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

/** Maximum of characters of a query in explanations. */
const LONGEST_SHOWN_QUERY = 2000;

/**
 * Reads entities from the platform: a scroll over `entityappservice/get`, whose pages are read as one array. The text of
 * entities is passed on unchanged. The next page is requested while the current one is processed, and the scroll is
 * cleared at the end, however reading ends.
 *
 * A scroll expires five minutes after its last page: if a page takes longer, use smaller pages. A later process cannot
 * resume it: a job that continues after a crash reads from the beginning.
 *
 * The selection of an export becomes part of the query (types, ids, name, some criteria); a limit alone becomes the page
 * size. Types of a selection are sent in lower case, since the platform ignores case; those in `query` stay as they are.
 * @throws SluiceError `INVALID` for an invalid address, headers or options; while reading `PERMISSION_DENIED` if the
 *   platform refuses access; `SERVICE_FAILED` if it cannot be reached, refuses the query, or responds otherwise than
 *   documented; `READ_FAILED` if reading fails midway: an expired scroll, a lost page, or another number of entities than
 *   was announced
 * @example
 * exportEntities({ source: rdpEntities({ server: 'https://tenant.example', headers }), request: { types: ['sku'] } })
 */
export function rdpEntities(options: RdpOptions): Source {
  acceptOptions(options, RDP_ENTITIES, ['server']);
  const { server, headers, fetch, query = {}, fields = ALL_FIELDS, pageSize = LARGEST_PAGE } = options;
  checkOptions(options);
  const connection = openConnection({ server, headers, fetch }, { stage: 'read', publicHeaders: PUBLIC_HEADERS });
  return source(connection, options, {
    query: { query: withTypes(options.query === undefined ? EVERYTHING : query), isEmpty: false, sent: [], left: [] },
    fields,
    pageSize,
  });
}

/** With `allContextual` the platform returns the data of all contexts, beside that of none. */
const EVERYTHING: JsonObject = Object.freeze({ filters: Object.freeze({ allContextual: true }) });

/** The platform requires types. */
function withTypes(query: JsonObject): JsonObject {
  const filters = isObject(query.filters) ? query.filters : {};
  return { ...query, filters: { typesCriterion: ALL, ...filters } };
}

/** What a scroll requests, after an export has narrowed it. */
interface ScrollRequest extends Pick<ScrollOptions, 'fields' | 'pageSize' | 'enough'> {
  readonly query: NarrowedQuery;
}

function source(connection: Connection, options: RdpOptions, request: ScrollRequest): Source {
  const { checkTotal = true, retry = {}, timeoutMs = 120_000, logger = SILENT, criteria = 'sure' } = options;
  const { query, fields, pageSize, enough } = request;
  return {
    async *inputs(signal) {
      if (query.isEmpty) return;
      const scroll = new Scroll(
        connection,
        {
          query: query.query,
          fields,
          pageSize,
          checkTotal,
          retry,
          timeoutMs,
          logger: steadyLogger(logger),
          now: () => performance.now(),
          enough,
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
      const { types, ids, names, criteria: filtered, limit } = plan.select;
      const isOnlyLimit = limit !== undefined && !types && !ids && !names && !filtered;
      return source(connection, options, {
        query: narrowQuery(query.query, plan, criteria),
        fields,
        pageSize: isOnlyLimit ? Math.max(1, Math.min(pageSize, limit)) : pageSize,
        enough: isOnlyLimit ? limit : undefined,
      });
    },
    async explain() {
      const shown = JSON.stringify({ query: query.query, fields });
      const text = shown.length > LONGEST_SHOWN_QUERY ? `${shown.slice(0, LONGEST_SHOWN_QUERY)}…` : shown;
      const calls = `POST ${connection.place}/api/entityappservice/get, a scroll in pages of ${pageSize}`;
      return [
        query.isEmpty ? 'Read nothing: no entity could pass both the query and the selection.' : `Read by ${calls}.`,
        `The query: ${connection.hide(text)}.`,
        ...(query.sent.length > 0 ? [`Sent with the query: ${query.sent.join(', ')}.`] : []),
        ...(query.left.length > 0 ? [`Left to the filters: ${query.left.join(', ')}.`] : []),
        'The scroll is cleared at the end.',
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
  if (given.has('authorization')) add('headers.authorization', 'must not be given beside auth-client-secret');
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
