/** The schemas of what our own routes say: jobs, pages of them, problems. */
import { DOCUMENTED_STATUS } from '../jobs/job.js';
import { ERROR_CODES } from '../terms/errors.js';
import { NOTE_CODES } from '../terms/receipt.js';
import type { Schema } from './answers.js';

const COUNT = { type: 'integer', minimum: 0 };
const RATE = { type: 'number', minimum: 0 };
const TIME = { type: 'string', format: 'date-time' };
const TEXT = { type: 'string' };
const DIGEST = { type: 'string', pattern: '^[0-9a-f]{64}$' };

/** An object of these members and no others; those named with `?` may be absent. */
export function exactly(members: Readonly<Record<string, Schema>>): Schema {
  const named = Object.entries(members);
  return {
    type: 'object',
    additionalProperties: false,
    required: named.map(([name]) => name).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(named.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
  };
}

/** The faults of a refused request, and how many more there are than are told. */
export const FAULTS: Schema = {
  type: 'array',
  maxItems: 20,
  items: exactly({ code: { type: 'string', enum: Object.keys(ERROR_CODES) }, path: TEXT, message: TEXT }),
};

export const MORE_FAULTS: Schema = { type: 'integer', minimum: 1, description: 'Faults beside those that are told' };

const PROGRESS = exactly({
  read: { ...COUNT, description: 'Records read from the source' },
  written: COUNT,
  bytesIn: { ...COUNT, description: 'Bytes taken from the source' },
  'totalBytes?': { ...COUNT, description: 'Bytes of the source, where they are known' },
  bytesPerSecond: RATE,
  recordsPerSecond: RATE,
  'estimatedEnd?': TIME,
});

const JOB_ERROR = exactly({
  code: { ...TEXT, description: 'A stable name for the kind of failure' },
  message: TEXT,
  'stage?': TEXT,
  'source?': { ...TEXT, description: 'Name of the input, without its folders' },
  'recordIndex?': { ...COUNT, description: 'Which record of the input, counted from 0' },
  'byteOffset?': COUNT,
  'line?': { ...COUNT, description: 'Which line of the input (after decompression), counted from 1' },
  'path?': { ...TEXT, description: 'Dotted path of the member of the request at fault' },
  'faults?': FAULTS,
  'moreFaults?': MORE_FAULTS,
});

const RECEIPT: Schema = {
  type: 'object',
  description: 'The proof of the export: read = written + filtered + rejected',
  required: ['id', 'read', 'written', 'filtered', 'rejected', 'stoppedBy', 'bytesIn', 'bytesOut', 'files', 'output'],
  properties: {
    id: TEXT,
    read: COUNT,
    written: COUNT,
    filtered: COUNT,
    rejected: COUNT,
    stoppedBy: { type: 'string', enum: ['end', 'limit', 'ids'] },
    bytesIn: COUNT,
    bytesOut: COUNT,
    files: { type: 'array', items: { type: 'object' } },
    output: { type: 'object' },
    notes: {
      type: 'array',
      description: 'What a user should know that is no failure, such as ids that were asked for and not found',
      items: exactly({
        code: { type: 'string', enum: [...NOTE_CODES] },
        text: TEXT,
        'counts?': { type: 'object', additionalProperties: COUNT },
      }),
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

/** What every one of our routes shows of a job. */
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

/** A job by itself. */
const JOB: Schema = {
  $id: 'Job',
  ...exactly({ ...SUMMARY, request: { description: 'The request as it was submitted' } }),
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
    href: { ...LINK, description: 'Works without a token, and so is as secret as one' },
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
    instance: { type: 'string', description: 'The path that was asked for' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    'path?': { ...TEXT, description: 'The part of the request at fault' },
    'faults?': FAULTS,
    'moreFaults?': MORE_FAULTS,
  }),
};

/** The schemas that are told by name. */
export const JOB_SCHEMAS: readonly Schema[] = [JOB, JOB_SUMMARY, JOB_LIST, LINK_REQUEST, FILE_LINK, PROBLEM];
