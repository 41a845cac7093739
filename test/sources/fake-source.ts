/** For tests: sources that count what happens to them, and fail when they are told to. */
import { type CatalogOptions, catalogChunks } from '../../src/generate/catalog.js';
import type { ByteInput, Source } from '../../src/sources/source.js';

/** What has happened to a source so far. */
export interface Watched {
  readonly source: Source;
  opened: number;
  closed: number;
  /** Bytes handed out. */
  bytes: number;
  /** Times that bytes were asked for. */
  reads: number;
}

/** How a source behaves. */
export interface Behaviour {
  /** Called before each read, with how many there were before it; what it throws, the read fails with. */
  readonly beforeRead?: (reads: number) => void | Promise<void>;
  /** After this many bytes the read fails. */
  readonly failAfter?: number;
}

/** A source of these chunks, opened and closed before our eyes. */
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

/** A generated catalog as a watched source: lines unless told otherwise. */
export function watchedCatalog(options: Partial<CatalogOptions>, behaviour: Behaviour = {}): Watched {
  return watched(catalogChunks({ seed: 1, form: 'lines', ...options }), behaviour);
}
