/** Any Node stream as a destination: standard output, an HTTP response, a stream of the caller's own. */
import type { Writable } from 'node:stream';
import type { Destination } from './destination.js';
import { identityOfStream } from './identity.js';

/** Writes to a stream; what was written cannot be undone, so a failed run destroys it unless it is a standard stream. */
export function writable(stream: Writable, name = 'the output stream'): Destination {
  return {
    name,
    identity: () => identityOfStream(stream),
    open: async () => ({
      writable: stream,
      commit: async () => {},
      discard: async () => {
        if (stream !== process.stdout && stream !== process.stderr) stream.destroy();
      },
    }),
  };
}
