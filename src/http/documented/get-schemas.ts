/** Schemas of the bodies and responses of services that report tasks. */
import { COUNT, exactly, type Schema, SUCCESS, TEXT, TEXTS } from '../schema-parts.js';
import { EVENT_SERVICE } from './external-events.js';
import type { GetService } from './get-body.js';
import { REQUEST_TRACKING } from './request-tracking.js';
import type { AttributeKinds } from './task-attributes.js';

const AMOUNT = { anyOf: [COUNT, TEXT] };

/** The echo of a request in responses of documented services. */
export const REQUEST_ECHO = exactly({
  returnRequest: { type: 'boolean', const: false },
  'params?': { type: 'object' },
  requestId: TEXT,
  'taskId?': TEXT,
  'maxRecords?': COUNT,
});

/** The detail of a response that found nothing. */
export const FOUND_DETAIL = exactly({
  messages: {
    type: 'array',
    items: exactly({ messageCode: TEXT, message: TEXT, messageType: TEXT, messageParams: TEXTS }),
  },
});

function criteria(kinds: AttributeKinds): Schema {
  const properties = Object.fromEntries(Object.keys(kinds).map((name) => [name, { type: 'object' }]));
  return { type: 'array', items: { type: 'object', properties } };
}

/** Sort keys: the names of times. */
function sortKeys(kinds: AttributeKinds): Schema {
  const direction = { type: 'string', enum: ['_ASC', '_DESC'] };
  const names = Object.entries(kinds).flatMap(([name, { kind }]) => (/time/.test(kind) ? [[name, direction]] : []));
  return { type: 'array', items: { type: 'object', properties: { ...Object.fromEntries(names), sortType: TEXT } } };
}

/** The body of a service. */
function getRequest($id: string, { type, foreign, attributes, properties }: GetService): Schema {
  const query = {
    type: 'object',
    properties: {
      id: { anyOf: [TEXT, TEXTS] },
      ids: TEXTS,
      valueContexts: { type: 'array', items: { type: 'object' }, description: 'Accepted; all values are en-US' },
      filters: {
        type: 'object',
        properties: {
          typesCriterion: { type: 'array', items: { type: 'string', enum: [type, ...Object.keys(foreign), '_ALL'] } },
          attributesCriterion: criteria(attributes),
          propertiesCriterion: criteria(properties),
        },
      },
    },
  };
  return {
    $id,
    type: 'object',
    required: ['params'],
    properties: {
      params: {
        type: 'object',
        required: ['query'],
        properties: {
          query,
          fields: { type: 'object', properties: { attributes: TEXTS, relationships: TEXTS } },
          options: {
            type: 'object',
            properties: { maxRecords: AMOUNT, totalRecords: AMOUNT, from: AMOUNT, to: AMOUNT },
          },
          sort: {
            type: 'object',
            properties: { attributes: sortKeys(attributes), properties: sortKeys(properties) },
          },
        },
      },
    },
  };
}

const ATTRIBUTE = exactly({
  values: {
    type: 'array',
    items: exactly({ source: TEXT, locale: TEXT, value: { type: ['string', 'number', 'boolean'] } }),
  },
});

const PROPERTIES = exactly({ 'createdBy?': TEXT, createdDate: TEXT, 'modifiedBy?': TEXT, modifiedDate: TEXT });

/** The response of a service, with the objects under the name of the collection. */
function getResponse($id: string, { type }: GetService, collection: string): Schema {
  return {
    $id,
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({
        [`${collection}?`]: {
          type: 'array',
          items: exactly({
            id: TEXT,
            name: TEXT,
            type: { type: 'string', const: type },
            properties: PROPERTIES,
            data: exactly({ attributes: { type: 'object', additionalProperties: ATTRIBUTE } }),
          }),
        },
        status: SUCCESS,
        'statusDetail?': FOUND_DETAIL,
        totalRecords: { ...COUNT, description: 'All that were found, of which this is a page' },
      }),
    }),
  };
}

/** The named schemas. */
export const GET_SCHEMAS: readonly Schema[] = [
  getRequest('TrackingRequest', REQUEST_TRACKING),
  getResponse('TrackingResponse', REQUEST_TRACKING, 'requestObjects'),
  getRequest('EventsRequest', EVENT_SERVICE),
  getResponse('EventsResponse', EVENT_SERVICE, 'events'),
];
