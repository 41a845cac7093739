/** For tests: an issuer of OpenID Connect on loopback, whose keys a test rotates. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  const server = createServer(async ({ url }, response) => {
    if (issuer.isDown) {
      response.writeHead(503).end();
      return;
    }
    if (url === '/.well-known/openid-configuration') {
      issuer.asked.configuration++;
      const answer = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.configuration };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    issuer.asked.keys++;
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
    isDown: false,
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
