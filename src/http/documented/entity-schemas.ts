/** Schemas of the service that reads entities. */
import { COUNT, exactly, type Schema, SUCCESS, TEXT } from '../schema-parts.js';
import { FOUND_DETAIL, REQUEST_ECHO } from './get-schemas.js';

const AMOUNT = { anyOf: [COUNT, TEXT] };
const SCROLL_ID = { ...TEXT, description: 'Of the previous page; a scroll expires some minutes after its last page' };
const TOTAL = { type: 'integer', minimum: 0, description: 'All that were found; 0 at the end of a scroll' };

/** The named schemas. */
export const ENTITY_SCHEMAS: readonly Schema[] = [
  {
    $id: 'EntitiesRequest',
    type: 'object',
    required: ['params'],
    properties: {
      params: {
        type: 'object',
        properties: {
          query: { type: 'object', description: 'As in `downloadDataJob`' },
          fields: { type: 'object', description: 'As in `downloadDataJob`' },
          sort: { type: 'object', description: 'As in `downloadDataJob`' },
          options: {
            type: 'object',
            properties: { maxRecords: AMOUNT, totalRecords: AMOUNT, from: AMOUNT, to: AMOUNT },
          },
          prepareScroll: { type: 'boolean', description: 'Begins a scroll through all that is found at this moment' },
          scrollId: SCROLL_ID,
        },
      },
    },
  },
  {
    $id: 'EntitiesResponse',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({
        'entities?': { type: 'array', items: { type: 'object' } },
        status: SUCCESS,
        'statusDetail?': FOUND_DETAIL,
        totalRecords: TOTAL,
        'scrollId?': SCROLL_ID,
      }),
    }),
  },
  {
    $id: 'ClearScrollRequest',
    type: 'object',
    required: ['params'],
    properties: { params: { type: 'object', required: ['scrollId'], properties: { scrollId: TEXT } } },
  },
  {
    $id: 'ScrollCleared',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({ status: SUCCESS, statusDetail: FOUND_DETAIL, totalRecords: TOTAL }),
    }),
  },
];
