/** For tests: an issuer of OpenID Connect on loopback, whose keys a test rotates. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer that is open. */
export interface TestIssuer {
  readonly url: string;
  /** Requests for the configuration and for keys. */
  readonly asked: { configuration: number; keys: number };
  /** What the configuration states instead. */
  configuration: Record<string, unknown>;
  /** Whether it responds 503. */
  isDown: boolean;
  /** Requests while it was down. */
  refused: number;
  /** The path of keys that are there no more. */
  gone: string | undefined;
  /** Who signs in at its page: the claims of the token; undefined: access is denied. */
  person: JWTPayload | undefined;
  /** Signs with the newest key, for an hour, for the audience `exports`. */
  token(claims?: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  /** Replaces its keys by a new one. */
  rotate(alg?: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens an issuer with one key. */
export async function openIssuer(): Promise<TestIssuer> {
  let keys: { readonly kid: string; readonly alg: string; readonly pair: Pair }[] = [];
  let made = 0;
  /** The challenge of each code that was given out. */
  const codes = new Map<string, URLSearchParams>();
  const server = createServer(async (request, response) => {
    const { url = '' } = request;
    if (issuer.isDown) {
      issuer.refused++;
      response.writeHead(503).end();
      return;
    }
    if (url === '/.well-known/openid-configuration') {
      issuer.asked.configuration++;
      const [authorize, token] = [`${issuer.url}/authorize`, `${issuer.url}/token`];
      const endpoints = { authorization_endpoint: authorize, token_endpoint: token };
      const answer = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...endpoints, ...issuer.configuration };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    if (url.startsWith('/authorize?')) {
      const asked = new URL(url, issuer.url).searchParams;
      const code = `code-${codes.size}`;
      codes.set(code, asked);
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('state', asked.get('state') ?? '');
      if (issuer.person) back.searchParams.set('code', code);
      else back.searchParams.set('error', 'access_denied');
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    if (url === '/token') {
      const given = new URLSearchParams(await text(request));
      const asked = codes.get(given.get('code') ?? '');
      codes.delete(given.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(given.get('code_verifier') ?? '')
        .digest('base64url');
      const isSame = (name: string) => given.get(name) === asked?.get(name);
      const isRight =
        request.method === 'POST' &&
        given.get('grant_type') === 'authorization_code' &&
        asked?.get('code_challenge_method') === 'S256' &&
        asked.get('code_challenge') === challenge &&
        isSame('client_id') &&
        isSame('redirect_uri');
      const answer = isRight
        ? { token_type: 'Bearer', access_token: await issuer.token(issuer.person) }
        : { error: 'invalid_grant' };
      const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
      response.writeHead(isRight ? 200 : 400, headers).end(JSON.stringify(answer));
      return;
    }
    issuer.asked.keys++;
    if (url === issuer.gone) {
      response.writeHead(404).end();
      return;
    }
    const shown = await Promise.all(
      keys.map(async ({ kid, alg, pair }) => ({ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' })),
    );
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: shown }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: { configuration: 0, keys: 0 },
    configuration: {},
    person: undefined,
    isDown: false,
    refused: 0,
    gone: undefined,
    async token(claims = {}, header = {}) {
      const [{ kid, alg, pair }] = keys;
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer.url, aud: 'exports', sub: 'ann', tenant: 'acme', exp: now + 3600, iat: now };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(pair.privateKey);
    },
    async rotate(alg = 'ES256') {
      keys = [{ kid: `key-${made++}`, alg, pair: await generateKeyPair(alg) }];
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  await issuer.rotate();
  return issuer;
}
