/** Peers that call `JSON.parse`: on each line, or on a whole document. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { WANTED } from '../input.js';
import type { Outcome } from '../race.js';
import { EnvelopeSink } from './envelope-sink.js';
import { type Typed, take } from './take.js';
import { forWholeLines } from './whole-lines.js';

const NEWLINE = 0x0a;

/** The obvious solution: `readline`, `JSON.parse`, `JSON.stringify`. */
export async function readlineParse(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) take(JSON.parse(line), sink);
  return sink.end();
}

/**
 * Decodes the complete lines of each chunk at once, splits them, and calls `JSON.parse` and `JSON.stringify`.
 * @param also a further condition for wanted entities
 */
export async function splitParse<Entity extends Typed>(
  path: string,
  also: (entity: Entity) => boolean = () => true,
  sink = new EnvelopeSink(),
): Promise<Outcome> {
  await forWholeLines(path, (lines) => {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const entity: Entity = JSON.parse(line);
      if (entity.type === WANTED && also(entity)) sink.add(JSON.stringify(entity));
    }
  });
  return sink.end();
}

/** The same, but passes on selected entities as the bytes that were read. */
export async function splitParseSlice(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  await forWholeLines(path, (lines) => {
    for (let start = 0; start < lines.length; ) {
      const newline = lines.indexOf(NEWLINE, start);
      const end = newline < 0 ? lines.length : newline;
      const entity: Typed = JSON.parse(lines.toString('utf8', start, end));
      if (entity.type === WANTED) sink.add(lines.subarray(start, end));
      start = end + 1;
    }
    sink.flush();
  });
  return sink.end();
}

/** Maximum string length of V8, 2^29 - 24: a larger document cannot be parsed at once. */
export const LONGEST_STRING_BYTES = 2 ** 29 - 24;

/** Parses the complete document in memory. */
export async function parseWhole(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const document: { readonly entities: readonly Typed[] } = JSON.parse(await readFile(path, 'utf8'));
  for (const entity of document.entities) take(entity, sink);
  return sink.end();
}
