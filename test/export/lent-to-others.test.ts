/** Bytes of the output are never overwritten for others that have them: listeners, wrappers, readers, streams of the caller. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createServer, request, type ServerResponse } from 'node:http';
import { connect, createServer as createSocketServer, type Socket } from 'node:net';
import { Duplex, PassThrough, type Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Destination } from '../../src/destinations/destination.js';
import { bytes, exportEntities, writable } from '../../src/index.js';
import { base64, gzip } from '../../src/stages.js';

/** Chunks that differ from each other, each large enough to be lent. */
function source() {
  const chunks = Array.from({ length: 24 }, (_, chunk) => {
    const letter = String.fromCharCode(97 + chunk);
    const lines = Array.from({ length: 40 }, (_, index) =>
      JSON.stringify({ id: `${chunk}-${index}`, type: 'a', name: letter.repeat(900) }),
    );
    return Buffer.from(`${lines.join('\n')}\n`);
  });
  return bytes(chunks);
}

const exported = () => exportEntities({ source: source(), format: 'ndjson', pack: 'none' });

/** Short, for messages: a digest of the text. */
const digest = (text: string) => `${text.length} ${createHash('sha1').update(text).digest('hex')}`;

const expected = digest((await exported().toBuffer()).toString());

/** Keeps chunks as they come. */
class Keeper {
  readonly chunks: Buffer[] = [];
  readonly keep = (chunk: Buffer) => void this.chunks.push(chunk);

  get text(): string {
    return digest(Buffer.concat(this.chunks).toString());
  }
}

/** A stream that takes each chunk at once, and keeps it. */
function keeping(keeper: Keeper): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      keeper.keep(chunk);
      setImmediate(callback);
    },
  });
}

const drained = (stream: Readable) => stream.resume().once('end', () => {});

/** A connection to a server in this process, which reads everything. */
async function withSocket(work: (socket: Socket) => Promise<void>): Promise<string> {
  let took: (text: Promise<Buffer>) => void = () => {};
  const got = new Promise<Buffer>((resolve) => {
    took = resolve;
  });
  const server = createSocketServer((socket) => took(buffer(socket))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  await work(socket);
  server.close();
  return digest((await got).toString());
}

test('a listener keeps what a stage of sluice is given too', async () => {
  const keeper = new Keeper();
  const stream = exported();
  stream.on('data', keeper.keep);
  await buffer(stream.pipe(gzip()));
  expect(keeper.text).toBe(expected);
});

test.each(['for await', 'toWeb', 'on'] as const)(
  'who reads by %s and writes to a stage keeps the chunks',
  async (way) => {
    const keeper = new Keeper();
    const stage = base64();
    const all = buffer(stage);
    const stream = exported();
    const forward = async (chunk: Buffer) => {
      keeper.keep(chunk);
      if (!stage.write(chunk)) await new Promise((resolve) => stage.once('drain', resolve));
    };
    if (way === 'on') {
      stream.on('data', (chunk: Buffer) => {
        keeper.keep(chunk);
        stage.write(chunk);
      });
      await new Promise((resolve) => stream.once('end', resolve));
    } else {
      const chunks: AsyncIterable<Uint8Array> = way === 'toWeb' ? stream.toWeb() : stream;
      for await (const chunk of chunks) await forward(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    }
    stage.end();
    expect(digest(Buffer.from((await all).toString(), 'base64').toString())).toBe(expected);
    expect(keeper.text).toBe(expected);
  },
);

test('a stream of the caller that forwards to a stage keeps the chunks', async () => {
  const keeper = new Keeper();
  const stage = gzip();
  drained(stage);
  const forwarding = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      keeper.keep(chunk);
      stage.write(chunk, callback);
    },
  });
  await exported().to(forwarding);
  expect(keeper.text).toBe(expected);
});

test('a destination that puts a stream before that of another one gets bytes of its own', async () => {
  const text = await withSocket(async (socket) => {
    const inner = writable(socket);
    const slow: Destination = {
      name: 'slow',
      async open(context) {
        const delivery = await inner.open(context);
        const before = new PassThrough({ readableHighWaterMark: 1024 * 1024 });
        // Everything is taken in before anything is passed on.
        before.pipe(delivery.writable, { end: false });
        before.pause();
        before.once('finish', () => before.resume());
        const arrived = new Promise((resolve) => before.once('end', resolve));
        return { ...delivery, writable: before, commit: async () => void (await arrived) };
      },
    };
    await exported().to(slow);
    socket.end();
  });
  expect(text).toBe(expected);
});

test('a listener that a pipe event adds keeps what is delivered', async () => {
  const keeper = new Keeper();
  const text = await withSocket(async (socket) => {
    socket.once('pipe', (from: Readable) => from.on('data', keeper.keep));
    await exported().to(socket);
  });
  expect(text).toBe(expected);
  expect(keeper.text).toBe(expected);
});

test('a function in place of write keeps what is delivered, whenever it comes', async () => {
  const keeper = new Keeper();
  const text = await withSocket(async (socket) => {
    socket.once('pipe', () => {
      const write = socket.write.bind(socket);
      socket.write = (chunk: Buffer) => {
        keeper.keep(chunk);
        return write(chunk);
      };
    });
    await exported().to(socket);
  });
  expect(text).toBe(expected);
  expect(keeper.text).toBe(expected);
});

test('nobody else can read from a stream that is delivered', async () => {
  const taken: Buffer[] = [];
  const stream = exported();
  const text = await withSocket(async (socket) => {
    const reading = setInterval(() => {
      const chunk: unknown = stream.read();
      if (Buffer.isBuffer(chunk)) taken.push(chunk);
    });
    await stream.to(socket);
    clearInterval(reading);
  });
  expect(text).toBe(expected);
  expect(Buffer.concat(taken)).toHaveLength(0);
});

test('a response over a connection of the caller, which keeps chunks, gets bytes of its own', async () => {
  const keeper = new Keeper();
  const server = createServer((_request, response: ServerResponse) => {
    exported()
      .to(writable(response))
      .catch(() => {});
  });
  // The connection holds what is written to it until the end.
  const connection = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      keeper.keep(chunk);
      callback();
    },
  });
  server.emit('connection', connection);
  connection.push('GET / HTTP/1.0\r\n\r\n');
  await new Promise((resolve) => connection.once('finish', resolve));
  const text = Buffer.concat(keeper.chunks).toString();
  expect(digest(text.slice(text.indexOf('\r\n\r\n') + 4))).toBe(expected);
});

test('a stream in place of standard output, which keeps chunks, gets bytes of its own', async () => {
  const keeper = new Keeper();
  const real = Object.getOwnPropertyDescriptor(process, 'stdout');
  Object.defineProperty(process, 'stdout', { configurable: true, value: keeping(keeper) });
  try {
    await exported().to(writable(process.stdout));
  } finally {
    if (real) Object.defineProperty(process, 'stdout', real);
  }
  expect(keeper.text).toBe(expected);
});

// Node 22 and 24 send the end of a corked response before its last chunks.
const CORKS = /^v(22|24)\./.test(process.version) ? [false] : [false, true];

test.each(CORKS)('a response gets all bytes of a slow delivery, corked: %s', async (corks) => {
  const server = createServer((_request, response) => {
    const timer = setInterval(() => {
      if (!corks) return;
      response.cork();
      setImmediate(() => response.uncork());
    });
    exported()
      .to(writable(response))
      .finally(() => clearInterval(timer))
      .catch(() => {});
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const response = await new Promise<Readable>((resolve) => request({ port, host: '127.0.0.1' }, resolve).end());
  expect(digest((await buffer(response)).toString())).toBe(expected);
  server.close();
});

test('a stream that takes many results keeps no listeners of them', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, callback) => callback() });
  const destination: Destination = {
    name: 'shared',
    open: async () => ({ writable: stream, releasesBytes: stream, commit: async () => {}, discard: async () => {} }),
  };
  await exported().to(destination);
  expect(stream.listenerCount('drain')).toBe(0);
});
