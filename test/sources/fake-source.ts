/** For tests: sources that count their calls, and fail on demand. */
import { type CatalogOptions, catalogChunks } from '../../src/generate/catalog.js';
import type { ByteInput, Source } from '../../src/sources/source.js';

/** The calls of a source so far. */
export interface Watched {
  readonly source: Source;
  opened: number;
  closed: number;
  /** Bytes returned. */
  bytes: number;
  /** Number of reads. */
  reads: number;
}

/** The behaviour of a source. */
export interface Behaviour {
  /** Called before each read with the number of earlier ones; the read fails with what it throws. */
  readonly beforeRead?: (reads: number) => void | Promise<void>;
  /** Number of bytes after which the read fails. */
  readonly failAfter?: number;
}

/** A source of these chunks that records its calls. */
export function watched(chunks: Iterable<Uint8Array>, { beforeRead, failAfter }: Behaviour = {}): Watched {
  const seen: Watched = {
    opened: 0,
    closed: 0,
    bytes: 0,
    reads: 0,
    source: {
      async *inputs() {
        seen.opened++;
        yield input(chunks[Symbol.iterator]());
      },
    },
  };
  return seen;

  function input(iterator: Iterator<Uint8Array>): ByteInput {
    let rest: Uint8Array = new Uint8Array(0);
    return {
      kind: 'bytes',
      name: 'the fake',
      async read(into) {
        await beforeRead?.(seen.reads++);
        if (failAfter !== undefined && seen.bytes >= failAfter) throw new Error('the line went dead');
        while (rest.length === 0) {
          const next = iterator.next();
          if (next.done) return 0;
          rest = next.value;
        }
        const length = Math.min(rest.length, into.length);
        into.set(rest.subarray(0, length));
        rest = rest.subarray(length);
        seen.bytes += length;
        return length;
      },
      async close() {
        seen.closed++;
      },
    };
  }
}

/** A generated catalog as a recorded source; lines by default. */
export function watchedCatalog(options: Partial<CatalogOptions>, behaviour: Behaviour = {}): Watched {
  return watched(catalogChunks({ seed: 1, form: 'lines', ...options }), behaviour);
}
