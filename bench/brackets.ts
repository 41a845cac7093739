/** Entities of nearly nothing but brackets: the worst case for whoever looks at each of them. */
import type { Selection } from './input.js';

/** Depth of each run of brackets, within the limit that sluice has by default. */
const DEPTH = 500;

/** Runs in an entity, which make about 4 KB. */
const RUNS = 4;

/** One in so many entities is of the wanted type. */
const WANTED_EVERY = 3;

/** Bytes of a chunk, about. */
const CHUNK_BYTES = 256 * 1024;

/** Makes lines of such entities, with at least so many bytes. */
export function bracketLines(
  leastBytes: number,
  wantedType: string,
): { readonly chunks: Iterable<Buffer>; readonly wanted: Selection } & Selection {
  const run = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
  const data = `{"attributes":{"nested":[${Array.from({ length: RUNS }, () => run).join(',')}]}}`;
  const line = (type: string) => `{"id":"e1","type":"${type}","data":${data}}\n`;
  const group = line(wantedType) + line('sku').repeat(WANTED_EVERY - 1);
  const perChunk = Math.ceil(CHUNK_BYTES / group.length);
  const chunk = Buffer.from(group.repeat(perChunk));
  const count = Math.max(1, Math.ceil(leastBytes / chunk.length));
  const groups = count * perChunk;
  return {
    chunks: Array.from({ length: count }, () => chunk),
    entities: groups * WANTED_EVERY,
    bytes: count * chunk.length,
    wanted: { entities: groups, bytes: groups * (line(wantedType).length - 1) },
  };
}
