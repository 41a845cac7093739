/** The documented tracking of tasks: by id, and lists of tasks by user, status, type and dates. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobState } from '../../../src/jobs/job.js';
import { type CheckedServer, openServer } from '../checked-server.js';
import { FakeJobs } from '../fake-jobs.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = {
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
};

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs });
});
afterEach(() => server.app.close());

describe('requesttrackingservice', () => {
  const TRACKING = '/api/requesttrackingservice/get';
  const byTaskId = (condition: unknown) => ({
    params: {
      query: { filters: { typesCriterion: ['tasksummaryobject'], attributesCriterion: [{ taskId: condition }] } },
      fields: { attributes: ['_ALL'] },
    },
  });

  const submit = async () => {
    await server.post(DOWNLOAD, BODY, { prefer: 'respond-async' });
    return jobs.newest;
  };

  test('returns a task by its id, its taskId or a list', async () => {
    const [first, second] = [await submit(), await submit()];
    for (const body of [
      { params: { query: { id: first } } },
      byTaskId({ exact: first }),
      byTaskId({ eq: first }),
      { params: { query: { id: first, ids: [second, first] } } },
    ]) {
      const answer = await server.post(TRACKING, body);
      expect(answer.statusCode).toBe(200);
      const { response } = answer.json();
      expect(response).toMatchObject({ status: 'success', totalRecords: 1 });
      expect(response.requestObjects[0]).toMatchObject({ id: first, type: 'tasksummaryobject' });
    }
    const both = await server.post(TRACKING, { params: { query: { ids: [first, second, 'none'] } } });
    expect(both.json().response.totalRecords).toBe(2);
    const one = { params: { query: { ids: [first, second] }, options: { maxRecords: '1' } } };
    const { response } = (await server.post(TRACKING, one)).json();
    expect(response.requestObjects).toHaveLength(1);
    expect(response.totalRecords).toBe(2);
  });

  test('returns every attribute as a value with locale and source', async () => {
    const id = await submit();
    const answer = await server.post(TRACKING, byTaskId({ exact: id }));
    const { attributes } = answer.json().response.requestObjects[0].data;
    expect(attributes.taskId).toStrictEqual({ values: [{ source: 'internal', locale: 'en-US', value: id }] });
    const told = (name: string) => attributes[name]?.values[0].value;
    expect(told('taskType')).toBe('ENTITY_EXPORT');
    expect(told('status')).toBe('Completed');
    expect(told('fileType')).toBe('RSJSON');
    expect(told('fileExtension')).toBe('zip');
    expect(told('errorMessage')).toBeUndefined();
    expect(told('fileId')).toBe(`${id}/${jobs.fileName}`);
    expect(told('hasChildTasks')).toBe(false);
    const { properties } = answer.json().response.requestObjects[0];
    expect(properties.createdDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  });

  test('returns only the requested attributes', async () => {
    const body = { params: { query: { id: await submit() }, fields: { attributes: ['status'] } } };
    const { attributes } = (await server.post(TRACKING, body)).json().response.requestObjects[0].data;
    expect(Object.keys(attributes)).toStrictEqual(['status']);
  });

  test('reports a cancelled job as Errored, with a message', async () => {
    jobs.next = 'cancelled';
    const body = { params: { query: { id: await submit() } } };
    const { attributes } = (await server.post(TRACKING, body)).json().response.requestObjects[0].data;
    expect(attributes.status.values[0].value).toBe('Errored');
    expect(attributes.errorMessage.values[0].value).toBe('The job was cancelled');
  });

  test('succeeds without objects for tasks that are missing or of another tenant', async () => {
    const id = await submit();
    const mine = { params: { query: { id: 'nothing' } } };
    const theirs = { params: { query: { id } } };
    for (const [body, token] of [
      [mine, 'acme-token'],
      [theirs, 'other-token'],
    ] as const) {
      const answer = await server.post(TRACKING, body, { authorization: `Bearer ${token}` });
      expect(answer.statusCode).toBe(200);
      const { response } = answer.json();
      expect(response).toStrictEqual({
        status: 'success',
        statusDetail: {
          messages: [{ messageCode: 'I0012', message: 'No objects found', messageType: 'info', messageParams: [] }],
        },
        totalRecords: 0,
      });
    }
  });

  test.each([
    [{}, 'params'],
    [{ params: { query: { id: 'a', nmae: 1 } } }, 'params.query.nmae'],
    [
      { params: { query: { id: 'a', filters: { typesCriterion: ['product'] } } } },
      'params.query.filters.typesCriterion[0]',
    ],
    [byTaskId({ startswith: 'a' }), 'params.query.filters.attributesCriterion[0].taskId.startswith'],
    [byTaskId({}), 'params.query.filters.attributesCriterion[0].taskId.exact'],
    [byTaskId(7), 'params.query.filters.attributesCriterion[0].taskId'],
    [
      { params: { query: { id: 'a', filters: { attributesCriterion: [{ fileName: { exact: 'a' } }] } } } },
      'params.query.filters.attributesCriterion[0].fileName',
    ],
    [{ params: { query: { ids: Array.from({ length: 201 }, String) } } }, 'params.query.ids'],
    [{ params: { query: { id: 'a' }, options: { from: 30_001 } } }, 'params.options.from'],
    [{ params: { query: { id: 'a' }, options: { from: 5, to: 4 } } }, 'params.options.to'],
    [{ params: { query: { id: 'a' }, options: { maxRecords: -1 } } }, 'params.options.maxRecords'],
    [{ params: { query: {}, sort: { properties: [{ createdBy: '_ASC' }] } } }, 'params.sort.properties[0].createdBy'],
    [{ params: { query: {}, sort: { properties: [{ createdDate: 'up' }] } } }, 'params.sort.properties[0].createdDate'],
    [
      { params: { query: { filters: { propertiesCriterion: [{ createdDate: { gte: 'soon' } }] } } } },
      'params.query.filters.propertiesCriterion[0].createdDate.gte',
    ],
    [
      { params: { query: { filters: { keywordsCriterion: { keywords: 'a' } } } } },
      'params.query.filters.keywordsCriterion',
    ],
  ])('refuses %j by its path', async (body, path) => {
    const answer = await server.post(TRACKING, body);
    expect(answer.statusCode).toBe(400);
    const { faults } = answer.json().response.statusDetail;
    expect(faults.map((fault: { path: string }) => fault.path)).toContain(path);
  });
});

describe('lists of tasks', () => {
  const TRACKING = '/api/requesttrackingservice/get';
  const STATES: readonly JobState[] = ['completed', 'completedWithErrors', 'failed', 'queued', 'running', 'cancelled'];
  const USERS = ['ann@x.example_user', 'bob', undefined];

  /** Six jobs, a day apart, in all states, in the order of submission. */
  beforeEach(async () => {
    for (const [index, state] of STATES.entries()) {
      const user = USERS[index % 3];
      await jobs.forTenant('acme').submit({ request: BODY, ...(user && { submittedBy: user }) });
      jobs.set(jobs.newest, { state, createdAt: Date.UTC(2026, 0, 1 + index) });
    }
  });

  interface Criteria {
    readonly attributes?: readonly object[];
    readonly properties?: readonly object[];
    readonly sort?: object;
    readonly options?: object;
  }

  /** The numbers of the found jobs, and how many there are. */
  async function find({ attributes, properties, sort, options }: Criteria): Promise<[number[], number]> {
    const filters = {
      typesCriterion: ['tasksummaryobject'],
      attributesCriterion: attributes,
      propertiesCriterion: properties,
    };
    const answer = await server.post(TRACKING, { params: { query: { filters }, sort, options } });
    expect(answer.statusCode, answer.payload).toBe(200);
    const { requestObjects = [], totalRecords }: { requestObjects?: { id: string }[]; totalRecords: number } =
      answer.json().response;
    return [requestObjects.map(({ id }) => Number(id.slice(-12))), totalRecords];
  }

  test('without criteria are all tasks of the tenant, newest first', async () => {
    await jobs.forTenant('other').submit({ request: BODY });
    expect(await find({})).toStrictEqual([[5, 4, 3, 2, 1, 0], 6]);
  });

  test.each([
    [{ status: { contains: 'completed' } }, [1, 0]],
    [{ status: { exact: 'completed with errors' } }, [1]],
    [{ status: { eq: 'Completed With Errors' } }, [1]],
    [{ status: { eq: 'errored' } }, [5, 2]],
    [{ status: { exacts: ['Queued', 'Processing'] } }, [4, 3]],
    [{ status: { exact: 'Queued', not: true } }, [5, 4, 2, 1, 0]],
    [{ taskType: { contains: 'entity_import entity_export', operator: '_OR' } }, [5, 4, 3, 2, 1, 0]],
    [{ taskType: { eq: 'entity_import' } }, []],
    [{ integrationType: { eq: 'User' } }, [5, 4, 3, 2, 1, 0]],
    [{ integrationType: { eq: 'System' } }, []],
    [{ parentTaskId: { hasvalue: false } }, [5, 4, 3, 2, 1, 0]],
    [{ parentTaskId: { hasvalue: true } }, []],
    [{ hasChildTasks: { exact: 'false' } }, [5, 4, 3, 2, 1, 0]],
    [{ submittedBy: { eq: 'ANN@x.example_user' } }, [3, 0]],
    [{ submittedBy: { eq: 'bob_user' } }, [4, 1]],
    [{ submittedBy: { hasvalue: false } }, [5, 2]],
    [{ submittedBy: { hasvalue: true, not: true } }, [5, 2]],
    [{ submittedBy: { exact: 'bob', not: true } }, [5, 3, 2, 0]],
    [{ profileName: { contains: 'other downloadDataJSONJob' } }, [5, 4, 3, 2, 1, 0]],
    [{ profileName: { exact: 'nightly' } }, []],
    [{ submittedBy: { eq: 'bob' }, status: { eq: 'Processing' } }, [4]],
  ])('by %j', async (criterion, expected) => {
    expect(await find({ attributes: [criterion] })).toStrictEqual([expected, expected.length]);
  });

  test('by dates, with the zone of each bound', async () => {
    const createdDate = { gte: '2026-01-01T19:00:00.000-0500', lt: '2026-01-05', type: '_DATETIME' };
    expect(await find({ properties: [{ createdDate }] })).toStrictEqual([[3, 2, 1], 3]);
    expect(await find({ properties: [{ createdDate: { gt: '2026-01-06T00:00:00Z' } }] })).toStrictEqual([[], 0]);
    expect(await find({ properties: [{ modifiedDate: { lt: 'now-1d' } }] })).toStrictEqual([[], 0]);
  });

  test('are sorted, a page at a time, with the number of all', async () => {
    const sort = { properties: [{ createdDate: '_ASC', sortType: '_DATETIME' }] };
    expect(await find({ sort, options: { from: 1, maxRecords: 2 } })).toStrictEqual([[1, 2], 6]);
    expect(await find({ sort, options: { from: 4, to: 50 } })).toStrictEqual([[4, 5], 6]);
    expect(await find({ sort, options: { totalRecords: '3' } })).toStrictEqual([[0, 1, 2], 6]);
    expect(await find({ sort, options: { from: 9, maxRecords: 1000 } })).toStrictEqual([[], 6]);
    expect(await find({ sort, options: { maxRecords: 1_000_000 } })).toStrictEqual([[0, 1, 2, 3, 4, 5], 6]);
  });

  test('of requests for single entities are empty: an export makes none', async () => {
    const answer = await server.post(TRACKING, {
      params: {
        query: {
          filters: {
            typesCriterion: ['requestobject'],
            attributesCriterion: [
              { taskId: { exact: jobs.newest } },
              { serviceName: { eq: 'entityManageService' } },
              { requestStatus: { eq: 'success' } },
              { impacted: { exact: 'false' } },
            ],
          },
        },
        fields: { attributes: ['entityId', 'entityType', 'entityAction'] },
        sort: { properties: [{ createdDate: '_ASC', sortType: '_DATETIME' }] },
        options: { maxRecords: 3 },
      },
    });
    expect(answer.json().response).toMatchObject({ status: 'success', totalRecords: 0 });
  });

  const refusal = async (criteria: readonly object[]) => {
    const body = { params: { query: { filters: { attributesCriterion: criteria } } } };
    const answer = await server.post(TRACKING, body);
    return [answer.statusCode, answer.json().response.statusDetail.faults?.[0]];
  };

  test.each([
    ['conditions', Array.from({ length: 101 }, (_, index) => ({ submittedBy: { exact: `user${index}` } }))],
    ['conditions', Array.from({ length: 101 }, () => ({ startTime: { gte: 'now-1d' } }))],
    ['values', [{ taskId: { exacts: Array.from({ length: 1001 }, (_, index) => `task${index}`) } }]],
    ['values', [{ submittedBy: { contains: 'ann '.repeat(1001) } }]],
    ['values', [{ profileName: { eq: 'a|'.repeat(1001) } }]],
  ])('are refused with more %s than a call may have, since each is tested on every task', async (what, criteria) => {
    const message = expect.stringMatching(`makes more than 1000? ${what} in one request`);
    expect(await refusal(criteria)).toStrictEqual([400, expect.objectContaining({ code: 'INVALID', message })]);
  });

  test('refuse _AND between several values, which would be taken for alternatives', async () => {
    const fault = expect.objectContaining({
      code: 'UNSUPPORTED',
      path: expect.stringMatching('submittedBy.operator$'),
    });
    expect(await refusal([{ submittedBy: { contains: 'ann bob', operator: '_AND' } }])).toStrictEqual([400, fault]);
    expect(await refusal([{ submittedBy: { eq: 'ann|bob', operator: '_AND' } }])).toStrictEqual([400, fault]);
    const one = { attributes: [{ submittedBy: { contains: 'bob', operator: '_AND' } }] };
    expect(await find(one)).toStrictEqual([[4, 1], 2]);
  });
});
