/** Entities read from the platform: the same export as from a file, whatever the pages, and every scroll is cleared. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { bytes } from '../../../src/sources/bytes.js';
import { rdpEntities } from '../../../src/sources/rdp/rdp-entities.js';
import type { RdpOptions } from '../../../src/sources/rdp/rdp-options.js';
import { HEADERS, type RdpServer, type RdpServerOptions, rdpServer } from '../../servers/rdp-server.js';
import { exported, failureOf } from '../outcome.js';
import { onlyInput, readAll } from '../read-all.js';

/** Entities with everything that parsing and writing again would change. */
const TRAPS = [
  '{"id":"a","name":"A","type":"sku","n":12345678901234567890,"o":1e400,"p":-0,"q":1.0}',
  '{ "type" : "product" ,\n\t"id":"b\\u0062", "name":"]}\\"\\\\", "data":{"attributes":{"é":{"values":[{"value":"\\ud800"}]}}} }',
  '{"2":1,"1":2,"id":"c","type":"SKU","name":"😀","__proto__":{},"entities":[{"id":"no"}],"properties":{}}',
];

function many(count: number, type = 'sku'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `{"id":"e${index}","type":"${type}","name":"N ${index % 7}"}`);
}

const NO_WAIT = { wait: async () => {} };

function platform(server: RdpServer, options: Partial<RdpOptions> = {}) {
  return rdpEntities({ server: server.url, headers: HEADERS, retry: NO_WAIT, ...options });
}

async function started(options: RdpServerOptions, reading: Partial<RdpOptions> = {}) {
  const server = await rdpServer(options);
  return { server, source: platform(server, reading) };
}

describe('an export is equal to that of a file with the same entities', () => {
  const entities = [...TRAPS, ...many(20), ...TRAPS];
  const file = () => bytes([`[${entities.join(',')}]`]);

  test.each<[string, Partial<RdpServerOptions>, Partial<RdpOptions>]>([
    ['in one page', {}, {}],
    ['in pages', {}, { pageSize: 7 }],
    ['in pages of one', {}, { pageSize: 1 }],
    ['in pages that end with the entities', {}, { pageSize: 13 }],
    ['with the other members before', { members: 'before' }, { pageSize: 5 }],
    ['with the id in the first page only', { ids: 'once' }, { pageSize: 5 }],
    ['with a new id in each page', { ids: 'changing', members: 'before' }, { pageSize: 5 }],
    ['in pieces of one byte', { pieces: 1 }, { pageSize: 20 }],
    ['in pieces of three bytes', { pieces: 3, members: 'before' }, { pageSize: 4 }],
    ['compressed', { gzip: true }, { pageSize: 9 }],
    ['compressed, in pieces', { gzip: true, pieces: 2 }, { pageSize: 26 }],
  ])('%s', async (_what, serving, reading) => {
    const { server, source } = await started({ entities, ...serving }, reading);
    for (const request of [{}, { types: ['sku'], fields: { properties: 'all' } }] as const) {
      const same = { format: 'json', request, id: 'x' } as const;
      const { output, receipt } = await exported({ source, ...same });
      expect(output.toString()).toBe((await exported({ source: file(), ...same })).output.toString());
      expect(receipt?.read).toBe(request.types ? 24 : entities.length);
      expect(server.openScrolls()).toBe(0);
    }
  });

  test('with the reader stream-json', async () => {
    const { source } = await started({ entities: many(25) }, { pageSize: 10 });
    const { output } = await exported({ source, reader: 'stream-json', format: 'ndjson' });
    expect(
      output
        .toString()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).id),
    ).toHaveLength(25);
  });

  test('of more entities than a page may have', async () => {
    const { server, source } = await started({ entities: many(4100) });
    expect((await exported({ source, format: 'ndjson' })).receipt).toMatchObject({ read: 4100, written: 4100 });
    expect(server.paths()).toStrictEqual(['get', 'get', 'get', 'get', 'clearscroll']);
  });

  test('of no entities', async () => {
    const { server, source } = await started({ entities: [] });
    const { output, receipt } = await exported({ source, format: 'json' });
    expect(output.toString()).toBe('{"entities":[]}');
    expect(receipt).toMatchObject({ read: 0 });
    expect(server.openScrolls()).toBe(0);
  });

  test('of pages too large to be buffered', async () => {
    const wide = many(3).map((entity) => `${entity.slice(0, -1)},"x":"${'y'.repeat(6_000_000)}"}`);
    const { server, source } = await started({ entities: [...wide, ...many(3), ...wide] }, { pageSize: 4 });
    const { receipt } = await exported({ source, format: 'ndjson' });
    expect(receipt).toMatchObject({ written: 9 });
    expect(receipt?.bytesOut).toBeGreaterThan(36_000_000);
    expect(server.openScrolls()).toBe(0);
  });
});

test('prepares a scroll, continues it by its id with the same query until no objects are found, then clears it', async () => {
  const { server, source } = await started({ entities: many(5) }, { pageSize: 2, query: { name: 'N 1' } });
  await readAll(source);
  const asked = {
    query: { name: 'N 1', filters: { typesCriterion: ['_ALL'] } },
    fields: { attributes: ['_ALL'], relationships: ['_ALL'], relationshipAttributes: ['_ALL'], properties: ['_ALL'] },
    options: { maxRecords: 2 },
  };
  expect(server.calls).toStrictEqual([
    { path: '/tenant1/api/entityappservice/get', params: { ...asked, prepareScroll: true } },
    { path: '/tenant1/api/entityappservice/get', params: { ...asked, scrollId: 'scroll "1"' } },
    { path: '/tenant1/api/entityappservice/clearscroll', params: { scrollId: 'scroll "1"' } },
  ]);
});

describe('the calls of a source', () => {
  test('are not made before the first read', async () => {
    const { server, source } = await started({ entities: many(5) });
    const input = await onlyInput(source);
    expect(server.calls).toHaveLength(0);
    await input.close();
    expect(server.calls).toHaveLength(0);
  });

  test('request one page in advance, and no more', async () => {
    const { server, source } = await started({ entities: many(50) }, { pageSize: 5 });
    const input = await onlyInput(source);
    await input.read(Buffer.alloc(1));
    await input.read(Buffer.alloc(1));
    // The third would come in the time that the second takes.
    await exported({ source: platform(server, { pageSize: 50 }), format: 'ndjson' });
    expect(server.calls.filter(({ params }) => Object(params.options).maxRecords === 5)).toHaveLength(2);
    await input.close();
    expect(server.openScrolls()).toBe(0);
  });

  test('use a limit alone as page size, so that one call is enough', async () => {
    const { server, source } = await started({ entities: many(5000) });
    const { receipt } = await exported({ source, request: { maxRecords: 10 }, format: 'ndjson' });
    expect(receipt).toMatchObject({ read: 10, written: 10, stoppedBy: 'limit' });
    expect(server.paths()).toStrictEqual(['get', 'clearscroll']);
    expect(server.openScrolls()).toBe(0);
  });

  test('stop early at a limit beside filters', async () => {
    const { server, source } = await started({ entities: many(5000) }, { pageSize: 100 });
    const request = { maxRecords: 10, criteria: { keywords: 'n' } };
    const { receipt } = await exported({ source, request, format: 'ndjson' });
    expect(receipt).toMatchObject({ written: 10, stoppedBy: 'limit' });
    expect(server.paths().filter((path) => path === 'get').length).toBeLessThan(5);
    expect(server.openScrolls()).toBe(0);
  });

  test('are not made for no records', async () => {
    const { server, source } = await started({ entities: many(5) });
    expect((await exported({ source, request: { maxRecords: 0 } })).receipt).toMatchObject({ written: 0 });
    expect(server.calls).toHaveLength(0);
  });

  test.each(['before', 'after'] as const)(
    'an abort ends a call and the scroll, with its id %s the entities',
    async (members) => {
      const abort = new AbortController();
      const { server, source } = await started(
        {
          ...{ entities: many(500), members },
          fault: (call) => {
            if (call === 2) setImmediate(() => abort.abort());
            return call === 2 ? { hang: true } : undefined;
          },
        },
        { pageSize: 100 },
      );
      const { error } = await exported({ source, signal: abort.signal, format: 'ndjson' });
      expect(error?.code).toBe('ABORTED');
      expect(server.openScrolls()).toBe(0);
    },
  );

  test('an abort ends the wait for a retry', async () => {
    const abort = new AbortController();
    const retry = {
      wait: (_ms: number, signal: AbortSignal) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          abort.abort();
        }),
    };
    const { source } = await started({ entities: [], fault: () => ({ status: 503 }) }, { retry });
    expect((await exported({ source, signal: abort.signal })).error?.code).toBe('ABORTED');
  });

  test('leave neither a scroll nor a call when the consumer stops', async () => {
    const { server, source } = await started({ entities: many(20_000) });
    const stream = exportEntities({ source, format: 'ndjson' });
    await once(stream, 'readable');
    stream.read(1);
    stream.destroy();
    expect((await failureOf(stream.receipt)).code).toBe('ABORTED');
    expect(server.openScrolls()).toBe(0);
  });

  test('clear the scroll after a failure downstream', async () => {
    const { server, source } = await started(
      { entities: [...many(10), '{"id":"x","id":"y"}', ...many(10)] },
      { pageSize: 3 },
    );
    expect((await exported({ source, format: 'ndjson' })).error?.code).toBe('DUPLICATE_KEY');
    expect(server.openScrolls()).toBe(0);
  });

  test('report a scroll that cannot be cleared, without a failure', async () => {
    const told: string[] = [];
    const say = (_facts: object, message: string) => void told.push(message);
    const { source } = await started(
      { entities: many(3), clearStatus: 500 },
      { logger: { debug: say, info: say, warn: say, error: say } },
    );
    expect((await exported({ source, format: 'ndjson' })).receipt).toMatchObject({ written: 3 });
    expect(told).toStrictEqual([expect.stringContaining('not cleared')]);
  });
});

describe('options', () => {
  const server = 'https://tenant.example';

  test('report all missing headers at once', () => {
    const { 'x-rdp-userId': _, 'auth-client-secret': __, ...headers } = HEADERS;
    expect(() => rdpEntities({ server, headers })).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        message: expect.stringMatching(/headers\.auth-client-secret.*is required.*headers\.x-rdp-userId.*is required/),
        faults: [expect.objectContaining({ path: 'headers.auth-client-secret' }), expect.anything()],
      }),
    );
  });

  test('accept names of headers in any case', () => {
    const lower = Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [name.toLowerCase(), value]));
    expect(() => rdpEntities({ server, headers: lower })).not.toThrow();
  });

  test.each<[string, object]>([
    ['no address', { server: 'tenant' }],
    ['another protocol', { server: 'ftp://tenant.example' }],
    ['a password in the address', { server: 'https://a:b@tenant.example' }],
    ['no headers', { headers: undefined }],
    ['an invalid header', { headers: { ...HEADERS, 'x-y': 'a\nb' } }],
    ['authorization beside the secret', { headers: { ...HEADERS, Authorization: 'x' } }],
    ['a page size of 0', { pageSize: 0 }],
    ['a page size beyond the limit', { pageSize: 2001 }],
    ['a fractional page size', { pageSize: 1.5 }],
    ['a timeout of 0', { timeoutMs: 0 }],
    ['an invalid query', { query: [] }],
    ['invalid fields', { fields: 'all' }],
    ['invalid criteria', { criteria: 'some' }],
  ])('%s is refused', (_what, wrong) => {
    expect(() => rdpEntities({ server, headers: HEADERS, ...wrong })).toThrow(
      expect.objectContaining({ code: 'INVALID' }),
    );
  });
});

test('explain the calls without secrets', async () => {
  const query = { name: 'secret-that-nobody-may-hear', filters: { typesCriterion: ['sku', 'Product'] } };
  const source = rdpEntities({ server: 'https://tenant.example/', headers: HEADERS, query, pageSize: 50 });
  const plan = planExport({ request: { types: ['product'], criteria: { keywords: 'red' } } });
  const lines = await source.narrow?.(plan).explain?.();
  expect(lines?.join('\n')).toBe(
    [
      'Read by POST https://tenant.example/api/entityappservice/get, a scroll in pages of 50.',
      'The query: {"query":{"name":"[secret]","filters":{"typesCriterion":["Product"]}},"fields":{"attributes":["_ALL"],"relationships":["_ALL"],"relationshipAttributes":["_ALL"],"properties":["_ALL"]}}.',
      'Sent with the query: types.',
      'Left to the filters: criteria.',
      'The scroll is cleared at the end.',
    ].join('\n'),
  );
});

test('connections are closed after use', async () => {
  const { server, source } = await started({ entities: many(100) }, { pageSize: 10 });
  await exported({ source, format: 'ndjson' });
  // They are kept for the next call for a while; none of them is in use.
  expect(await server.connections()).toBeLessThanOrEqual(2);
});
