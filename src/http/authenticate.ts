/** Who asks: a token becomes a tenant, once; without an authenticator only this machine may ask. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { check } from '../options/accept-options.js';
import { isLoopback, isLoopbackHost } from './loopback.js';
import { Refusal } from './refusal.js';

/** Answers the tenant of a token; undefined for a token of nobody. */
export type Authenticate = (token: string) => string | undefined | Promise<string | undefined>;

/** The option of a plugin that says who may ask. */
export const authenticator = check(
  (value) => value === 'none' || typeof value === 'function',
  'a function that answers the tenant of a token, or "none"',
);

/** The tenant of everybody where nobody is asked who they are. */
const LOCAL_TENANT = 'local';

/**
 * Makes an authenticator of a list of tokens. The tokens themselves are not kept, and how long an answer takes tells
 * nothing of them.
 * @param tokens each token with the name of its tenant
 */
export function tokenAuthenticator(tokens: ReadonlyMap<string, string>): Authenticate {
  const known = [...tokens].map(([token, tenant]) => ({ digest: sha256(token), tenant }));
  return (token) => {
    const digest = sha256(token);
    let found: string | undefined;
    // All of them, always: stopping at a match would tell where in the list it stands.
    for (const entry of known) if (timingSafeEqual(entry.digest, digest)) found = entry.tenant;
    return found;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The tenant of a request.
 * @throws SluiceError `UNAUTHENTICATED`; `SERVICE_FAILED` when the authenticator fails
 */
export async function tenantOf(request: FastifyRequest, authenticate: Authenticate | 'none'): Promise<string> {
  if (authenticate === 'none') {
    requireThisMachine(request);
    return LOCAL_TENANT;
  }
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal('UNAUTHENTICATED', 'a token is required: Authorization: Bearer <token>');
  const tenant = await asked(authenticate, token);
  if (tenant === undefined || tenant === '') {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    throw new Refusal('UNAUTHENTICATED', 'the token is not known', { headers });
  }
  return tenant;
}

async function asked(authenticate: Authenticate, token: string): Promise<string | undefined> {
  try {
    return await authenticate(token);
  } catch (cause) {
    throw new Refusal('SERVICE_FAILED', 'the authenticator failed', { cause });
  }
}

/**
 * The socket must end on a loopback address, and the host must be named as this machine names itself: a page of the
 * web whose name was made to lead here (DNS rebinding) bears its own name.
 */
function requireThisMachine({ socket, headers }: FastifyRequest): void {
  const address = socket.localAddress;
  // A local socket has a path instead of an address.
  const isLocal = address === undefined || isLoopback(address);
  if (isLocal && headers.host !== undefined && isLoopbackHost(hostName(headers.host))) return;
  throw new Refusal('UNAUTHENTICATED', 'without an authenticator only this machine may ask, under a loopback name');
}

/** The host in a `Host` header, without the port and the brackets of IPv6. */
function hostName(header: string): string {
  return header.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}
