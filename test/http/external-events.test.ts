/** The documented events of a job: those of each state, and how they are requested. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src/jobs/job.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { type CheckedServer, OTHER, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const EVENTS = '/api/eventservice/get';
const PROFILE = 'downloadDataJSONJob';
const BODY = { params: { query: { filters: { typesCriterion: ['product'] } }, rsconnect: { profiles: [PROFILE] } } };

const RECEIPT: Receipt = {
  id: 'x',
  startedAt: '2026-01-31T08:30:00.000Z',
  ...{ read: 7, written: 4, filtered: 3, rejected: 0, stoppedBy: 'end' },
  ...{ bytesIn: 700, bytesOut: 90, durationMs: 12, busyMs: {}, files: [], output: { bytes: 90 }, notes: [] },
};

let jobs: FakeJobs;
let server: CheckedServer;
let id: string;
beforeEach(async () => {
  jobs = new FakeJobs();
  jobs.next = 'queued';
  server = await openServer({ jobs });
  await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  id = jobs.newest;
});
afterEach(() => server.app.close());

interface Told {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const body = (...criteria: object[]) => ({
  params: {
    query: { filters: { typesCriterion: ['externalevent'], attributesCriterion: criteria } },
    fields: { attributes: ['_ALL'] },
  },
});

/** The events that a body finds, each attribute as its single value. */
async function find(asked: object): Promise<readonly Told[]> {
  const answer = await server.post(EVENTS, asked);
  expect(answer.statusCode).toBe(200);
  const { events = [] }: { events?: { id: string; data: { attributes: Record<string, { values: object[] }> } }[] } =
    answer.json().response;
  return events.map((event) => ({
    id: event.id,
    attributes: Object.fromEntries(
      Object.entries(event.data.attributes).map(([name, { values }]) => {
        expect(values).toMatchObject([{ locale: 'en-US', source: 'internal' }]);
        expect(values).toHaveLength(1);
        return [name, Object.entries(values[0])[0][1]];
      }),
    ),
  }));
}

const words = (told: readonly Told[]) =>
  told.map(({ attributes }) => `${attributes.eventType} ${attributes.eventSubType} ${attributes.taskStatus}`);

const STARTED: Partial<Job> = { state: 'running', startedAt: Date.UTC(2026, 0, 2), epoch: 1 };

test('reports a queued job as queued', async () => {
  const [event, ...others] = await find(body({ taskId: { exact: id } }));
  expect(others).toStrictEqual([]);
  expect(event).toStrictEqual({
    id: `${id}_BATCH_EXTRACT_QUEUED_SUCCESS`,
    attributes: {
      eventType: 'BATCH_EXTRACT',
      eventSubType: 'QUEUED_SUCCESS',
      taskId: id,
      taskType: 'ENTITY_EXPORT',
      profileType: 'ENTITY_EXPORT',
      profileName: PROFILE,
      integrationType: 'User',
      workAutomationId: id,
      taskStatus: 'Queued',
      createdOn: new Date((await jobs.forTenant('acme').get(id)).createdAt).toISOString(),
    },
  });
});

test('reports every step of an ended job, and keeps the earlier events unchanged', async () => {
  const before = await find(body({ taskId: { exact: id } }));
  jobs.set(id, STARTED);
  const running = await find(body({ taskId: { exact: id } }));
  expect(words(running)).toStrictEqual([
    'BATCH_EXTRACT QUEUED_SUCCESS Queued',
    'BATCH_EXTRACT PROCESSING_STARTED Processing',
    'RECORD_TRANSFORM_ENTITY_EXPORT PROCESSING_STARTED Processing',
  ]);
  jobs.end(id, 'completed');
  jobs.set(id, { receipt: RECEIPT, endedAt: Date.UTC(2026, 0, 3) });
  const ended = await find(body({ taskId: { exact: id } }));
  expect(words(ended.slice(3))).toStrictEqual([
    'BATCH_EXTRACT PROCESSING_COMPLETED Processing',
    'RECORD_TRANSFORM_ENTITY_EXPORT PROCESSING_COMPLETED Processing',
    'RECORD_LOAD_ENTITY_EXPORT SUBMITTED Processing',
    'RECORD_LOAD_ENTITY_EXPORT PROCESSING_COMPLETED Completed',
  ]);
  expect(ended.slice(0, 1)).toStrictEqual(before);
  expect(ended.slice(0, 3)).toStrictEqual(running);
  expect(ended.map(({ attributes }) => attributes.recordCount)).toStrictEqual([
    ...[undefined, undefined, undefined],
    ...[7, 4, 4, 4],
  ]);
  expect(ended.at(-1)?.attributes).toMatchObject({ fileName: jobs.fileName, createdOn: '2026-01-03T00:00:00.000Z' });
  expect(new Set(ended.map((event) => event.id)).size).toBe(ended.length);

  jobs.end(id, 'expired');
  jobs.set(id, { endedAt: Date.UTC(2026, 0, 3) });
  const expired = await find(body({ taskId: { exact: id } }));
  expect(words(expired)).toStrictEqual(words(ended));
  expect(expired.at(-1)?.attributes.fileName).toBeUndefined();
});

describe('PROCESSING_ERROR', () => {
  const errors = () => find(body({ taskId: { exact: id } }, { eventSubType: { exact: 'PROCESSING_ERROR' } }));

  test('reports faulty records as one event with their number and file', async () => {
    jobs.end(id, 'completedWithErrors');
    const [file] = (await jobs.forTenant('acme').get(id)).files;
    jobs.set(id, { receipt: { ...RECEIPT, filtered: 1, rejected: 2 }, files: [file, { ...file, name: 'rejects' }] });
    const [error, ...others] = await errors();
    expect(others).toStrictEqual([]);
    expect(error.attributes).toMatchObject({
      ...{ eventType: 'BATCH_EXTRACT', recordCount: 2, fileName: 'rejects' },
      message: '2 records are faulty and not in the result',
    });
    const all = await find(body({ taskId: { exact: id } }));
    expect(all.at(-1)?.attributes.taskStatus).toBe('Completed With Errors');
  });

  test('is not reported for an export without records, which has a message', async () => {
    jobs.end(id, 'completedWithNoRecords');
    jobs.set(id, { receipt: { ...RECEIPT, written: 0, filtered: 7 } });
    expect(await errors()).toStrictEqual([]);
    expect((await find(body({ taskId: { exact: id } }))).at(-1)?.attributes).toMatchObject({
      ...{ taskStatus: 'Completed with no records', message: 'No file available to process', recordCount: 0 },
    });
  });

  test.each([
    ['scan', 'BATCH_EXTRACT'],
    ['wrap', 'RECORD_TRANSFORM_ENTITY_EXPORT'],
    ['write', 'RECORD_LOAD_ENTITY_EXPORT'],
    [undefined, 'BATCH_EXTRACT'],
  ])('reports a failed job, failed in stage %s, as %s; the message contains no folders', async (stage, eventType) => {
    const source = '/srv/secret/catalog.ndjson';
    jobs.set(id, STARTED);
    jobs.nextError = { code: 'INVALID_JSON', message: `${source}: record 3`, source, ...(stage ? { stage } : {}) };
    jobs.end(id, 'failed');
    expect(words(await errors())).toStrictEqual([`${eventType} PROCESSING_ERROR Errored`]);
    expect((await errors())[0].attributes.message).toBe('catalog.ndjson: record 3');
  });

  test('reports a cancelled job', async () => {
    jobs.end(id, 'cancelled');
    expect((await errors())[0].attributes).toMatchObject({ taskStatus: 'Errored', message: 'The job was cancelled' });
  });
});

describe('requests', () => {
  beforeEach(() => {
    jobs.set(id, STARTED);
    jobs.end(id, 'completed');
    jobs.set(id, { receipt: RECEIPT });
  });

  test('filter by type, by sub type, by both', async () => {
    const extract = await find(body({ taskId: { eq: id }, eventType: { eq: 'BATCH_EXTRACT' } }));
    expect(extract).toHaveLength(3);
    const some = await find(
      body({ taskId: { eq: id } }, { eventSubType: { exacts: ['SUBMITTED', 'QUEUED_SUCCESS'] } }),
    );
    expect(some).toHaveLength(2);
    const none = body({ taskId: { eq: id } }, { eventType: { exact: 'LOAD' } });
    expect(await find(none)).toStrictEqual([]);
  });

  test('filter by the ids of events', async () => {
    const [first, second] = await find(body({ taskId: { exact: id } }));
    expect(await find({ params: { query: { id: second.id } } })).toStrictEqual([second]);
    expect(await find({ params: { query: { ids: [second.id, first.id] } } })).toStrictEqual([first, second]);
    expect(await find({ params: { query: { id } } })).toStrictEqual([]);
  });

  test('limit the events and their attributes', async () => {
    const { params } = body({ taskId: { exact: id } });
    const fields = { attributes: ['eventType', 'recordCount'] };
    const answer = await server.post(EVENTS, { params: { ...params, fields, options: { maxRecords: '2' } } });
    const { events, totalRecords } = answer.json().response;
    expect(totalRecords).toBe(7);
    expect(events.map(({ data }: { data: { attributes: object } }) => Object.keys(data.attributes))).toStrictEqual([
      ['eventType'],
      ['eventType'],
    ]);
  });

  test('find no events of another tenant', async () => {
    const first = `${id}_BATCH_EXTRACT_QUEUED_SUCCESS`;
    for (const asked of [body({ taskId: { exact: id } }), { params: { query: { id: first } } }]) {
      const answer = await server.post(EVENTS, asked, { authorization: `Bearer ${OTHER}` });
      expect(answer.statusCode).toBe(200);
      expect(answer.json().response).toStrictEqual({
        status: 'success',
        statusDetail: {
          messages: [{ messageCode: 'I0012', message: 'No objects found', messageType: 'info', messageParams: [] }],
        },
        totalRecords: 0,
      });
    }
  });

  test.each([
    [{ params: { query: { filters: { typesCriterion: ['externalevent'] } } } }, 'params.query.id', 'INVALID'],
    [
      { params: { query: { id: 'a', filters: { typesCriterion: ['externalevent', 'entitymanageevent'] } } } },
      'params.query.filters.typesCriterion[1]',
      'UNSUPPORTED',
    ],
    [
      body({ taskId: { exact: 'a' } }, { taskStatus: { exact: 'Queued' } }),
      'params.query.filters.attributesCriterion[1].taskStatus',
      'UNSUPPORTED',
    ],
    [
      body({ taskId: { exact: 'a' }, eventType: { contains: 'EXTRACT' } }),
      'params.query.filters.attributesCriterion[0].eventType.contains',
      'UNSUPPORTED',
    ],
    [{ params: { query: { id: 'a' }, optoins: {} } }, 'params.optoins', 'UNKNOWN_KEY'],
    [{ params: { query: { id: 'a' }, sort: {} } }, 'params.sort', 'UNSUPPORTED'],
  ])('with %j are refused by the path', async (asked, path, code) => {
    const answer = await server.post(EVENTS, asked);
    expect(answer.statusCode).toBe(400);
    const { statusDetail } = answer.json().response;
    expect(statusDetail.code).toBe('AE001');
    expect(statusDetail.faults).toContainEqual(expect.objectContaining({ path, code }));
  });

  test('for another type are refused by its name', async () => {
    const asked = { params: { query: { id: 'a', filters: { typesCriterion: ['entitygovernevent'] } } } };
    const answer = await server.post(EVENTS, asked);
    expect(answer.json().response.statusDetail.message).toContain(
      '"entitygovernevent": only externalevent is supported',
    );
  });
});
