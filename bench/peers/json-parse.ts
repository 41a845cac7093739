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

/** `readline`, `JSON.parse`, `JSON.stringify`: the first thing that comes to mind. */
export async function readlineParse(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) take(JSON.parse(line), sink);
  return sink.end();
}

/**
 * Whole lines of each chunk to one string, split, `JSON.parse`, `JSON.stringify`.
 * @param also what a wanted entity must be like beside its type; default anything
 */
export async function splitParse<Entity extends Typed>(
  path: string,
  also: (entity: Entity) => boolean = () => true,
): Promise<Outcome> {
  const sink = new EnvelopeSink();
  await forWholeLines(path, (lines) => {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const entity: Entity = JSON.parse(line);
      if (entity.type === WANTED && also(entity)) sink.add(JSON.stringify(entity));
    }
  });
  return sink.end();
}

/** The same, but what is selected is passed on as the bytes that were read. */
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

/** Bytes of the longest string that V8 makes, 2^29 - 24: a document beyond it cannot be parsed whole. */
export const LONGEST_STRING_BYTES = 2 ** 29 - 24;

/** The whole document in memory. */
export async function parseWhole(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const document: { readonly entities: readonly Typed[] } = JSON.parse(await readFile(path, 'utf8'));
  for (const entity of document.entities) take(entity, sink);
  return sink.end();
}
