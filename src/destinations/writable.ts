/** Any Node stream as a destination: standard output, an HTTP response, a stream of the caller. */
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { acceptArgument, check, filledText } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';
import type { Destination } from './destination.js';
import { identityOfStream } from './identity.js';

const writableCheck = check(
  (value) => isObject(value) && typeof value.write === 'function' && typeof value.end === 'function',
  'a Writable of Node',
);

/** Whether a value is a Node stream, which needs no `writable(…)`. */
export function isWritable(place: unknown): place is Writable {
  return place instanceof Writable;
}

/**
 * Whether a stream hands bytes to the system, and keeps none that were written: standard streams, sockets and responses of
 * HTTP, unless `write` was replaced. What another stream does with them is unknown.
 */
function releasesBytes(stream: Writable): boolean {
  if (Object.hasOwn(stream, 'write')) return false;
  if (stream === process.stdout || stream === process.stderr) return true;
  const kind: unknown = Object.getPrototypeOf(stream);
  if (kind === Socket.prototype) return true;
  // Who has a response has loaded the module; others need not.
  return 'setHeader' in stream && kind === process.getBuiltinModule('node:http').ServerResponse.prototype;
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
        releasesBytes: releasesBytes(stream),
        commit: async () => {},
        discard: async () => {
          if (stream !== process.stdout && stream !== process.stderr) stream.destroy();
        },
      };
    },
  };
}
