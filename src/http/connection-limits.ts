/** Connections that nobody has proved to be a client's: how many an address may have, and how long each may take. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Bounds of a server's connections; times in milliseconds. */
export interface ConnectionLimits {
  /** Connections of one address on which no request was accepted yet; with one more the oldest of them is closed. */
  readonly perAddress: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** From the end of an answer to the next request. */
  readonly idleMs: number;
}

/** Bounds for a service that anybody can reach. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  perAddress: 100,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
};

/** What leads an open connection to its release from the count of its address. */
const RELEASES = new WeakMap<Server, Map<string, () => void>>();

/**
 * Sets the bounds on a server.
 * @param onClosed called for each connection that gave way to a newer one of its address
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

/** A request on this connection was accepted: it does not count any more. */
export function acceptConnection(server: Server, socket: Socket): void {
  RELEASES.get(server)?.get(keyOf(socket))?.();
}

/** What a TLS socket and the plain one below it have in common. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
