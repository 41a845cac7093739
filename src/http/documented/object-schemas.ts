/** Schemas of the services for files of tasks. */
import { COUNT, exactly, type Schema, SUCCESS, TEXT } from '../schema-parts.js';
import { FOUND_DETAIL, REQUEST_ECHO } from './get-schemas.js';

const KEY = { ...TEXT, description: 'The `fileId` of a task' };

const QUERY = {
  type: 'object',
  properties: { id: KEY, ids: { type: 'array', items: TEXT }, filters: { type: 'object' } },
};

/** The named schemas. */
export const OBJECT_SCHEMAS: readonly Schema[] = [
  {
    $id: 'BinaryObjectRequest',
    type: 'object',
    required: ['params'],
    properties: {
      params: { type: 'object', required: ['query'], properties: { query: QUERY } },
      fileName: TEXT,
      fileType: TEXT,
      fileExtension: TEXT,
      taskType: TEXT,
    },
  },
  {
    $id: 'StreamObjectRequest',
    type: 'object',
    required: ['binaryStreamObject'],
    properties: {
      binaryStreamObject: {
        type: 'object',
        properties: {
          id: { ...TEXT, description: 'Of the object; the key, where there is no `objectKey`' },
          type: { ...TEXT, description: 'Any: `binarystreamobject`, `importDataStream` …' },
          data: { type: 'object' },
          properties: {
            type: 'object',
            properties: { objectKey: KEY, originalFileName: TEXT, user: TEXT, role: TEXT, ownershipData: TEXT },
          },
        },
      },
    },
  },
  {
    $id: 'PrepareDownloadResponse',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({
        binaryStreamObjects: {
          type: 'array',
          items: exactly({
            id: TEXT,
            type: TEXT,
            systemInfo: exactly({ tenantId: TEXT }),
            properties: exactly({
              objectKey: TEXT,
              downloadURL: {
                ...TEXT,
                format: 'uri',
                description: 'A signed URL that needs no token for a limited time',
              },
            }),
          }),
        },
        status: SUCCESS,
        totalRecords: COUNT,
      }),
    }),
  },
  {
    $id: 'StreamObjectsQuery',
    type: 'object',
    required: ['params'],
    properties: { params: { type: 'object', required: ['query'], properties: { query: QUERY } } },
  },
  {
    $id: 'StreamObjectsResponse',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({
        'binaryStreamObjects?': {
          type: 'array',
          items: exactly({
            id: TEXT,
            type: TEXT,
            properties: exactly({
              objectKey: TEXT,
              originalFileName: TEXT,
              fullObjectPath: TEXT,
              contentSize: COUNT,
              'user?': TEXT,
              binarystreamobjectid: TEXT,
              'createdBy?': TEXT,
              createdDate: TEXT,
              'modifiedBy?': TEXT,
              modifiedDate: TEXT,
            }),
          }),
        },
        status: SUCCESS,
        'statusDetail?': FOUND_DETAIL,
        totalRecords: COUNT,
      }),
    }),
  },
  {
    $id: 'StreamObjectDeleted',
    ...exactly({
      request: REQUEST_ECHO,
      response: exactly({ status: SUCCESS, statusDetail: exactly({ message: TEXT }), totalRecords: COUNT }),
    }),
  },
];
