/** Authentication: a token identifies a tenant; without an authenticator only this machine has access. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { check } from '../options/accept-options.js';
import { isLoopback, isLoopbackHost } from './loopback.js';
import { Refusal } from './refusal.js';

/** Returns the tenant of a token; undefined for an unknown token. */
export type Authenticate = (token: string) => string | undefined | Promise<string | undefined>;

/** The plugin option for authentication. */
export const authenticator = check(
  (value) => value === 'none' || typeof value === 'function',
  'a function that returns the tenant of a token, or "none"',
);

/** The tenant of all requests without authentication. */
const LOCAL_TENANT = 'local';

/**
 * Makes an authenticator from a list of tokens. It stores digests only and compares in constant time.
 * @param tokens each token with the name of its tenant
 */
export function tokenAuthenticator(tokens: ReadonlyMap<string, string>): Authenticate {
  const known = [...tokens].map(([token, tenant]) => ({ digest: sha256(token), tenant }));
  return (token) => {
    const digest = sha256(token);
    let found: string | undefined;
    // Compare with all of them: stopping at a match would reveal its position.
    for (const entry of known) if (timingSafeEqual(entry.digest, digest)) found = entry.tenant;
    return found;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Authenticates a request.
 * @returns the tenant
 * @throws SluiceError `UNAUTHENTICATED`; `SERVICE_FAILED` if the authenticator fails
 */
export async function tenantOf(request: FastifyRequest, authenticate: Authenticate | 'none'): Promise<string> {
  if (authenticate === 'none') {
    requireThisMachine(request);
    return LOCAL_TENANT;
  }
  const token = tokenIn(request.headers);
  if (token === undefined) throw new Refusal('UNAUTHENTICATED', 'a token is required: Authorization: Bearer <token>');
  const tenant = await tenantFrom(authenticate, token);
  if (tenant === undefined || tenant === '') {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    throw new Refusal('UNAUTHENTICATED', 'the token is not known', { headers });
  }
  return tenant;
}

/** The bearer token; clients of the platform send theirs as the secret of the client instead. */
function tokenIn({ authorization, ...headers }: FastifyRequest['headers']): string | undefined {
  if (authorization !== undefined) return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  const secret = headers['auth-client-secret'];
  return typeof secret === 'string' && secret !== '' ? secret : undefined;
}

async function tenantFrom(authenticate: Authenticate, token: string): Promise<string | undefined> {
  try {
    return await authenticate(token);
  } catch (cause) {
    throw new Refusal('SERVICE_FAILED', 'the authenticator failed', { cause });
  }
}

/**
 * Requires that the socket ends on a loopback address and that the `Host` is a loopback name: a web page that resolves
 * its own name to this machine (DNS rebinding) sends that name.
 */
function requireThisMachine({ socket, headers }: FastifyRequest): void {
  const address = socket.localAddress;
  // A local socket has a path instead of an address.
  const isLocal = address === undefined || isLoopback(address);
  if (isLocal && headers.host !== undefined && isLoopbackHost(hostName(headers.host))) return;
  throw new Refusal(
    'UNAUTHENTICATED',
    'without an authenticator, only loopback requests to a loopback host are accepted',
  );
}

/** The host in a `Host` header, without the port and the brackets of IPv6. */
function hostName(header: string): string {
  return header.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}
