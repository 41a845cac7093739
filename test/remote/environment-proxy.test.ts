/** Proxies of the environment, as curl reads it. */
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import { httpFiles } from '../../src/places/http-files.js';
import { s3Objects } from '../../src/places/s3-objects.js';
import { environmentProxy } from '../../src/remote/environment-proxy.js';
import { openFileServer } from '../servers/file-server.js';
import { startS3 } from '../servers/s3-server.js';
import { exported, failureOf, refusalOf } from '../sources/outcome.js';

const proxyOf = (url: string, environment: Readonly<Record<string, string>>) =>
  environmentProxy(new URL(url), environment)?.href;

describe('the proxy', () => {
  test.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
    ['of https', 'https://a.b/', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:2' }, 'http://p:1/'],
    ['of http', 'http://a.b/', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:2' }, 'http://q:2/'],
    [
      'in lower case, which comes first',
      'https://a.b/',
      { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' },
      'http://q:2/',
    ],
    ['of all schemes', 'https://a.b/', { all_proxy: 'http://p:1' }, 'http://p:1/'],
    ['of a scheme before that of all', 'https://a.b/', { ALL_PROXY: 'http://p:1', https_proxy: 'q:2' }, 'http://q:2/'],
    ['without a scheme', 'https://a.b/', { https_proxy: 'p:3128' }, 'http://p:3128/'],
    ['none', 'https://a.b/', { HTTP_PROXY: 'http://p:1' }, undefined],
    ['none, by an empty variable', 'https://a.b/', { HTTPS_PROXY: '' }, undefined],
  ])('%s', (_which, url, environment, expected) => {
    expect(proxyOf(url, environment)).toBe(expected);
  });

  test.each<[string, string, boolean]>([
    ['a.b', 'https://a.b/', true],
    ['a.b', 'https://c.a.b/', true],
    ['.a.b', 'https://c.a.b/', true],
    ['*.a.b', 'https://c.a.b/', true],
    ['.a.b', 'https://a.b/', true],
    ['a.b', 'https://ca.b/', false],
    ['A.B', 'https://a.b/', true],
    ['x, a.b ,y', 'https://a.b/', true],
    ['x a.b', 'https://a.b/', true],
    ['*', 'https://a.b/', true],
    ['a.b:443', 'https://a.b/', true],
    ['a.b:8443', 'https://a.b/', false],
    ['a.b:8443', 'https://a.b:8443/', true],
    ['127.0.0.1', 'http://127.0.0.1:8080/', true],
    ['[::1]', 'http://[::1]:8080/', true],
    ['::1', 'http://[::1]:8080/', true],
    ['', 'https://a.b/', false],
  ])('NO_PROXY=%s exempts %s: %s', (list, url, isExempt) => {
    expect(proxyOf(url, { all_proxy: 'http://p:1', no_proxy: list })).toBe(isExempt ? undefined : 'http://p:1/');
  });

  test('of another kind is refused, without its text', async () => {
    const error = await refusalOf(() => proxyOf('https://a.b/', { all_proxy: 'socks5://me:secret@p:1' }));
    expect(error).toMatchObject({ code: 'INVALID' });
    expect(error.message).not.toContain('secret');
  });
});

describe('requests go through the proxy:', () => {
  let tunnels: string[] = [];
  const sockets: Socket[] = [];
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    sockets.push(socket, target);
    for (const one of [socket, target]) one.on('error', () => {});
  });

  beforeEach(async () => {
    tunnels = [];
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    vi.stubEnv('http_proxy', `http://127.0.0.1:${port}`);
    vi.stubEnv('no_proxy', '');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });

  test('those for files', async () => {
    const server = await openFileServer('{"id":"1"}\n');
    const { output, error } = await exported({ source: httpFiles(server.url), format: 'ndjson' });
    expect(error).toBeUndefined();
    expect(output.toString()).toBe('{"id":"1"}\n');
    expect(tunnels).toStrictEqual([new URL(server.url).host]);
    await server.close();
  });

  test('those for objects in S3', async () => {
    const service = await startS3();
    const { error } = await exported({ source: s3Objects('s3://results/none.json', service.options) });
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(new Set(tunnels)).toStrictEqual(new Set([new URL(service.endpoint).host]));
    await service.close();
  });

  test('those of a client', async () => {
    const server = await openFileServer('', { statuses: [404] });
    const client = createClient({ server: new URL(server.url).origin, retry: { retries: 0 } });
    await failureOf(client.get('x'));
    expect(new Set(tunnels)).toStrictEqual(new Set([new URL(server.url).host]));
    await server.close();
  });
});
