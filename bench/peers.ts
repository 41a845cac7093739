/** What a user would pick instead, each at its honest best: select products, write them as JSON, wrap them. */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import chain from 'stream-chain';
import parseJsonLines from 'stream-chain/node/jsonl/parser.js';
import { Assembler } from 'stream-json/assembler.js';
import { pick } from 'stream-json/filters/pick.js';
import { jsonParser, parser, type Token } from 'stream-json/parser.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { streamValues } from 'stream-json/streamers/stream-values.js';
import { EnvelopeSink } from './envelope-sink.js';
import type { Outcome } from './race.js';

/** The type that is selected. */
export const WANTED = 'product';

/** Bytes read at a time by tuned peers; where the documentation shows none, peers read as Node does by default. */
const READ_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** An entity, as far as the selection looks at it. */
interface Typed {
  readonly type?: unknown;
}

/** `readline`, `JSON.parse`, `JSON.stringify`: the first thing that comes to mind. */
export async function readlineParse(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) take(JSON.parse(line), sink);
  return sink.end();
}

/** Whole lines of each chunk to one string, split, `JSON.parse`, `JSON.stringify`. */
export async function splitParse(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  await forWholeLines(path, (lines) => {
    for (const line of lines.toString('utf8').split('\n')) if (line !== '') take(JSON.parse(line), sink);
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

/** The whole document in memory; ends where V8's longest string does, at 512 MB. */
export async function parseWhole(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const document: { readonly entities: readonly Typed[] } = JSON.parse(await readFile(path, 'utf8'));
  for (const entity of document.entities) take(entity, sink);
  return sink.end();
}

/** stream-json over a document, as its README shows. */
export function streamJsonDocument(path: string): Promise<Outcome> {
  return collect(chain([createReadStream(path), parser(), pick({ filter: 'entities' }), streamArray()]));
}

/** Tokens in one piece only: the assembler reads no others. */
const PACKED = { packValues: true, streamValues: false };

/** The same with half the tokens, no wasted assembly, and the chunk size that suits it best (Node's own, 64 KB). */
export function streamJsonDocumentTuned(path: string): Promise<Outcome> {
  const objectFilter = (assembler: Assembler) => (assembler.depth === 2 ? isWanted(assembler.current) : null);
  return collect(
    chain([createReadStream(path), parser(PACKED), pick({ filter: 'entities' }), streamArray({ objectFilter })]),
  );
}

/**
 * stream-json's tokenizer and assembler called in a loop of one's own, without pipeline, `pick` and streamer; what is
 * not selected is not assembled. No pipeline that its documentation shows is as fast.
 */
export async function streamJsonByHand(path: string): Promise<Outcome> {
  const sink = new EnvelopeSink();
  const tokenize = jsonParser(PACKED);
  const decoder = new TextDecoder();
  let assembler = new Assembler();
  let depth = 0;
  let skipping = false;

  for await (const chunk of createReadStream(path)) {
    for (const token of tokensOf(tokenize(decoder.decode(chunk, { stream: true })))) consume(token);
  }
  return sink.end();

  function consume(token: Token): void {
    const { name } = token;
    const before = depth;
    if (name === 'startObject' || name === 'startArray') depth++;
    else if (name === 'endObject' || name === 'endArray') depth--;
    // 1 is the document, 2 the array, 3 an entity.
    if (depth < 3 && before < 3) return;
    if (!skipping) assembler.consume(token);
    if (depth === 2) {
      if (skipping) assembler = new Assembler();
      else if (isWanted(assembler.current)) sink.add(JSON.stringify(assembler.current));
      skipping = false;
    } else if (depth === 3 && name === 'stringValue' && !skipping) {
      skipping = isWanted(assembler.current) === false;
    }
  }
}

/** stream-json over lines, as its documentation shows for values that follow one another. */
export function streamJsonLines(path: string): Promise<Outcome> {
  return collect(chain([createReadStream(path), parser({ jsonStreaming: true }), streamValues()]));
}

/** The same with fewer tokens and early rejection. */
export function streamJsonLinesTuned(path: string): Promise<Outcome> {
  const objectFilter = (assembler: Assembler) => (assembler.depth === 1 ? isWanted(assembler.current) : null);
  return collect(
    chain([createReadStream(path), parser({ ...PACKED, jsonStreaming: true }), streamValues({ objectFilter })]),
  );
}

/** What stream-json's authors recommend for lines: `JSON.parse` per line, in stream-chain. */
export function streamChainLines(path: string): Promise<Outcome> {
  return collect(chain([createReadStream(path, { highWaterMark: READ_BYTES }), parseJsonLines()]));
}

/** Adds the entity to the sink if it is wanted. */
function take(entity: Typed, sink: EnvelopeSink): void {
  if (entity.type === WANTED) sink.add(JSON.stringify(entity));
}

/** Whether the entity is wanted; null while its type is unknown. */
function isWanted(entity: unknown): boolean | null {
  if (typeof entity !== 'object' || entity === null || !('type' in entity)) return null;
  return entity.type === WANTED;
}

/** Takes what a pipeline assembles. */
async function collect(stream: Readable): Promise<Outcome> {
  const sink = new EnvelopeSink();
  await new Promise<void>((resolve, reject) => {
    // Events cost a peer less than asynchronous iteration.
    stream.on('data', ({ value }: { value: Typed }) => take(value, sink));
    stream.once('end', resolve);
    stream.once('error', reject);
  });
  return sink.end();
}

function tokensOf(answer: unknown): readonly Token[] {
  return typeof answer === 'object' && answer !== null && 'values' in answer ? (answer.values as Token[]) : [];
}

/** Reads a file in large chunks and hands over the whole lines of each; the buffer is new each time. */
async function forWholeLines(path: string, use: (lines: Buffer) => void): Promise<void> {
  const file = await open(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(rest.length + READ_BYTES);
      rest.copy(chunk);
      const { bytesRead } = await file.read(chunk, rest.length, READ_BYTES);
      const whole = chunk.subarray(0, rest.length + bytesRead);
      const end = bytesRead === 0 ? whole.length : whole.lastIndexOf(NEWLINE) + 1;
      if (end > 0) use(whole.subarray(0, end));
      rest = whole.subarray(end);
      if (bytesRead === 0) return;
    }
  } finally {
    await file.close();
  }
}
