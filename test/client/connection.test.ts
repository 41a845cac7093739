/** Secrets of a connection: sent to their server only, and never part of an error. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import { fakeServer, json } from './fake-server.js';

const TOKEN = 'token-that-nobody-else-may-hear';
const HEADERS = { 'x-secret': 'header-that-nobody-else-may-hear' };
const PAGE = { jobs: [] };

describe('redirects', () => {
  it('to another origin contain no secret', async () => {
    const other = await fakeServer((_asked, response) => json(response, PAGE));
    const server = await fakeServer(
      (_asked, response) => void response.writeHead(307, { location: `${other.url}/elsewhere` }).end(),
    );
    expect(await createClient({ server: server.url, token: TOKEN, headers: HEADERS }).list()).toEqual(PAGE);
    expect(other.asked).toHaveLength(1);
    expect(JSON.stringify(other.asked)).not.toContain('nobody-else');
  });

  it('within the server contain the secrets', async () => {
    const server = await fakeServer(({ url }, response) => {
      if (url === '/moved') return json(response, PAGE);
      response.writeHead(302, { location: '/moved' }).end();
    });
    await createClient({ server: server.url, token: TOKEN, headers: HEADERS }).list();
    expect(server.asked[1].headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, ...HEADERS });
  });

  it.each(['/jobs', 'ftp://example.com/', 'http://['])('to %s end with an error', async (location) => {
    const server = await fakeServer((_asked, response) => void response.writeHead(302, { location }).end());
    await expect(createClient({ server: server.url }).list()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(server.asked.length).toBeLessThan(10);
  });

  it('of a submission are refused', async () => {
    const other = await fakeServer((_asked, response) => json(response, {}));
    const server = await fakeServer((_asked, response) => void response.writeHead(307, { location: other.url }).end());
    await expect(createClient({ server: server.url }).submit({})).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(other.asked).toHaveLength(0);
  });
});

describe('errors', () => {
  it('hide secrets that the server repeats', async () => {
    const server = await fakeServer(({ headers }, response) =>
      json(response, { detail: JSON.stringify(headers) }, 500),
    );
    const error = await createClient({ server: server.url, token: TOKEN, headers: HEADERS })
      .list()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', message: expect.stringContaining('[secret]') });
    expect(inspect(error, { depth: 9 })).not.toContain('nobody-else');
  });

  it.each([
    [{ token: `${TOKEN}\n` }],
    [{ token: `${TOKEN} x` }],
    [{ token: `${TOKEN}ü` }],
    [{ token: '' }],
    [{ headers: { 'x-secret': `${TOKEN}\r\nx: y` } }],
    [{ headers: { 'x secret': TOKEN } }],
    [{ server: `nobody-else` }],
    [{ server: `ftp://example.com/nobody-else` }],
    [{ server: `https://me:nobody-else@example.com/` }],
    [{ server: `https://example.com/?key=nobody-else` }],
  ])('refuse %j without repeating it', (options) => {
    let error: unknown;
    try {
      createClient({ server: 'http://127.0.0.1:9', ...options });
    } catch (cause) {
      error = cause;
    }
    expect(error).toMatchObject({ name: 'SluiceError', code: 'INVALID', stage: 'client' });
    expect(inspect(error, { depth: 9 })).not.toContain('nobody-else');
  });

  it('state why there is no response', async () => {
    const client = createClient({ server: 'http://127.0.0.1:9/base', token: TOKEN });
    const error = await client.list().catch((cause: unknown) => cause);
    const message = expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:9\/base\/jobs: .*(ECONNREFUSED|bad port)/);
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', stage: 'client', message });
    expect(inspect(error, { depth: 9 })).not.toContain('nobody-else');
  });

  it('limit the size of a response without an end', async () => {
    const server = await fakeServer((_asked, response) => {
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(1024 * 1024, ' ')));
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    await expect(createClient({ server: server.url }).list()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  });
});
