/** The projects in docs/examples run, each in a copy of its folder, with servers of this machine only. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { verifyExport } from '../src/verify/verify-export.js';
import { ROOT } from './documentation.js';
import { makeExampleFolder } from './documentation-inputs.js';

const execute = promisify(execFile);

const folders: string[] = [];
const servers: Server[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill();
  for (const server of servers.splice(0)) server.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A copy of a project, with `catalog.ndjson` and its packages beside it. */
async function projectOf(name: string): Promise<string> {
  const folder = await makeExampleFolder();
  folders.push(folder);
  await cp(join(ROOT, 'docs/examples', name), folder, { recursive: true });
  return folder;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every project is listed and has a test', async () => {
  const entries = await readdir(join(ROOT, 'docs/examples'), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const list = await readFile(join(ROOT, 'docs/examples/README.md'), 'utf8');
  const tests = await readFile(import.meta.filename, 'utf8');
  expect(names.filter((name) => !list.includes(`[${name}](${name}/`))).toStrictEqual([]);
  expect(names.filter((name) => !tests.includes(`projectOf('${name}')`))).toStrictEqual([]);
});

test('the service behind Express exports, and refuses parameters with a reason', async () => {
  const folder = await projectOf('express-service');
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const port = /\d+/.exec((await lines.next()).value)?.[0];
  const url = `http://127.0.0.1:${port}/export/product`;

  const response = await fetch(`${url}?limit=10&attributes=color`);
  expect(response.headers.get('content-disposition')).toContain('product.ndjson.gz');
  const text = gunzipSync(await response.arrayBuffer()).toString();
  expect(text.trimEnd().split('\n')).toHaveLength(10);
  expect(JSON.parse((await lines.next()).value)).toMatchObject({ type: 'product', written: 10 });

  const refused = await fetch(`${url}?limit=ten`);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: 'INVALID', faults: [{ path: 'maxRecords' }] });
});

test('a service has two tenants over two sources, whose users may do what they have the right to', async () => {
  const folder = await projectOf('two-tenants');
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const url = /http\S+/.exec((await lines.next()).value)?.[0];
  const ask = async (path: string, session: string, body?: object) => {
    const headers = { cookie: `theme=dark; session=${session}`, 'content-type': 'application/json', prefer: 'wait=30' };
    const request = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    const response = await fetch(`${url}${path}`, { headers, ...request });
    return { status: response.status, text: await response.text() };
  };
  const exported = async (session: string) => {
    const query = { filters: { typesCriterion: ['product'] } };
    const { status, text } = await ask('/export/api/rsConnectService/downloadDataJob', session, { params: { query } });
    const [, blob = ''] = /"blob":"([^"]+)"/.exec(text) ?? [];
    const ids = Buffer.from(blob, 'base64')
      .toString()
      .match(/"id":"[\w-]+"/g);
    return [status, ids?.length ?? text, ids?.some((id) => id.includes('roof-'))];
  };
  expect(await exported('s-ann')).toStrictEqual([200, 38, false]);
  expect(await exported('s-rob')).toStrictEqual([200, 3, true]);
  expect(await exported('s-eve')).toStrictEqual([
    403,
    expect.stringContaining('this needs the right submit'),
    undefined,
  ]);
  expect(await exported('s-old')).toStrictEqual([
    403,
    expect.stringContaining('the tenant gone does not exist here'),
    undefined,
  ]);
  expect((await ask('/export/jobs', 'none')).status).toBe(401);
  const { jobs: seen } = JSON.parse((await ask('/export/jobs', 's-eve')).text);
  expect(seen).toHaveLength(1);
  expect((await readdir(join(folder, 'results'))).toSorted()).toStrictEqual(['acme', 'roof']);
});

test('the nightly script exports everything, then only what was modified since', async () => {
  const folder = await projectOf('nightly-delta');
  const run = async () => (await execute(process.execPath, ['nightly.mjs'], { cwd: folder })).stdout;
  expect(await run()).toMatch(/^full-.*\.zip: 38 records\n$/);
  const entity = { id: 'new', type: 'product', properties: { modifiedDate: new Date().toISOString() } };
  await appendFile(join(folder, 'catalog.ndjson'), `${JSON.stringify(entity)}\n`);
  expect(await run()).toMatch(/^delta-.*\.zip: 1 records\n$/);
  const failing = execute(process.execPath, ['nightly.mjs'], { cwd: folder, env: { ...process.env, CATALOG: 'none' } });
  await expect(failing).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('NOT_FOUND') });
});

test('the source of pages ends at a limit, however many pages there are', async () => {
  const folder = await projectOf('custom-source');
  const asked: string[] = [];
  const url = await serve(({ url = '' }, response) => {
    asked.push(url);
    const page = asked.length;
    const items = ['product', 'image'].flatMap((type) => [1, 2].map((n) => ({ id: `${page}-${type}-${n}`, type })));
    response.end(JSON.stringify({ items, next: `/items?page=${page + 1}` }));
  });
  const { stdout } = await execute(process.execPath, ['main.mjs', `${url}/items`], { cwd: folder });
  expect(stdout).toMatch(/^\d+ read, 3 written\n$/);
  expect(asked.slice(0, 2)).toStrictEqual(['/items', '/items?page=2']);
  const ids = (await readFile(join(folder, 'products.ndjson'), 'utf8')).match(/\d-product-\d/g);
  expect(ids).toStrictEqual(['1-product-1', '1-product-2', '2-product-1']);
});

test('the destination on a WebDAV server is complete or absent', async () => {
  const folder = await projectOf('custom-destination');
  const stored = new Map<string, Buffer>();
  const url = await serve(async (request, response) => {
    const { method, url = '', headers } = request;
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    if (method === 'PUT') stored.set(url, body);
    const moved = stored.get(url);
    if (method === 'MOVE' && moved) stored.set(new URL(String(headers.destination)).pathname, moved);
    if (method === 'MOVE' || method === 'DELETE') stored.delete(url);
    response.writeHead(201).end();
  });
  const exportOf = (source: string) =>
    execute(process.execPath, ['main.mjs', source, `${url}/products.zip`], { cwd: folder });
  expect((await exportOf('catalog.ndjson')).stdout).toMatch(/^38 records, \d+ bytes\n$/);
  expect([...stored.keys()]).toStrictEqual(['/products.zip']);
  const copy = join(folder, 'copy.zip');
  await writeFile(copy, stored.get('/products.zip') ?? '');
  expect(await verifyExport(copy)).toMatchObject({ kind: 'zip', records: 38 });

  stored.clear();
  await expect(exportOf('broken.ndjson')).rejects.toMatchObject({ stderr: expect.stringContaining('INVALID_JSON') });
  expect([...stored.keys()]).toStrictEqual([]);
});
