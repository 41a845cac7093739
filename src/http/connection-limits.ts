/** Limits for connections of unauthenticated clients: their number per address, and their duration. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Limits of a server's connections. Written from its table by `npm run options`. */
export interface ConnectionLimits {
  /** Connections per address without an accepted request; one more closes the oldest of them. Default: 100. */
  readonly perAddress: number;
  /** Maximum time from the first byte of a request to the end of its headers. Default: 10s. */
  readonly headersMs: number;
  /** Maximum time from the first byte of a request to the end of its body. Default: 30s. */
  readonly requestMs: number;
  /** Maximum time from the end of a response to the next request. Default: 75s. */
  readonly idleMs: number;
}

/** Limits for a service on a public network. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  perAddress: 100,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 75_000,
};

/** Per server, functions that release a connection from the count of its address. */
const RELEASES = new WeakMap<Server, Map<string, () => void>>();

/**
 * Sets the limits of a server.
 * @param onClosed called for each connection that was closed in favour of a newer one
 */
export function limitConnections(server: Server, limits: ConnectionLimits, onClosed: (address: string) => void): void {
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.idleMs;
  const unproved = new Map<string, Set<Socket>>();
  const releases = new Map<string, () => void>();
  RELEASES.set(server, releases);
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const waiting = unproved.get(address) ?? new Set<Socket>();
    const [oldest] = waiting;
    if (oldest && waiting.size >= limits.perAddress) {
      oldest.destroy();
      waiting.delete(oldest);
      onClosed(address);
    }
    waiting.add(socket);
    unproved.set(address, waiting);
    const key = keyOf(socket);
    const release = () => {
      releases.delete(key);
      waiting.delete(socket);
      if (waiting.size === 0 && unproved.get(address) === waiting) unproved.delete(address);
    };
    releases.set(key, release);
    socket.once('close', release);
  });
}

/** Releases a connection from the count, once a request on it was accepted. */
export function acceptConnection(server: Server, socket: Socket): void {
  RELEASES.get(server)?.get(keyOf(socket))?.();
}

/** Identifies a connection; the same for a TLS socket and the plain socket below it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
