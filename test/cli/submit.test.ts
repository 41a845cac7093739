/** `sluice submit`: the documented body made from flags, and the printed result. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/cli/submit.js';
import { fakeServer, json, problem } from '../client/fake-server.js';
import { filesIn, sluice } from './run-sluice.js';

const ACCEPTED = {
  dataObjectOperationResponse: {
    status: 'success',
    dataObjects: [{ properties: { workAutomationId: 'j1' } }],
    totalRecords: 0,
  },
};
const ENVELOPE = {
  response: { binaryObjects: [{ id: 'j2', data: { blob: 'aGVsbG8=' } }], status: 'success', totalRecords: 1 },
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-submit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await sluice(args, { cwd: folder, env: { SLUICE_TOKEN: '', ...env } });
  return { code, stdout: stdout.toString(), stderr };
}

describe('the body', () => {
  it('is the documented one', () => {
    const flags = { type: ['product'], id: ['a'], maxRecords: 10, attributes: ['_ALL'], profile: 'p', fileName: 'f' };
    expect(bodyOf(undefined, flags)).toStrictEqual({
      params: {
        query: { id: 'a', filters: { typesCriterion: ['product'] } },
        fields: { attributes: ['_ALL'] },
        options: { maxRecords: '10' },
        rsconnect: { profiles: ['p'] },
      },
      fileName: 'f',
    });
    expect(bodyOf(undefined, {})).toStrictEqual({ params: { query: { filters: { typesCriterion: ['_ALL'] } } } });
  });

  it('in a file is sent unchanged, except members that flags replace', () => {
    const given = {
      params: { query: { id: 'a', filters: { typesCriterion: ['t'] } }, options: { maxRecords: '1' }, sort: {} },
      clientState: { x: 1 },
    };
    expect(bodyOf(given, {})).toBe(given);
    expect(bodyOf(given, { id: ['b', 'c'], maxRecords: 2 })).toStrictEqual({
      params: {
        query: { ids: ['b', 'c'], filters: { typesCriterion: ['t'] } },
        options: { maxRecords: '2' },
        sort: {},
      },
      clientState: { x: 1 },
    });
    expect(() => bodyOf({ params: [] }, { id: ['b'] })).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('submit', () => {
  it('submits deltas', async () => {
    const server = await fakeServer((_asked, response) => json(response, ACCEPTED, 202));
    await run(['submit', '--server', server.url, '--type', 'product', '--delta']);
    await run(['submit', '--server', server.url, '--type', 'product', '--delta-chain', 'shop']);
    expect(server.asked.map(({ body }) => JSON.parse(body).request)).toStrictEqual([
      { types: ['product'], delta: { against: 'previous' } },
      { types: ['product'], delta: { against: 'previous', chain: 'shop' } },
    ]);
    const documented = join(folder, 'body.json');
    await writeFile(documented, '{"params":{}}');
    const refused = await run(['submit', '--server', server.url, '--request', documented, '--delta']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--delta') });
  });

  it('prints the work automation id only', async () => {
    const server = await fakeServer((_asked, response) => json(response, ACCEPTED, 202));
    await writeFile(join(folder, 'token'), 'from-the-file\n');
    await writeFile(join(folder, 'headers'), 'x-rdp-userId: me\n\nx-rdp-tenantId:t1\n');
    const flags = ['--token-file', 'token', '--headers-file', 'headers', '--idempotency-key', 'k'];
    const ended = await run(['submit', '--server', server.url, '--type', 'product', ...flags]);
    expect(ended).toStrictEqual({ code: 0, stdout: 'j1\n', stderr: '' });
    expect(server.asked[0].headers).toMatchObject({
      authorization: 'Bearer from-the-file',
      'idempotency-key': 'k',
      prefer: 'respond-async',
      'x-rdp-userid': 'me',
      'x-rdp-tenantid': 't1',
    });
  });

  it('uses the server and the token in the environment, and the body in a file', async () => {
    const server = await fakeServer((_asked, response) => json(response, ACCEPTED, 202));
    await writeFile(join(folder, 'body.json'), '{"params":{"query":{}}}');
    const env = { SLUICE_SERVER: server.url, SLUICE_TOKEN: 'of-the-environment' };
    expect((await run(['submit', '--request', 'body.json'], env)).stdout).toBe('j1\n');
    expect(server.asked[0]).toMatchObject({
      headers: { authorization: 'Bearer of-the-environment' },
      body: '{"params":{"query":{}}}',
    });
  });

  it('writes a result that is returned at once', async () => {
    const server = await fakeServer((_asked, response) => json(response, ENVELOPE));
    const ended = await run(['submit', '--server', server.url, '-o', 'out.zip']);
    expect(ended).toMatchObject({ code: 0, stdout: 'j2\n' });
    expect(await readFile(join(folder, 'out.zip'), 'utf8')).toBe('hello');
    expect((await run(['submit', '--server', server.url, '-o', 'out.zip'])).code).toBe(5);
    expect((await run(['submit', '--server', server.url])).code).toBe(2);
    expect(await filesIn(folder)).toStrictEqual(['out.zip']);
  });

  it.each([
    [400, 'UNKNOWN_KEY', 2],
    [401, 'UNAUTHENTICATED', 6],
    [429, 'QUOTA_EXCEEDED', 6],
    [500, 'INTERNAL', 1],
  ])('exits after a refusal with %i %s with code %i', async (status, code, exit) => {
    const server = await fakeServer((_asked, response) => problem(response, status, code));
    const ended = await run(['submit', '--server', server.url]);
    expect(ended).toMatchObject({ code: exit, stdout: '' });
    expect(ended.stderr).toBe(`sluice: the service responded ${status}: it says ${code} (${code})\n`);
  });

  it('requires a server', async () => {
    expect(await run(['submit'], { SLUICE_SERVER: '' })).toMatchObject({ code: 2 });
    expect(await run(['submit', '--server', 'nowhere'])).toMatchObject({ code: 2 });
    expect(await run(['submit', '--server', 'http://127.0.0.1:9'])).toMatchObject({ code: 5 });
  });
});
