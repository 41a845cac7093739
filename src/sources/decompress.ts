/** An input of the bytes that a decompressor makes of another input. */
import { SluiceError } from '../terms/errors.js';
import { CompressedBytes } from './compressed-bytes.js';
import type { ByteInput } from './source.js';
import { untilAborted } from './until-aborted.js';

/** Decompresses all bytes; throws typed faults with the offset among the compressed ones. */
export type Decompressor = (bytes: CompressedBytes, name: string) => AsyncGenerator<Buffer, void>;

/** Most text that is read on in search of damage. */
const MOST_SEARCHED = 256 * 1024 * 1024;

const DAMAGED: ReadonlySet<unknown> = new Set(['CORRUPT_GZIP', 'CORRUPT_ZSTD', 'TRUNCATED']);

/** Why the pending read of a closed input fails. Without a reason, each signal makes an exception with its stack. */
const CLOSED = new Error('the input is closed');

/** Makes the input. Closing it closes the given one, and settles its pending read. */
export function decompressedBy(decompress: Decompressor, input: ByteInput, signal: AbortSignal): ByteInput {
  const closing = new AbortController();
  const size = input.size ?? input.open?.size;
  const compressed = new CompressedBytes((into) => untilAborted(input.read(into), closing.signal), size);
  const pieces = decompress(compressed, input.name);
  let rest: Buffer = Buffer.alloc(0);
  let failure: { readonly cause: unknown } | undefined;
  return {
    kind: 'bytes',
    name: input.name,
    path: input.path,
    notes: () => input.notes?.() ?? [],
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
    async damage() {
      try {
        // A checksum comes after its data.
        for (let left = MOST_SEARCHED; left > 0 && !failure; ) {
          const next = await untilAborted(pieces.next(), signal);
          if (next.done) return undefined;
          left -= next.value.length;
        }
      } catch (cause) {
        failure = { cause };
      }
      const { cause }: { readonly cause?: unknown } = failure ?? {};
      return cause instanceof SluiceError && DAMAGED.has(cause.code) ? cause : undefined;
    },
    async close() {
      // A read may be pending for as long as the input takes: its caller is notified first.
      closing.abort(CLOSED);
      await input.close();
      await pieces.return().catch(() => {});
    },
  };
}
