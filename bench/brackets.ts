/** Entities that consist almost entirely of brackets: the worst case for a scanner that visits each of them. */
import type { Selection } from './input.js';

/** Depth of each run of brackets, within sluice's default limit. */
const DEPTH = 500;

/** Runs in an entity: about 4 KB. */
const RUNS = 4;

/** One in this many entities has the wanted type. */
const WANTED_EVERY = 3;

/** Approximate bytes of a chunk. */
const CHUNK_BYTES = 256 * 1024;

/** Makes lines of such entities, of at least this many bytes. */
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
