/** Decompresses gzip input, recognised by its first two bytes, with Node's zlib. */
import { CompressedBytes } from './compressed-bytes.js';
import { GZIP_MAGIC, inflateMembers } from './gzip-members.js';
import { peekInput } from './peek-input.js';
import type { ByteInput } from './source.js';
import { untilAborted } from './until-aborted.js';

/** Maximum of bytes that are peeked at. */
const FRONT_BYTES = 64 * 1024;

/**
 * Returns an input of the decompressed bytes if the given one is gzip (one member or several), otherwise one of the same
 * bytes. Closing it closes the given one.
 */
export async function decompressed(input: ByteInput, signal: AbortSignal): Promise<ByteInput> {
  const { front, input: whole } = await peekInput(input, FRONT_BYTES, ({ length }) => length >= GZIP_MAGIC.length);
  return isGzip(front) ? gunzipped(whole, signal) : whole;
}

/** Whether bytes begin as gzip does. */
export function isGzip(front: Buffer): boolean {
  return front.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

function gunzipped(input: ByteInput, signal: AbortSignal): ByteInput {
  const closing = new AbortController();
  const compressed = new CompressedBytes((into) => untilAborted(input.read(into), closing.signal));
  const pieces = inflateMembers(compressed, input.name);
  let rest: Buffer = Buffer.alloc(0);
  let failure: { readonly cause: unknown } | undefined;
  return {
    kind: 'bytes',
    name: input.name,
    path: input.path,
    async read(into) {
      // A generator that has failed reports that it is done.
      if (failure) throw failure.cause;
      try {
        while (rest.length === 0) {
          const next = await untilAborted(pieces.next(), signal);
          if (next.done) return 0;
          rest = next.value;
        }
      } catch (cause) {
        failure = { cause };
        throw cause;
      }
      const length = rest.copy(into);
      rest = rest.subarray(length);
      return length;
    },
    async close() {
      // A read may be pending for as long as the input takes: its caller is notified first.
      closing.abort();
      await input.close();
      await pieces.return().catch(() => {});
    },
  };
}
