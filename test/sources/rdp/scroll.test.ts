/** A scroll with failures: lost responses, refusals, expiry; nothing is lost or doubled without an error, and all is cleared. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rdpEntities } from '../../../src/sources/rdp/rdp-entities.js';
import type { RdpOptions } from '../../../src/sources/rdp/rdp-options.js';
import { type Fault, HEADERS, type RdpServerOptions, rdpServer } from '../../servers/rdp-server.js';
import { exported } from '../outcome.js';
import { onlyInput } from '../read-all.js';

const ENTITIES = Array.from({ length: 10 }, (_, index) => `{"id":"e${index}","type":"sku"}`);
const LINES = `${ENTITIES.join('\n')}\n`;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A platform whose pages have three entities, and an export of it without waits. */
async function run(serving: Partial<RdpServerOptions>, reading: Partial<RdpOptions> = {}) {
  const waits: number[] = [];
  const retry = { retries: 3, minDelayMs: 100, wait: async (ms: number) => void waits.push(ms), ...reading.retry };
  const server = await rdpServer({ entities: ENTITIES, ...serving });
  const source = rdpEntities({ server: server.url, headers: HEADERS, pageSize: 3, ...reading, retry });
  const outcome = await exported({ source, format: 'ndjson' });
  return { ...outcome, text: outcome.output.toString(), server, waits };
}

/** A fault of one call. */
const at = (call: number, fault: Fault) => (asked: number) => (asked === call ? fault : undefined);

describe('a refused call is retried', () => {
  test.each<[string, number, Fault]>([
    ['the first, 503', 1, { status: 503 }],
    ['the first, 429', 1, { status: 429 }],
    ['the first, 502', 1, { status: 502 }],
    ['the first, 504 after the work was done', 1, { status: 504, done: true }],
    ['a later one, 503', 3, { status: 503, body: '<html>' }],
    ['a later one, 429', 2, { status: 429 }],
    ['the last, 503', 5, { status: 503 }],
  ])('%s', async (_what, call, fault) => {
    const { text, receipt, waits, server } = await run({ fault: at(call, fault) });
    expect(text).toBe(LINES);
    expect(receipt).toMatchObject({ read: 10 });
    expect(waits).toHaveLength(1);
    expect(server.paths().filter((path) => path === 'get')).toHaveLength(6);
  });

  test('after the time that the platform requests', async () => {
    const { waits } = await run({ fault: at(2, { status: 429, headers: { 'retry-after': '7' } }) });
    expect(waits).toStrictEqual([7000]);
  });

  test('after growing, random times, and a limited number of times', async () => {
    const { error, waits, text } = await run({ fault: () => ({ status: 503, body: '{}' }) });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', stage: 'read' });
    expect(error?.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/tenant1 returned 503: /);
    expect(text).toBe('');
    expect(waits).toHaveLength(3);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(50 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(100 * 2 ** index);
    }
  });

  test('with new retries for each page', async () => {
    const { receipt, waits } = await run({ fault: (call) => (call % 4 === 0 ? undefined : { status: 503 }) });
    expect(receipt).toMatchObject({ read: 10 });
    expect(waits).toHaveLength(15);
  });

  test('if the port is closed', async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });
    const { error, waits } = await run({}, { server: `http://127.0.0.1:${port}` });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', message: expect.stringContaining('ECONNREFUSED') });
    expect(waits).toHaveLength(3);
  });

  test('if no data arrives', async () => {
    const { text, waits } = await run({ fault: at(2, { hang: true }) }, { timeoutMs: 1000 });
    expect(text).toBe(LINES);
    expect(waits.length).toBeGreaterThan(0);
  });
});

describe('a response that was cut', () => {
  test.each<[string, Fault, Partial<RdpServerOptions>]>([
    ['reset', { resetAfter: 130 }, {}],
    ['before the entities', { cutAfter: 60 }, {}],
    ['among the entities', { cutAfter: 130 }, {}],
    ['after the entities', { cutAfter: 200 }, { members: 'before' }],
    ['without a sign of the cut', { endAfter: 130 }, {}],
    ['before anything', { endAfter: 0 }, {}],
    ['in the middle of gzip', { endAfter: 90 }, { gzip: true }],
  ])('begins a new scroll if it was the first one: %s', async (_what, fault, serving) => {
    const { text, server, waits } = await run({ fault: at(1, fault), ...serving });
    expect({ text, waits: waits.length }).toStrictEqual({ text: LINES, waits: 1 });
    expect(server.calls[1].params).toHaveProperty('prepareScroll', true);
  });

  test('clears the scroll if its id had arrived', async () => {
    const { server } = await run({ fault: at(1, { cutAfter: 200 }), members: 'before' });
    expect(server.openScrolls()).toBe(0);
    expect(server.paths().filter((path) => path === 'clearscroll')).toHaveLength(2);
  });

  test.each([
    ['before the entities', { cutAfter: 60, undone: true }],
    ['among the entities', { cutAfter: 130, undone: true }],
    ['without a sign of the cut', { endAfter: 150, undone: true }],
  ])('is requested again if the platform still has the page: %s', async (_what, fault) => {
    const { text, server, waits } = await run({ fault: at(3, fault) });
    expect({ text, waits: waits.length, open: server.openScrolls() }).toStrictEqual({ text: LINES, waits: 1, open: 0 });
  });

  test('is reported as lost at once if it had begun, and the platform has moved on', async () => {
    const { error, server } = await run({ fault: at(2, { cutAfter: 130 }) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('moved on') });
    expect(server.paths()).toStrictEqual(['get', 'get', 'get', 'clearscroll']);
    expect(server.openScrolls()).toBe(0);
  });

  test('is reported as lost at once if nothing follows it', async () => {
    const { error, text } = await run({ fault: at(4, { cutAfter: 120 }) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('moved on') });
    expect(LINES.startsWith(text)).toBe(true);
  });

  test.each([[{ cutAfter: 20 }], [{ status: 504, done: true }]])(
    'is known to be lost in the end by the count: %o',
    async (fault) => {
      const { error, server } = await run({ fault: at(2, fault) });
      expect(error).toMatchObject({
        code: 'READ_FAILED',
        message: expect.stringMatching(/10 entities were announced, but 7 came: a response was lost/),
      });
      expect(server.openScrolls()).toBe(0);
    },
  );

  test('is not requested again if no count would show a loss', async () => {
    for (const reading of [{ checkTotal: false }]) {
      const { error, waits } = await run({ fault: at(2, { cutAfter: 20 }) }, reading);
      expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('nothing would show') });
      expect(waits).toHaveLength(0);
    }
  });

  test('of a page too large to be buffered is a failure', async () => {
    const wide = ENTITIES.map((entity) => `${entity.slice(0, -1)},"x":"${'y'.repeat(7_000_000)}"}`).slice(0, 4);
    const { error, server } = await run({ entities: wide, fault: at(1, { cutAfter: 19_000_000 }) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('pageSize') });
    // Its id came after the entities.
    expect(server.openScrolls()).toBe(1);
  });
});

describe('the count', () => {
  test.each([[9], [11]])('%i announced entities are not 10', async (total) => {
    const { error } = await run({ total });
    expect(error).toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringContaining(`${total} entities were announced, but 10 came`),
    });
    expect((await run({ total }, { checkTotal: false })).text).toBe(LINES);
  });

  test('ends the scroll of a platform that returns the same page for ever', async () => {
    const page = { entities: [{ id: 'a' }, { id: 'b' }], status: 'success', scrollId: 's', totalRecords: 5 };
    const { error } = await run({ fault: () => ({ response: page }) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('6 came') });
  });

  test('of one page needs no scroll', async () => {
    const page = { entities: [{ id: 'a' }], status: 'success', totalRecords: 1 };
    const { receipt, server } = await run({ fault: () => ({ response: page }) });
    expect(receipt).toMatchObject({ read: 1 });
    expect(server.paths()).toStrictEqual(['get']);
  });

  test.each([[{ totalRecords: 2 }], [{}]])('of more pages needs one: %o', async (more) => {
    const page = { entities: [{ id: 'a' }], status: 'success', ...more };
    const { error } = await run({ fault: () => ({ response: page }) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('scrollId') });
  });
});

describe('a scroll that has expired', () => {
  test('is reported as expired', async () => {
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const server = await rdpServer({ entities: ENTITIES, now: () => clock });
    const input = await onlyInput(rdpEntities({ server: server.url, headers: HEADERS, pageSize: 3 }));
    const read = async () => (await input.read(Buffer.alloc(1000))) > 0;
    await read();
    await read();
    clock += 6 * 60_000;
    const failing = (async () => {
      while (await read());
    })();
    await expect(failing).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringMatching(
        /No search context.*\(E0464\); a scroll expires five minutes after its last page.*pageSize/,
      ),
    });
    await input.close();
    expect(server.paths().at(-1)).toBe('clearscroll');
  });

  test('is reported if the platform only says that nothing was found', async () => {
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const { error } = await run({
      fault: (call) => {
        if (call !== 3) return undefined;
        clock += 6 * 60_000;
        return { response: { status: 'success', totalRecords: 0 } };
      },
    });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('five minutes') });
  });
});

describe('errors of the platform', () => {
  const detail = (statusDetail: unknown) => ({ response: { status: 'error', statusDetail, totalRecords: 0 } });
  test.each<[string, Fault, string, RegExp]>([
    [
      'shape 1',
      detail({ messages: [{ messageCode: 'E0420', message: 'Not valid', messageType: 'error' }] }),
      'SERVICE_FAILED',
      /tenant1 returned an error: Not valid \(E0420\)$/,
    ],
    ['shape 2', detail({ code: 'RSC1', message: 'Two', messageType: 'ERROR' }), 'SERVICE_FAILED', /Two \(RSC1\)$/],
    ['shape 3', detail({ message: 'Three' }), 'SERVICE_FAILED', /returned an error: Three$/],
    ['shape 4', detail({}), 'SERVICE_FAILED', /returned an error: no reason$/],
    ['shape 5', detail({ message: { message: 'Five', x: 1 } }), 'SERVICE_FAILED', /: Five$/],
    ['shape 5 without a text', detail({ message: { x: 1 } }), 'SERVICE_FAILED', /: \{"x":1\}$/],
    ['no detail', detail(undefined), 'SERVICE_FAILED', /no reason$/],
    ['a documented denial', detail({ code: 'PD001', message: 'Permission Denied' }), 'PERMISSION_DENIED', /PD001/],
    ['no status', { response: { entities: [] } }, 'SERVICE_FAILED', /returned an error/],
    [
      'an error inside a success',
      {
        response: {
          entities: [{ id: 'a' }],
          status: 'success',
          statusDetail: {
            messages: [
              { messageCode: 'I0011', message: 'ok', messageType: 'info' },
              { messageCode: 'E0866', message: 'left out', messageType: 'error' },
            ],
          },
        },
      },
      'SERVICE_FAILED',
      /a success with an error in it: left out \(E0866\)$/,
    ],
    ['401', { status: 401 }, 'PERMISSION_DENIED', /returned 401/],
    [
      '403 with a message',
      { status: 403, body: '{"response":{"statusDetail":{"message":"no"}}}' },
      'PERMISSION_DENIED',
      /: no$/,
    ],
    ['404', { status: 404 }, 'SERVICE_FAILED', /returned 404/],
    ['500', { status: 500 }, 'SERVICE_FAILED', /returned 500/],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 'SERVICE_FAILED', /redirected/],
    [
      'an HTML page of a gateway',
      { status: 200, body: '<html>"' },
      'SERVICE_FAILED',
      /not as documented: it is not JSON/,
    ],
    ['another document', { status: 200, body: '{"entities":[]}' }, 'SERVICE_FAILED', /returned no response object/],
    [
      'entities that are no list',
      { response: { status: 'success', entities: {} } },
      'SERVICE_FAILED',
      /are not a list/,
    ],
  ])('%s', async (_what, fault, code, message) => {
    for (const call of [1, 2]) {
      const { error, waits, server } = await run({ fault: at(call, fault) });
      expect(error).toMatchObject({ code, stage: 'read', message: expect.stringMatching(message) });
      expect(waits).toHaveLength(0);
      expect(server.openScrolls()).toBe(0);
    }
  });

  test.each([
    [{ 'auth-client-secret': 'other' }, 'PERMISSION_DENIED', /Authentication Failure \(GE001\)/],
    [{ 'x-rdp-userRoles': 'nobody' }, 'PERMISSION_DENIED', /Permission Denied to \[secret\] \(PD001\)/],
  ])('headers %o', async (wrong, code, message) => {
    const { error } = await run({}, { headers: { ...HEADERS, ...wrong } });
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('the scanner refuses elements that are not entities', async () => {
    const { error } = await run({ fault: at(1, { response: { status: 'success', entities: [1], totalRecords: 1 } }) });
    expect(error?.code).toBe('NOT_AN_ENTITY');
  });

  test('the platform requires types, even beside ids', async () => {
    const { error } = await run({}, { query: { ids: ['e1'], filters: { typesCriterion: [] } } });
    expect(error?.message).toContain('typesCriterion is not present or empty');
    expect((await run({}, { query: { ids: ['e1'] } })).text).toBe(`${ENTITIES[1]}\n`);
  });
});
