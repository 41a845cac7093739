/** Entities to JSON: the bytes of a document, an array or lines. */
import { turnIsOver } from '../loop/turn.js';
import { CARRIAGE_RETURN, NEWLINE } from '../scan/ascii.js';
import { type Batch, type ByteBatch, END, type ObjectBatch, ROW_WIDTH, START } from '../terms/batch.js';
import { firstOf, Lender } from '../terms/lent-memory.js';
import type { JsonFormat } from '../terms/profile.js';
import type { Stage } from '../terms/stage.js';
import { unserializable } from '../terms/unserializable.js';
import { encodeFileStage } from './encode-file.js';
import { compileSchema, ENTITY_SCHEMA, type EntitySchema } from './entity-schema.js';
import type { Encoded, FileEncoder } from './file-encoder.js';
import { FRAMINGS, type Framing } from './framing.js';

/** How entities become JSON. */
export interface JsonOptions {
  /** Default `json`: the document `{"entities":[…]}`. */
  readonly format?: JsonFormat;
  /** Schema for entities that arrive as objects; default: the documented entity. */
  readonly schema?: EntitySchema;
  /** Each chunk is used up before the next one is requested, so its memory may be reused; default false. */
  readonly recycle?: boolean;
}

/** How entities become one file of JSON. */
export interface EncodeOptions extends JsonOptions {
  /** Continues after entities that an earlier stage has written; default false. */
  readonly continued?: boolean;
}

/** Makes the stage of one file. */
export function encodeJsonStage({ continued = false, ...options }: EncodeOptions = {}): Stage<Batch, Buffer> {
  return encodeFileStage(jsonEncoder(options), continued);
}

/**
 * Makes the encoder. Spans of bytes are copied unchanged, for NDJSON without the line breaks between their tokens.
 */
export function jsonEncoder(options: JsonOptions = {}): FileEncoder {
  const { format = 'json', schema, recycle = false } = options;
  const framing = FRAMINGS[format];
  let stringify: ((entity: object) => string) | undefined;
  let used = Buffer.alloc(0);
  const lender = new Lender();

  return {
    name: 'encodeJson',
    prepare({ kind }) {
      // A given schema is compiled in any case, to report its faults.
      if (stringify || (kind === 'bytes' && !schema)) return undefined;
      return compileSchema(schema ?? ENTITY_SCHEMA).then((compiled) => {
        stringify = compiled;
      });
    },
    encode(batch, from, to, { first, room }) {
      // All bytes of the framing are ASCII.
      const free = room - framing.tail.length;
      if (batch.kind === 'objects') return stringifyAll(batch, from, to, first, free);
      const layout = layoutOf(batch, first);
      const before = beforeLarge(batch, from, to);
      const end = free === Number.POSITIVE_INFINITY ? before : endOfFitting(batch, from, before, layout, free);
      if (end === from) return { bytes: NO_BYTES, to: end };
      const framed = first ? undefined : framedText(batch, from, end, framing);
      const bytes = framed ? copied(framed) : gather(batch, from, end, layout, (size) => memory(size, from));
      return { bytes, to: end };
    },
    encodeLarge(batch, position, { first, room }) {
      if (batch.kind === 'objects' || !isLarge(batch, position)) return undefined;
      return encodedInSteps(batch, position, first, room - framing.tail.length);
    },
    end: (empty) => Buffer.from(empty ? framing.head + framing.tail : framing.tail),
  };

  function layoutOf({ singleLine }: ByteBatch, first: boolean): Layout {
    return { framing, first, unbreak: format === 'ndjson' && !singleLine };
  }

  function* encodedInSteps(batch: ByteBatch, position: number, first: boolean, room: number): Generator<void, Encoded> {
    const { bytes, rows } = batch;
    const { head, separator, terminator } = framing;
    const layout = layoutOf(batch, first);
    const to = position + 1;
    if (room !== Number.POSITIVE_INFINITY && endOfFitting(batch, position, to, layout, room) < to) {
      return { bytes: NO_BYTES, to: position };
    }
    const end = rows[position * ROW_WIDTH + END];
    let from = rows[position * ROW_WIDTH + START];
    const out = memory(head.length + separator.length + end - from + terminator.length, position);
    let length = append(out, 0, first ? head : separator);
    for (; from < end; from += COPIED_BYTES) {
      const until = Math.min(end, from + COPIED_BYTES);
      length += layout.unbreak ? copyOnOneLine(bytes, from, until, out, length) : bytes.copy(out, length, from, until);
      yield;
    }
    length = append(out, length, terminator);
    return { bytes: firstOf(out, length), to };
  }

  /** Memory for entities from a position on. Of one batch, only the first bytes are in memory that is used again. */
  function memory(size: number, position: number): Buffer {
    if (!recycle || position > 0) return lender.lend(size);
    // Half as much again, so that chunks of about the same size soon fit.
    if (used.length < size) used = Buffer.allocUnsafeSlow(size + (size >> 1));
    return used.subarray(0, size);
  }

  /** The bytes themselves, where they are used up before their batch is released. */
  function copied(bytes: Buffer): Buffer {
    if (recycle) return bytes;
    const out = lender.lend(bytes.length);
    bytes.copy(out);
    return out;
  }

  function stringifyAll(batch: ObjectBatch, from: number, to: number, first: boolean, room: number): Encoded {
    if (!stringify) throw new TypeError('the batch was not prepared');
    let text = first ? framing.head : '';
    let size = text.length;
    let position = from;
    for (; position < to; position++) {
      const separator = first && position === from ? '' : framing.separator;
      const entity = separator + stringifyOne(stringify, batch, position) + framing.terminator;
      if (room !== Number.POSITIVE_INFINITY) size += Buffer.byteLength(entity);
      if (size > room) break;
      text += entity;
      if (turnIsOver()) {
        // The other entities wait for the next turn of the event loop.
        position++;
        break;
      }
    }
    return { bytes: position === from ? NO_BYTES : Buffer.from(text), to: position };
  }
}

const NO_BYTES = Buffer.alloc(0);

/** How the texts of a batch become a part of a file. */
interface Layout {
  readonly framing: Framing;
  /** Whether the part is the beginning of the file. */
  readonly first: boolean;
  /** Whether line breaks inside entities are left out. */
  readonly unbreak: boolean;
}

/** Larger entities are copied in steps. */
const LARGE_BYTES = 2 * 1024 * 1024;

/** Bytes that are copied in one step. */
const COPIED_BYTES = 1024 * 1024;

function isLarge({ rows }: ByteBatch, position: number): boolean {
  return rows[position * ROW_WIDTH + END] - rows[position * ROW_WIDTH + START] > LARGE_BYTES;
}

/** The position of the first large entity of a batch; `to` if there is none. */
function beforeLarge(batch: ByteBatch, from: number, to: number): number {
  if (batch.bytes.length <= LARGE_BYTES) return to;
  let position = from;
  while (position < to && !(position > from && isLarge(batch, position))) position++;
  return position;
}

function stringifyOne(stringify: (entity: object) => string, batch: ObjectBatch, position: number): string {
  try {
    return stringify(batch.objects[position]);
  } catch (cause) {
    throw unserializable(batch.source, batch.firstIndex + batch.ordinals[position], cause, 'serialize');
  }
}

/** The position after the last entity of a batch that fits, with its framing, into the room. */
function endOfFitting(
  { bytes, rows }: ByteBatch,
  from: number,
  to: number,
  { framing: { head, separator, terminator }, first, unbreak }: Layout,
  room: number,
): number {
  let size = first ? head.length - separator.length : 0;
  for (let position = from; position < to; position++) {
    const start = rows[position * ROW_WIDTH + START];
    const end = rows[position * ROW_WIDTH + END];
    size += separator.length + end - start + terminator.length;
    if (unbreak) size -= lineBreaks(bytes, start, end);
    if (size > room) return position;
  }
  return to;
}

/** Copies the spans of a batch into one buffer, framed. */
function gather(
  { bytes, rows }: ByteBatch,
  from: number,
  to: number,
  { framing, first, unbreak }: Layout,
  memory: (size: number) => Buffer,
): Buffer {
  const { separator, terminator } = framing;
  const head = first ? framing.head : '';
  const firstRow = from * ROW_WIDTH;
  let size = head.length + (to - from) * (separator.length + terminator.length);
  for (let row = firstRow; row < to * ROW_WIDTH; row += ROW_WIDTH) size += rows[row + END] - rows[row + START];
  const out = memory(size);
  let length = out.write(head, 'latin1');
  for (let row = firstRow; row < to * ROW_WIDTH; row += ROW_WIDTH) {
    if (!first || row > firstRow) length = append(out, length, separator);
    const start = rows[row + START];
    const end = rows[row + END];
    length += unbreak ? copyOnOneLine(bytes, start, end, out, length) : bytes.copy(out, length, start, end);
    length = append(out, length, terminator);
  }
  return firstOf(out, length);
}

/** The entities with their framing, where the batch has it between them already; undefined if it has not. */
function framedText(
  { bytes, rows, framing: has }: ByteBatch,
  from: number,
  to: number,
  framing: Framing,
): Buffer | undefined {
  if (has === undefined || FRAMINGS[has] !== framing) return undefined;
  const { separator, terminator } = framing;
  const gap = terminator.length + separator.length;
  // A filter may have left out entities in between.
  for (let row = (from + 1) * ROW_WIDTH; row < to * ROW_WIDTH; row += ROW_WIDTH) {
    if (rows[row + START] !== rows[row - ROW_WIDTH + END] + gap) return undefined;
  }
  const start = rows[from * ROW_WIDTH + START] - separator.length;
  return bytes.subarray(start, rows[(to - 1) * ROW_WIDTH + END] + terminator.length);
}

/** Writes one or two characters of ASCII. @returns the next offset */
function append(out: Buffer, at: number, ascii: string): number {
  for (let index = 0; index < ascii.length; index++) out[at++] = ascii.charCodeAt(index);
  return at;
}

/** Copies a text without its line breaks, which occur only between tokens. @returns the number of bytes written */
function copyOnOneLine(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let length = at;
  for (let from = start; from < end; from += BLOCK_BYTES) {
    const to = Math.min(end, from + BLOCK_BYTES);
    if (to - from === BLOCK_BYTES && !hasBreak(bytes.subarray(from, to))) {
      length += bytes.copy(out, length, from, to);
      continue;
    }
    for (let pos = from; pos < to; pos++) {
      const byte = bytes[pos];
      if (byte !== NEWLINE && byte !== CARRIAGE_RETURN) out[length++] = byte;
    }
  }
  return length - at;
}

/** Bytes that are searched for line breaks, and copied without any, at once. */
const BLOCK_BYTES = 4096;

function hasBreak(block: Buffer): boolean {
  return block.includes(NEWLINE) || block.includes(CARRIAGE_RETURN);
}

/** The number of line breaks between two offsets. */
function lineBreaks(bytes: Buffer, start: number, end: number): number {
  let breaks = 0;
  for (let pos = start; pos < end; pos++) if (bytes[pos] === NEWLINE || bytes[pos] === CARRIAGE_RETURN) breaks++;
  return breaks;
}
