/** Authentication: a request identifies its caller; without an authenticator only this machine has access. */
import type { FastifyRequest } from 'fastify';
import { check } from '../options/accept-options.js';
import { ERROR_CODES, SluiceError } from '../terms/errors.js';
import { acceptIdentity, type Caller, type Identity, RIGHTS } from './identity.js';
import { isLoopback, isLoopbackHost } from './loopback.js';
import { Refusal } from './refusal.js';

/**
 * Identifies the caller of a request, by whatever it has: headers, cookies, the certificate of its connection, or what an
 * earlier hook of the application has verified. Undefined refuses it with 401. A `SluiceError` of `UNAUTHENTICATED` or
 * `FORBIDDEN` does so with a sentence of its own; any other error makes the service unavailable (503).
 */
export type Authenticate = (request: FastifyRequest) => Identity | undefined | Promise<Identity | undefined>;

/** The plugin option for authentication. */
export const authenticator = check(
  (value) => value === 'none' || typeof value === 'function',
  'a function that returns the tenant, the user and the rights of a request, or "none"',
);

/** The caller of all requests without authentication. */
const LOCAL: Caller = { tenant: 'local', rights: RIGHTS };

/**
 * Authenticates a request.
 * @throws SluiceError `UNAUTHENTICATED`, `FORBIDDEN`; `SERVICE_FAILED` if the authenticator fails, `CALLBACK_FAILED` if it
 * returns something else
 */
export async function authenticated(request: FastifyRequest, authenticate: Authenticate | 'none'): Promise<Caller> {
  if (authenticate === 'none') {
    requireThisMachine(request);
    return LOCAL;
  }
  const identity = await identityFrom(authenticate, request);
  if (identity === undefined) throw new Refusal('UNAUTHENTICATED', 'the request has no valid credentials');
  return acceptIdentity(identity);
}

async function identityFrom(authenticate: Authenticate, request: FastifyRequest): Promise<unknown> {
  try {
    return await authenticate(request);
  } catch (cause) {
    if (cause instanceof SluiceError && ERROR_CODES[cause.code] === 'access') throw cause;
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
