/** For tests: a proxy to a server that can be held, like a stopped client, or cut, like a lost network. */
import { connect, createServer, type Socket } from 'node:net';

/** A proxy; everything sent to `url` passes through it. */
export interface Line {
  readonly url: string;
  /** Number of connections. */
  readonly connections: number;
  /** Holds all bytes in both directions, without an event: a stopped process looks like that. */
  hold(): void;
  /** Releases what was held. */
  release(): void;
  /** Present connections become unresponsive, and the server sees them end; new ones pass. */
  abandon(): void;
  /** Ends every connection that sends this text. */
  forbid(text: string): void;
  /** Holds the proxy once this text has passed. */
  holdAt(text: string): void;
  /** Ends all connections, and refuses new ones. */
  cut(): void;
  /** Accepts new connections again. */
  mend(): void;
  close(): Promise<void>;
}

/** Makes a proxy to the server of a URL. */
export async function makeLine(server: string): Promise<Line> {
  const far = new URL(server);
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  const abandoned = new Set<Socket>();
  let held = false;
  let isCut = false;
  let forbidden: string | undefined;
  let last: string | undefined;

  const listener = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const away = connect(Number(far.port), far.hostname);
    const pair = [near, away] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [away, near] as const]) {
      from.on('data', (chunk) => {
        if (forbidden !== undefined && from === near && chunk.includes(forbidden)) near.destroy();
        else to.write(chunk);
        if (last !== undefined && from === near && chunk.includes(last)) hold();
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        // The end of a connection is held back, too.
        if (!held) to.destroy();
        if (near.destroyed && away.destroyed) pairs.delete(pair);
      });
      if (held) from.pause();
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port was free');
  const near = new URL(server);
  near.hostname = '127.0.0.1';
  near.port = String(address.port);

  const hold = () => {
    held = true;
    last = undefined;
    for (const sockets of pairs) for (const socket of sockets) socket.pause();
  };
  const cut = () => {
    isCut = true;
    for (const sockets of [...pairs, abandoned]) for (const socket of sockets) socket.destroy();
  };
  return {
    url: near.href,
    get connections() {
      return pairs.size;
    },
    hold,
    holdAt(text) {
      last = text;
    },
    release() {
      held = false;
      for (const [one, other] of pairs) {
        if (one.destroyed) other.destroy();
        else if (other.destroyed) one.destroy();
        one.resume();
        other.resume();
      }
    },
    abandon() {
      held = false;
      for (const pair of pairs) {
        const [near, away] = pair;
        pairs.delete(pair);
        abandoned.add(near);
        for (const socket of pair) socket.removeAllListeners('data').removeAllListeners('close');
        near.on('close', () => abandoned.delete(near)).resume();
        away.destroy();
      }
    },
    forbid(text) {
      forbidden = text;
    },
    cut,
    mend() {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
