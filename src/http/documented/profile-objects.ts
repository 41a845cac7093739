/** The documented `configurationservice/get` for export profiles: those that requests can select. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Profile } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';
import { json } from '../responses.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import { COUNT, exactly, type Schema, SUCCESS, TEXT } from '../schema-parts.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented-route.js';
import { acceptPage, type Page } from './get-page.js';
import { FOUND_DETAIL, REQUEST_ECHO } from './get-schemas.js';
import { NOTHING_FOUND } from './get-service-route.js';

/** The type of profiles among the configuration objects. */
const OBJECT_TYPE = 'integrationprofile';

/** Adds the route. */
export function addProfileObjects(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  addDocumentedRoute(app, root, context, {
    path: '/api/configurationservice/get',
    operationId: 'getConfiguration',
    right: 'read',
    summary: 'The registered profiles, with their contexts, formats and modes; settings of channels are not told',
    body: 'ConfigurationQuery',
    responses: { 200: json('The profiles', { $ref: 'ConfigurationResponse#' }) },
    handler: async (request, reply) => {
      const { ids, context: wanted, page } = acceptBody(request.body);
      const found = (await jobsOf(request).profiles()).filter(
        (profile) => (ids?.includes(profile.name) ?? true) && fits(profile, wanted),
      );
      const shown = found.slice(page.from, page.from + page.maxRecords).map(viewProfile);
      const { maxRecords } = page;
      return reply.header('cache-control', 'no-store').send({
        request: { returnRequest: false, params: {}, requestId: randomUUID(), maxRecords },
        response: {
          ...(shown.length > 0 && { configObjects: shown }),
          status: 'success',
          ...(found.length === 0 && { statusDetail: NOTHING_FOUND }),
          totalRecords: found.length,
        },
      });
    },
  });
}

/** The documented words of formats. */
const COLLECTED: Readonly<Record<Profile['format'], string>> = {
  json: 'RSJSON',
  array: 'RSJSON',
  ndjson: 'RSJSON',
  dsv: 'DSV',
  xlsx: 'SMARTEXCEL',
};

function viewProfile({ name, format, mode, batchSize, enabled = true, context, order }: Profile): object {
  return {
    id: name,
    name,
    type: OBJECT_TYPE,
    data: {
      contexts: [
        {
          context: { ...context, ...(order !== undefined && { order: String(order) }) },
          jsonData: {
            integrationType: 'User',
            isEnabled: String(enabled),
            publish: {
              channel: [{ type: 'presentationConnector', settings: { mode: mode ?? 'AUTO' } }],
              format: { type: COLLECTED[format], ...(batchSize !== undefined && { batchSize }) },
            },
          },
        },
      ],
    },
  };
}

function fits({ context = {} }: Profile, wanted: UnknownObject): boolean {
  const pairs = new Map(Object.entries(context).map(([name, value]) => [name, String(value).toLowerCase()]));
  return Object.entries(wanted).every(([name, value]) => {
    const own = pairs.get(name);
    return own === undefined || own === 'all' || own === String(value).toLowerCase();
  });
}

interface ProfileQuery {
  readonly ids?: readonly string[];
  readonly context: UnknownObject;
  readonly page: Page;
}

/** @throws SluiceError with all faults */
function acceptBody(input: unknown): ProfileQuery {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'returnRequest']);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options'], ['sort', 'prepareScroll', 'scrollId']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'name', 'filters', 'contexts', 'valueContexts']);
  const id = faults.strings(query.id, 'params.query.id', true);
  const ids = faults.strings(query.ids, 'params.query.ids', false);
  const name = faults.string(query.name, 'params.query.name');
  const filters = query.filters === undefined ? {} : (faults.object(query.filters, 'params.query.filters') ?? {});
  const path = 'params.query.filters.typesCriterion';
  const flags = ['excludeNonContextual', 'nonContextual', 'allContextual'];
  const criteria = ['attributesCriterion', 'propertiesCriterion', 'keywordsCriterion'];
  faults.checkKeys(filters, 'params.query.filters', ['typesCriterion', ...flags], criteria);
  const types = faults.strings(filters.typesCriterion, path, false) ?? [];
  types.forEach((type, index) => {
    if ([OBJECT_TYPE, '_all', 'all'].includes(type.toLowerCase())) return;
    faults.add('UNSUPPORTED', `${path}[${index}]`, `${quoted(type)}: only ${OBJECT_TYPE} is supported`);
  });
  const contexts: unknown = query.contexts;
  if (contexts !== undefined && (!Array.isArray(contexts) || contexts.length > 1)) {
    faults.add('INVALID', 'params.query.contexts', 'must be an array of one object');
  }
  const first: unknown = Array.isArray(contexts) ? contexts[0] : undefined;
  const context = first === undefined ? {} : (faults.object(first, 'params.query.contexts[0]') ?? {});
  for (const [name, value] of Object.entries(context)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue;
    faults.add('INVALID', join('params.query.contexts[0]', name), `must be a string, not ${kindOf(value)}`);
  }
  const page = acceptPage(params.options, faults);
  faults.throwIfAny();
  const names = [id, ids, name === undefined ? undefined : [name]].filter((list) => list !== undefined);
  return { ids: names.length === 0 ? undefined : names.flat(), context, page };
}

/** The named schemas. */
export const PROFILE_SCHEMAS: readonly Schema[] = [
  {
    $id: 'ConfigurationQuery',
    type: 'object',
    required: ['params'],
    properties: {
      params: {
        type: 'object',
        required: ['query'],
        properties: {
          query: {
            type: 'object',
            properties: {
              id: TEXT,
              ids: { type: 'array', items: TEXT },
              name: TEXT,
              contexts: { type: 'array', maxItems: 1, items: { type: 'object' } },
              filters: { type: 'object' },
            },
          },
        },
      },
    },
  },
  {
    $id: 'ConfigurationResponse',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({
        'configObjects?': {
          type: 'array',
          items: exactly({
            id: TEXT,
            name: TEXT,
            type: { type: 'string', const: OBJECT_TYPE },
            data: exactly({
              contexts: {
                type: 'array',
                items: exactly({
                  context: { type: 'object', additionalProperties: TEXT },
                  jsonData: { type: 'object', description: 'The format, the batch size and the mode' },
                }),
              },
            }),
          }),
        },
        status: SUCCESS,
        'statusDetail?': FOUND_DETAIL,
        totalRecords: COUNT,
      }),
    }),
  },
];
