/** Schemas of sluice's own responses: jobs, pages of jobs, problems. */
import { DOCUMENTED_STATUS } from '../jobs/job.js';
import { JOB_EVENTS } from '../jobs/job-history.js';
import { ERROR_CODES } from '../terms/errors.js';
import { NOTE_CODES } from '../terms/receipt.js';
import { COUNT, exactly, type Schema, TEXT, TIME } from './schema-parts.js';

const RATE = { type: 'number', minimum: 0 };
const DIGEST = { type: 'string', pattern: '^[0-9a-f]{64}$' };

/** Faults of a refused request, up to a maximum. */
export const FAULTS: Schema = {
  type: 'array',
  maxItems: 20,
  items: exactly({ code: { type: 'string', enum: Object.keys(ERROR_CODES) }, path: TEXT, message: TEXT }),
};

export const MORE_FAULTS: Schema = { type: 'integer', minimum: 1, description: 'Number of further faults' };

const PROGRESS = exactly({
  read: { ...COUNT, description: 'Records read from the source' },
  written: COUNT,
  bytesIn: { ...COUNT, description: 'Bytes read from the source' },
  'totalBytes?': { ...COUNT, description: 'Size of the source, if known' },
  bytesPerSecond: RATE,
  recordsPerSecond: RATE,
  'estimatedEnd?': TIME,
});

const JOB_ERROR = exactly({
  code: { ...TEXT, description: 'Stable name of the kind of failure' },
  message: TEXT,
  'stage?': TEXT,
  'source?': { ...TEXT, description: 'Name of the input, without its folder' },
  'recordIndex?': { ...COUNT, description: 'Index of the record in the input, from 0' },
  'byteOffset?': COUNT,
  'line?': { ...COUNT, description: 'Line of the input (after decompression), from 1' },
  'path?': { ...TEXT, description: 'Dotted path of the faulty member of the request' },
  'faults?': FAULTS,
  'moreFaults?': MORE_FAULTS,
});

/** Notes, as receipts have them. */
export const NOTES: Schema = {
  type: 'array',
  items: exactly({
    code: { type: 'string', enum: [...NOTE_CODES] },
    text: TEXT,
    'counts?': { type: 'object', additionalProperties: COUNT },
  }),
};

const RECEIPT: Schema = {
  type: 'object',
  description: 'The receipt of the export: read + added = written + filtered + rejected',
  required: ['id', 'read', 'written', 'filtered', 'rejected', 'stoppedBy', 'bytesIn', 'bytesOut', 'files', 'output'],
  properties: {
    id: TEXT,
    read: COUNT,
    added: { ...COUNT, description: 'Records that are of no record of the input; absent: none' },
    written: COUNT,
    filtered: COUNT,
    rejected: COUNT,
    delta: {
      ...exactly({ new: COUNT, changed: COUNT, unchanged: COUNT, deleted: COUNT, 'held?': COUNT, 'repeated?': COUNT }),
      description: 'What has changed since the job before; only of deltas',
    },
    stoppedBy: { type: 'string', enum: ['end', 'limit', 'ids'] },
    bytesIn: COUNT,
    bytesOut: COUNT,
    files: { type: 'array', items: { type: 'object' } },
    output: { type: 'object' },
    notes: {
      ...NOTES,
      description: 'Facts that are not failures, such as requested ids that were not found',
    },
  },
};

const FILE = exactly({
  name: TEXT,
  mediaType: TEXT,
  bytes: COUNT,
  sha256: DIGEST,
  href: { type: 'string', format: 'uri-reference' },
});

const LINK = { type: 'string', format: 'uri-reference' };

/** Members of a job in all responses. */
const SUMMARY: Readonly<Record<string, Schema>> = {
  id: { ...TEXT, description: 'The work automation id' },
  state: { type: 'string', enum: Object.keys(DOCUMENTED_STATUS) },
  status: {
    ...TEXT,
    enum: [...new Set(Object.values(DOCUMENTED_STATUS))],
    description: 'The documented task status',
  },
  createdAt: TIME,
  changedAt: TIME,
  'startedAt?': TIME,
  'endedAt?': TIME,
  'expiresAt?': { ...TIME, description: 'When the result is deleted' },
  'profile?': { ...TEXT, description: 'Name of the profile' },
  'submittedBy?': { ...TEXT, description: 'Who submitted it' },
  'userId?': { ...TEXT, description: 'Who runs it' },
  'types?': { type: 'array', items: TEXT, description: 'The types of entities that the request names' },
  'schedule?': { ...TEXT, description: 'The id of the schedule that submitted it' },
  'rerunOf?': { ...TEXT, description: 'The id of the job whose request it repeats' },
  priority: { type: 'integer', description: 'Queued jobs of the tenant with a higher number start first' },
  attempts: COUNT,
  version: { ...COUNT, description: 'Grows with every change; the id of its events' },
  progress: PROGRESS,
  'error?': JOB_ERROR,
  'receipt?': RECEIPT,
  files: { type: 'array', items: FILE },
  links: exactly({ self: LINK, events: LINK, 'result?': LINK }),
};

/** A job in lists and events. */
const JOB_SUMMARY: Schema = { $id: 'JobSummary', ...exactly(SUMMARY) };

/** What has happened to a job. */
const HISTORY: Schema = {
  $id: 'JobHistory',
  ...exactly({
    events: {
      type: 'array',
      items: exactly({
        at: TIME,
        kind: {
          ...TEXT,
          enum: JOB_EVENTS,
          description:
            'An attempt started, was given up when its process ended (`requeued`), failed and is repeated (`retried`), or was ' +
            'lost with its process; the job ended; its result expired',
        },
        attempt: COUNT,
        'state?': { ...TEXT, enum: Object.keys(DOCUMENTED_STATUS), description: 'How the job ended' },
        'error?': JOB_ERROR,
      }),
    },
    samples: {
      type: 'array',
      description: 'How far the job was, at most once a second',
      items: exactly({ at: TIME, attempt: COUNT, read: COUNT, written: COUNT, bytesIn: COUNT }),
    },
  }),
};

/** A single job. */
const JOB: Schema = {
  $id: 'Job',
  ...exactly({ ...SUMMARY, request: { description: 'The request as submitted' } }),
};

const JOB_LIST: Schema = {
  $id: 'JobList',
  ...exactly({
    jobs: { type: 'array', items: { $ref: 'JobSummary#' } },
    'next?': { ...LINK, description: 'The next page; absent on the last one' },
  }),
};

const LINK_REQUEST: Schema = {
  $id: 'LinkRequest',
  type: 'object',
  additionalProperties: false,
  properties: { file: { ...TEXT, description: 'Name of the file; default the first one, the export' } },
};

/** A link to a file. */
const FILE_LINK: Schema = {
  $id: 'Link',
  ...exactly({
    file: TEXT,
    href: { ...LINK, description: 'Needs no token: keep it as secret as one' },
    expiresAt: TIME,
  }),
};

const PROBLEM: Schema = {
  $id: 'Problem',
  description: 'An error (RFC 9457)',
  ...exactly({
    type: { type: 'string', format: 'uri' },
    title: TEXT,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: TEXT,
    instance: { type: 'string', description: 'The requested path' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    'path?': { ...TEXT, description: 'The faulty part of the request' },
    'faults?': FAULTS,
    'moreFaults?': MORE_FAULTS,
  }),
};

/** The named schemas. */
export const JOB_SCHEMAS: readonly Schema[] = [JOB, JOB_SUMMARY, HISTORY, JOB_LIST, LINK_REQUEST, FILE_LINK, PROBLEM];
