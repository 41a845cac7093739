/** A preview of a request, and what is known of the source, over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Jobs, openJobs, type SourceFor } from '../../src/jobs.js';
import { type CheckedServer, OTHER, openServer } from './checked-server.js';

const entity = (id: number, type: string) =>
  `{"id":"${id}","type":"${type}","n":12345678901234567890${id},"properties":{"by":"ann"},` +
  '"data":{"attributes":{"color":{"values":[{"value":"red"}]}}}}';

const LINES = Array.from({ length: 30 }, (_, index) => entity(index, index % 3 === 0 ? 'sku' : 'product'));

const THEIRS = { authorization: `Bearer ${OTHER}` };

const lines = (...given: readonly string[]) => Buffer.from(given.join('\n'));

let folder: string;
let jobs: Jobs | undefined;
let server: CheckedServer | undefined;

/** @param source of tenant acme; the other one has a single entity */
async function serve(source: Buffer | Readable | (() => never)): Promise<CheckedServer> {
  await close();
  const sourceFor: SourceFor = ({ tenant }) => {
    if (tenant === 'other') return lines('{"id":"x","type":"y"}');
    return typeof source === 'function' ? source() : source;
  };
  jobs = await openJobs({ dataDir: folder, source: sourceFor, concurrency: 0 });
  server = await openServer({ jobs });
  return server;
}

async function close(): Promise<void> {
  await server?.app.close();
  await jobs?.close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-source-'));
});
afterEach(async () => {
  await close();
  [jobs, server] = [undefined, undefined];
  await rm(folder, { recursive: true });
});

test('what an inspection finds is kept, over restarts, for its tenant alone', async () => {
  const first = await serve(lines(...LINES));
  expect((await first.get('/source')).json()).toStrictEqual({});
  const found = (await first.post('/source/inspect', {})).json();
  expect(found).toMatchObject({
    ...{ stoppedBy: 'end', records: 30, examined: 30 },
    types: [
      { type: 'product', records: 20 },
      { type: 'sku', records: 10 },
    ],
    attributes: [{ name: 'color', records: 30 }],
    properties: [{ name: 'by', records: 30 }],
  });
  expect(found.members).toContainEqual({ path: 'n', records: 30, kinds: { number: 30 } });
  expect((await first.get('/source', THEIRS)).json()).toStrictEqual({});
  const second = await serve(lines(...LINES));
  expect((await second.get('/source')).json()).toStrictEqual({ inspection: found });
  expect((await second.post('/source/inspect', {}, THEIRS)).json()).toMatchObject({
    types: [{ type: 'y', records: 1 }],
  });
  expect((await second.get('/source')).json()).toStrictEqual({ inspection: found });
});

test('an inspection keeps what is before a fault, and says where that is', async () => {
  const { post } = await serve(lines(LINES[0], '{"id":}', LINES[1]));
  expect((await post('/source/inspect', {})).json()).toMatchObject({
    ...{ stoppedBy: 'fault', records: 1, types: [{ type: 'sku', records: 1 }] },
    error: { code: 'INVALID_JSON', message: expect.stringContaining('the input:2') },
  });
});

test('a source that cannot be opened is not inspected', async () => {
  const { post } = await serve(() => {
    throw new Error('no');
  });
  const refused = await post('/source/inspect', {});
  expect([refused.statusCode, refused.json().code]).toStrictEqual([500, 'CALLBACK_FAILED']);
});

test('a preview has the first ten entities of a request of either form, with all digits', async () => {
  const { post } = await serve(lines(...LINES));
  const ten = await post('/preview', {
    request: { types: ['product'], fields: { include: ['id', 'n'] }, maxRecords: 20 },
  });
  expect(ten.json()).toMatchObject({ stoppedBy: 'limit', entities: expect.objectContaining({ length: 10 }) });
  expect(ten.body).toContain('{"id":"1","n":123456789012345678901}');
  const rows = { name: 'rows', format: 'xlsx', pack: 'zip' };
  const delta = await post('/preview', { request: { ids: ['3'], delta: { against: 'previous' } } });
  expect(delta.json()).toMatchObject({ entities: [{ id: '3' }] });
  const few = await post('/preview', { request: { types: ['sku'], maxRecords: 2, profile: rows } });
  expect(few.json()).toMatchObject({ stoppedBy: 'limit', entities: [{ id: '0' }, { id: '3' }] });
  const last = await post('/preview', { request: { sort: 'n desc', ids: ['3', '29'] } });
  expect(last.json()).toMatchObject({ stoppedBy: 'ids', entities: [{ id: '29' }, { id: '3' }] });
  const documented = { params: { query: { filters: { typesCriterion: ['none'] } } } };
  expect((await post('/preview', { request: documented })).json()).toStrictEqual({
    ...{ entities: [], read: 30, stoppedBy: 'end' },
    notes: [expect.objectContaining({ code: 'TYPES_NOT_FOUND' })],
  });
});

test('a preview tells of paths that none of its records has', async () => {
  const { post } = await serve(lines(...LINES));
  const fields = { include: ['id', 'propertys.by'] };
  const few = (await post('/preview', { request: { fields } })).json();
  expect(few).toMatchObject({ stoppedBy: 'limit', entities: expect.objectContaining({ length: 10 }) });
  expect(few.notes).toStrictEqual([
    expect.objectContaining({ code: 'FIELDS_NOT_FOUND', text: expect.stringContaining('propertys.by') }),
  ]);
  const unmet = { fields: { 'propertys.by': { eq: 'ann' } } };
  const none = (await post('/preview', { request: { criteria: unmet } })).json();
  expect(none).toMatchObject({ entities: [], read: 30 });
  expect(none.notes.map(({ text }: { readonly text: string }) => text).join()).toContain('propertys.by');
  const met = (
    await post('/preview', { request: { criteria: { fields: { 'properties.by': { eq: 'ann' } } } } })
  ).json();
  expect(met.notes).toStrictEqual([]);
});

test('a preview ends before an entity that is too large for it', async () => {
  const large = `{"id":"big","type":"t","text":"${'x'.repeat(1_000_000)}"}`;
  const { post } = await serve(lines(LINES[0], large, LINES[1]));
  const cut = (await post('/preview', { request: {} })).json();
  expect([cut.stoppedBy, cut.entities.length]).toStrictEqual(['size', 1]);
});

test('a preview names faults of the request and unknown members', async () => {
  const { post } = await serve(lines(...LINES));
  const faulty = await post('/preview', { request: { maxRecords: 'ten' } });
  expect([faulty.statusCode, faulty.json().path]).toStrictEqual([400, 'maxRecords']);
  const unknown = await post('/preview', { request: {}, limit: 3 });
  expect([unknown.statusCode, unknown.json().code]).toStrictEqual([400, 'UNKNOWN_KEY']);
});

test('a source that can be read only once is neither inspected nor previewed', async () => {
  const { post } = await serve(Readable.from([lines(...LINES)], { objectMode: false }));
  for (const [path, body] of [
    ['/source/inspect', {}],
    ['/preview', { request: {} }],
  ] as const) {
    const refused = await post(path, body);
    expect([refused.statusCode, refused.json().code]).toStrictEqual([501, 'UNSUPPORTED']);
  }
});
