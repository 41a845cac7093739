/** Any Node stream as a destination: standard output, an HTTP response, a stream of the caller. */
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { acceptArgument, check, filledText } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';
import type { Destination } from './destination.js';
import { identityOfStream } from './identity.js';

const writableCheck = check(isStream, 'a Writable of Node');

function isStream(value: unknown): boolean {
  return isObject(value) && typeof value.write === 'function' && typeof value.end === 'function';
}

/**
 * Whether a value is a Node stream, which needs no `writable(…)`. Responses of HTTP and streams of other packages are no
 * instances of `Writable`; what has `open` is a destination.
 */
export function isWritable(place: unknown): place is Writable {
  return place instanceof Writable || (isStream(place) && isObject(place) && typeof place.open !== 'function');
}

/** Standard streams and sockets of Node, by what they are made of: finding that out takes longer than many a write. */
const OF_NODE = new WeakSet<Writable>();

/**
 * Whether a stream hands bytes to the system, and keeps none that were written: standard streams, sockets and responses of
 * HTTP, unless `write` was replaced. What another stream does with them is unknown.
 */
function handsOver(stream: Writable): boolean {
  if (Object.hasOwn(stream, 'write')) return false;
  if (OF_NODE.has(stream)) return true;
  const isStandard = stream === process.stdout || stream === process.stderr;
  if ((isStandard && isFileOfNode(stream)) || isSocketOfNode(stream) || (isStandard && isTerminalOfNode(stream))) {
    OF_NODE.add(stream);
    return true;
  }
  if (isStandard) return false;
  const kind: unknown = Object.getPrototypeOf(stream);
  // Who has a response has loaded the modules; others need not.
  if (!isResponse(stream) || kind !== process.getBuiltinModule('node:http').ServerResponse.prototype) return false;
  // A response that waits for another one on its connection has no socket yet, and a connection may be any stream.
  const { socket } = stream;
  if (!socket || Object.hasOwn(socket, 'write')) return false;
  const way: unknown = Object.getPrototypeOf(socket);
  return way === Socket.prototype || way === process.getBuiltinModule('node:tls').TLSSocket.prototype;
}

// These are asked in this order: each of the last two loads a module that a stream to a file needs not.

/** Whether a standard stream is that of Node to a file, not something in its place. */
function isFileOfNode(stream: Writable): boolean {
  // The class is not public.
  return stream.constructor.name === 'SyncWriteStream' && 'fd' in stream && (stream.fd === 1 || stream.fd === 2);
}

function isSocketOfNode(stream: Writable): boolean {
  return Object.getPrototypeOf(stream) === Socket.prototype;
}

function isTerminalOfNode(stream: Writable): boolean {
  return Object.getPrototypeOf(stream) === process.getBuiltinModule('node:tty').WriteStream.prototype;
}

function isResponse(stream: Writable): stream is ServerResponse {
  return 'setHeader' in stream;
}

/** Writes to a stream. Written bytes cannot be undone, so a failed run destroys it unless it is a standard stream. */
export function writable(stream: Writable, name = 'the output stream'): Destination {
  acceptArgument('stream', stream, writableCheck);
  acceptArgument('name', name, filledText);
  return {
    name,
    identity: () => identityOfStream(stream),
    async open() {
      if (stream.writableEnded) {
        const message = `${name} has ended; it takes one result`;
        throw new SluiceError('ALREADY_USED', 'write', message, { path: name });
      }
      return {
        writable: stream,
        get releasesBytes() {
          return handsOver(stream) ? stream : undefined;
        },
        commit: async () => {},
        discard: async () => {
          if (stream !== process.stdout && stream !== process.stderr) stream.destroy();
        },
      };
    },
  };
}
