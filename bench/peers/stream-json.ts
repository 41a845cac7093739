/** stream-json and stream-chain: as documented, tuned, and with the tokenizer called directly. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import chain from 'stream-chain';
import parseJsonLines from 'stream-chain/node/jsonl/parser.js';
import { Assembler } from 'stream-json/assembler.js';
import { pick } from 'stream-json/filters/pick.js';
import { jsonParser, parser, type Token } from 'stream-json/parser.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { streamValues } from 'stream-json/streamers/stream-values.js';
import type { Outcome } from '../race.js';
import { EnvelopeSink } from './envelope-sink.js';
import { isWanted, type Typed, take } from './take.js';
import { READ_BYTES } from './whole-lines.js';

/** stream-json on a document, as in its README. */
export function streamJsonDocument(path: string): Promise<Outcome> {
  return collect(chain([createReadStream(path), parser(), pick({ filter: 'entities' }), streamArray()]));
}

/** Emits only packed tokens: the assembler needs no others. */
const PACKED = { packValues: true, streamValues: false };

/** The same with half the tokens, no wasted assembly, and its best chunk size (Node's default, 64 KB). */
export function streamJsonDocumentTuned(path: string): Promise<Outcome> {
  const objectFilter = (assembler: Assembler) => (assembler.depth === 2 ? isWanted(assembler.current) : null);
  return collect(
    chain([createReadStream(path), parser(PACKED), pick({ filter: 'entities' }), streamArray({ objectFilter })]),
  );
}

/**
 * stream-json's tokenizer and assembler in a custom loop, without pipeline, `pick` and streamer; only selected entities
 * are assembled. It is faster than every documented pipeline.
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

/** stream-json on lines, as documented for concatenated values. */
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

/** The recommendation of stream-json's authors for lines: `JSON.parse` per line, in stream-chain. */
export function streamChainLines(path: string): Promise<Outcome> {
  return collect(chain([createReadStream(path, { highWaterMark: READ_BYTES }), parseJsonLines()]));
}

/** Takes the objects that a pipeline assembles. */
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

function tokensOf(result: unknown): readonly Token[] {
  return typeof result === 'object' && result !== null && 'values' in result ? (result.values as Token[]) : [];
}
