/** Schemas of the documented bodies and responses. */

import { ERROR_CODES } from '../terms/errors.js';
import { ENTITY_SCHEMAS } from './documented/entity-schemas.js';
import { GET_SCHEMAS, REQUEST_ECHO } from './documented/get-schemas.js';
import { OBJECT_SCHEMAS } from './documented/object-schemas.js';
import { PROFILE_SCHEMAS } from './documented/profile-objects.js';
import { PUBLISH_ACCEPTED } from './documented/publish-route.js';
import { FAULTS, MORE_FAULTS } from './job-schemas.js';
import { CONDITION, DOWNLOAD_REQUEST } from './request-schema.js';
import { COUNT, exactly, type Schema, SUCCESS, TEXT } from './schema-parts.js';

const ERROR_RESULT = exactly({
  status: { type: 'string', const: 'error' },
  statusDetail: exactly({
    code: { ...TEXT, description: 'The documented code' },
    message: TEXT,
    messageType: { type: 'string', const: 'error' },
    sluiceCode: {
      ...TEXT,
      description: 'The more specific code of sluice',
      examples: Object.keys(ERROR_CODES).slice(0, 1),
    },
    'faults?': FAULTS,
    'moreFaults?': MORE_FAULTS,
  }),
  totalRecords: COUNT,
  'dataObjects?': { type: 'array', items: { type: 'object' }, description: 'The job, if it has failed' },
});

const JOB_ACCEPTED: Schema = {
  $id: 'JobAccepted',
  ...exactly({
    dataObjectOperationRequest: REQUEST_ECHO,
    dataObjectOperationResponse: exactly({
      status: SUCCESS,
      dataObjects: { type: 'array', items: exactly({ properties: exactly({ workAutomationId: TEXT }) }) },
      statusDetail: exactly({ code: { type: 'string', const: 'RSC2162' }, message: TEXT, messageType: TEXT }),
      totalRecords: COUNT,
    }),
  }),
};

const ENVELOPE: Schema = {
  $id: 'Envelope',
  description: 'The result: a zip in base64, encoded while it is sent. The order of the members suits streaming.',
  ...exactly({
    response: {
      type: 'object',
      required: ['binaryObjects', 'status', 'statusDetail', 'totalRecords'],
      properties: {
        binaryObjects: {
          type: 'array',
          items: exactly({
            id: TEXT,
            type: { type: 'string', enum: ['binaryObject', 'JSONObject', 'DSVObject', 'excelObject'] },
            systemInfo: exactly({ tenantId: TEXT }),
            properties: {
              type: 'object',
              required: ['fileName', 'version', 'extension'],
              properties: { fileName: TEXT, version: TEXT, extension: TEXT, workAutomationId: TEXT },
            },
            data: exactly({ blob: { type: 'string', contentEncoding: 'base64' } }),
          }),
        },
        status: { type: 'string', enum: ['success', 'error'] },
        statusDetail: { type: 'object' },
        totalRecords: COUNT,
      },
    },
  }),
};

/** The named schemas. */
export const DOCUMENTED_SCHEMAS: readonly Schema[] = [
  CONDITION,
  DOWNLOAD_REQUEST,
  JOB_ACCEPTED,
  ENVELOPE,
  ...GET_SCHEMAS,
  ...OBJECT_SCHEMAS,
  ...PROFILE_SCHEMAS,
  ...ENTITY_SCHEMAS,
  PUBLISH_ACCEPTED,
  { $id: 'OperationError', ...exactly({ dataObjectOperationResponse: ERROR_RESULT }) },
  { $id: 'ServiceError', ...exactly({ response: ERROR_RESULT }) },
];
