/** The documented events of a job: those of each state, and how they are requested. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../../src/jobs/job.js';
import type { Receipt } from '../../../src/terms/receipt.js';
import { type CheckedServer, OTHER, openServer } from '../checked-server.js';
import { FakeJobs } from '../fake-jobs.js';

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
        return [name, new Map(Object.entries(values[0])).get('value')];
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
    id: `${id}_BATCH_COLLECT_ENTITY_EXPORT_QUEUED`,
    attributes: {
      eventType: 'BATCH_COLLECT_ENTITY_EXPORT',
      eventSubType: 'QUEUED',
      taskId: id,
      taskName: `ENTITY_EXPORT ${PROFILE}`,
      taskType: 'ENTITY_EXPORT',
      profileType: 'ENTITY_EXPORT',
      profileName: PROFILE,
      integrationType: 'User',
      fileType: 'RSJSON',
      formatter: 'RSJSON',
      workAutomationId: id,
      taskStatus: 'Queued',
      createdOn: new Date((await jobs.forTenant('acme').get(id)).createdAt).toISOString().replace('Z', '+0000'),
    },
  });
});

test('reports every step of an ended job, and keeps the earlier events unchanged', async () => {
  const before = await find(body({ taskId: { exact: id } }));
  jobs.set(id, STARTED);
  const started = await find(body({ taskId: { exact: id } }));
  jobs.set(id, { progress: { ...(await jobs.forTenant('acme').get(id)).progress, read: 3 } });
  const running = await find(body({ taskId: { exact: id } }));
  expect(words(running)).toStrictEqual([
    'BATCH_COLLECT_ENTITY_EXPORT QUEUED Queued',
    'BATCH_COLLECT_ENTITY_EXPORT PROCESSING_STARTED Processing',
    'BATCH_TRANSFORM_ENTITY_EXPORT PROCESSING_STARTED Processing',
  ]);
  expect(started).toStrictEqual(running.slice(0, 2));
  jobs.end(id, 'completed');
  jobs.set(id, { receipt: RECEIPT, endedAt: Date.UTC(2026, 0, 3) });
  const ended = await find(body({ taskId: { exact: id } }));
  expect(words(ended.slice(3))).toStrictEqual([
    'BATCH_COLLECT_ENTITY_EXPORT PROCESSING_COMPLETED Processing',
    'BATCH_TRANSFORM_ENTITY_EXPORT PROCESSING_COMPLETED Processing',
    'BATCH_PUBLISH_ENTITY_EXPORT PROCESSING_COMPLETED Completed',
  ]);
  expect(ended.slice(0, 1)).toStrictEqual(before);
  expect(ended.slice(0, 3)).toStrictEqual(running);
  expect(ended.map(({ attributes }) => attributes.recordCount)).toStrictEqual([
    ...[undefined, undefined, undefined],
    ...[7, 4, 4],
  ]);
  expect(ended.at(-1)?.attributes).toMatchObject({
    ...{ fileName: jobs.fileName, fileId: `${id}/${jobs.fileName}`, fileExtension: 'zip' },
    createdOn: '2026-01-03T00:00:00.000+0000',
  });
  expect(new Set(ended.map((event) => event.id)).size).toBe(ended.length);

  jobs.end(id, 'expired');
  jobs.set(id, { endedAt: Date.UTC(2026, 0, 3) });
  const expired = await find(body({ taskId: { exact: id } }));
  expect(words(expired)).toStrictEqual(words(ended));
  expect(expired.at(-1)?.attributes.fileName).toBeUndefined();
});

test('faulty records are one event with their number and file, and a warning of the stage that found them', async () => {
  jobs.end(id, 'completedWithErrors');
  const [file] = (await jobs.forTenant('acme').get(id)).files;
  jobs.set(id, { receipt: { ...RECEIPT, filtered: 1, rejected: 2 }, files: [file, { ...file, name: 'rejects' }] });
  const errors = await find(
    body({ taskId: { exact: id } }, { eventSubType: { contains: 'PROCESSING_ERROR ABORTED' } }),
  );
  expect(errors.map(({ attributes }) => attributes)).toMatchObject([
    {
      ...{ eventType: 'RECORD_PUBLISH_ENTITY_EXPORT', recordCount: 2, fileName: 'rejects' },
      message: '2 records are faulty and not in the result',
    },
  ]);
  const all = await find(body({ taskId: { exact: id } }));
  expect(words(all)).toContain('BATCH_COLLECT_ENTITY_EXPORT PROCESSING_COMPLETE_WITH_WARNING Processing');
  expect(all.at(-1)?.attributes.taskStatus).toBe('Completed With Errors');
});

test('an export without records has no error, but a message', async () => {
  jobs.end(id, 'completedWithNoRecords');
  jobs.set(id, { receipt: { ...RECEIPT, written: 0, filtered: 7 } });
  const all = await find(body({ taskId: { exact: id } }));
  expect(words(all).filter((word) => word.includes('ERROR'))).toStrictEqual([]);
  expect(all.at(-1)?.attributes).toMatchObject({
    ...{ taskStatus: 'Completed with no records', message: 'No file available to process', recordCount: 0 },
  });
});

test.each([
  [0, 'scan', 'BATCH_COLLECT_ENTITY_EXPORT PROCESSING_START_ERROR'],
  [0, 'write', 'BATCH_COLLECT_ENTITY_EXPORT PROCESSING_START_ERROR'],
  [5, 'scan', 'BATCH_TRANSFORM_ENTITY_EXPORT PROCESSING_COMPLETE_ERROR'],
  [5, 'wrap', 'BATCH_TRANSFORM_ENTITY_EXPORT PROCESSING_COMPLETE_ERROR'],
  [5, 'write', 'BATCH_PUBLISH_ENTITY_EXPORT PROCESSING_COMPLETE_ERROR'],
  [5, undefined, 'BATCH_TRANSFORM_ENTITY_EXPORT PROCESSING_COMPLETE_ERROR'],
])(
  'a job that read %i records and failed in stage %s is %s; the message contains no folders',
  async (read, stage, event) => {
    const source = '/srv/secret/catalog.ndjson';
    jobs.set(id, { ...STARTED, progress: { ...(await jobs.forTenant('acme').get(id)).progress, read } });
    jobs.nextError = { code: 'INVALID_JSON', message: `${source}: record 3`, source, ...(stage ? { stage } : {}) };
    jobs.end(id, 'failed');
    const last = (await find(body({ taskId: { exact: id } }))).at(-1);
    expect(`${last?.attributes.eventType} ${last?.attributes.eventSubType}`).toBe(event);
    expect(last?.attributes).toMatchObject({ taskStatus: 'Errored', message: 'catalog.ndjson: record 3' });
  },
);

test('reports a cancelled job as aborted', async () => {
  jobs.end(id, 'cancelled');
  const errors = await find(body({ taskId: { exact: id } }, { eventSubType: { exact: 'ABORTED' } }));
  expect(errors.map(({ attributes }) => attributes)).toMatchObject([
    { taskStatus: 'Errored', message: 'The job was cancelled' },
  ]);
});

describe('requests', () => {
  beforeEach(() => {
    jobs.set(id, STARTED);
    jobs.end(id, 'completed');
    jobs.set(id, { receipt: RECEIPT });
  });

  test('filter by type, by sub type, by lists of them', async () => {
    const collect = await find(body({ taskId: { eq: id }, eventType: { eq: 'BATCH_COLLECT_ENTITY_EXPORT' } }));
    expect(collect).toHaveLength(3);
    const some = await find(
      body({ taskId: { eq: id } }, { eventSubType: { exacts: ['SUBMITTED', 'PROCESSING_COMPLETED'] } }),
    );
    expect(some).toHaveLength(3);
    const words = 'BATCH_COLLECT_ENTITY_IMPORT EXTRACT BATCH_TRANSFORM_ENTITY_EXPORT BATCH_PUBLISH_ENTITY_EXPORT';
    const listed = await find(body({ taskId: { exact: id } }, { eventType: { contains: words } }));
    expect(listed.map(({ attributes }) => attributes.eventType)).toStrictEqual([
      ...['BATCH_TRANSFORM_ENTITY_EXPORT', 'BATCH_TRANSFORM_ENTITY_EXPORT', 'BATCH_PUBLISH_ENTITY_EXPORT'],
    ]);
    const others = await find(body({ taskId: { exact: id } }, { eventType: { contains: words, not: true } }));
    expect(others).toStrictEqual(collect);
    const none = body({ taskId: { eq: id } }, { eventType: { exact: 'ENTITY_EXPORT' } });
    expect(await find(none)).toStrictEqual([]);
  });

  test('without a task find the events of all tasks within dates, by profile, in the order of their times', async () => {
    jobs.set(id, { createdAt: Date.UTC(2026, 0, 1), endedAt: Date.UTC(2026, 0, 3) });
    const within = (gte: string, lte: string, profile = PROFILE.toUpperCase()) => ({
      params: {
        query: {
          filters: {
            typesCriterion: ['externalevent'],
            attributesCriterion: [{ profileType: { exact: 'ENTITY_EXPORT' } }, { profileName: { exact: profile } }],
            propertiesCriterion: [{ modifiedDate: { gte, lte, type: '_DATETIME' } }],
          },
        },
        fields: { attributes: ['_ALL'], relationships: ['_ALL'], contexts: ['_ALL'] },
        sort: { properties: [{ modifiedDate: '_DESC', sortType: '_DATETIME' }] },
        options: { from: 0, maxRecords: 100 },
      },
    });
    const found = await find(within('2026-01-02T00:00:00.000+0000', '2026-01-02T22:00:00.000-0500'));
    expect(words(found).at(-1)).toBe('BATCH_COLLECT_ENTITY_EXPORT PROCESSING_STARTED Processing');
    expect(found).toHaveLength(5);
    const times = found.map(({ attributes }) => String(attributes.createdOn));
    expect(times).toStrictEqual(times.toSorted().reverse());
    expect(await find(within('2026-01-04T00:00:00.000+0000', 'now'))).toStrictEqual([]);
    expect(await find(within('2026-01-01T00:00:00.000+0000', 'now', 'other'))).toStrictEqual([]);
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
    expect(totalRecords).toBe(6);
    expect(events.map(({ data }: { data: { attributes: object } }) => Object.keys(data.attributes))).toStrictEqual([
      ['eventType'],
      ['eventType'],
    ]);
  });

  test('find no events of another tenant', async () => {
    const first = `${id}_BATCH_COLLECT_ENTITY_EXPORT_QUEUED`;
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
    [body({ recordCount: { eq: 4 } }), 'params.query.filters.attributesCriterion[0].recordCount', 'UNSUPPORTED'],
    [
      { params: { query: { id: 'a', filters: { typesCriterion: ['externalevent', 'entitymanageevent'] } } } },
      'params.query.filters.typesCriterion[1]',
      'UNSUPPORTED',
    ],
    [
      body({ taskId: { exact: 'a' } }, { profileName: { startswith: 'a' } }),
      'params.query.filters.attributesCriterion[1].profileName.startswith',
      'UNSUPPORTED',
    ],
    [
      body({ taskId: { exact: 'a' }, eventType: { contains: 'BATCH*' } }),
      'params.query.filters.attributesCriterion[0].eventType.contains',
      'UNSUPPORTED',
    ],
    [{ params: { query: { id: 'a' }, optoins: {} } }, 'params.optoins', 'UNKNOWN_KEY'],
    [
      { params: { query: { id: 'a' }, sort: { attributes: [{ eventType: '_ASC' }] } } },
      'params.sort.attributes[0].eventType',
      'UNSUPPORTED',
    ],
    [{ params: { query: { id: 'a' }, prepareScroll: true } }, 'params.prepareScroll', 'UNSUPPORTED'],
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
      '"entitygovernevent": only externalevent are supported',
    );
  });
});
