/** The encoder: entities to the bytes of a document, an array or lines. Here records are counted as written. */

import { CARRIAGE_RETURN, NEWLINE } from '../../scan/ascii.js';
import { type Batch, type ByteBatch, END, entityCount, type ObjectBatch, ROW_WIDTH, START } from '../../terms/batch.js';
import { SluiceError } from '../../terms/errors.js';
import type { JsonFormat } from '../../terms/profile.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { compileSchema, ENTITY_SCHEMA, type EntitySchema } from './entity-schema.js';
import { FRAMINGS, type Framing } from './framing.js';

/** How entities become bytes. */
export interface EncodeOptions {
  /** Default `json`: the document `{"entities":[…]}`. */
  readonly format?: JsonFormat;
  /** Schema for entities that arrive as objects; default: the documented entity. */
  readonly schema?: EntitySchema;
  /** Each chunk is used up before the next batch comes, so that its memory may be used again; default false. */
  readonly recycle?: boolean;
  /** Goes on behind entities that were written before, as if by this stage; default false. */
  readonly continued?: boolean;
}

/**
 * Makes the stage. Spans of bytes are copied as they are; for NDJSON the line breaks between their tokens are left
 * out. Batches must have been checked (see the check stage), or trusted. A batch that ends in a fault is written up
 * to it, and `flush` throws the fault: what was emitted then ends behind a whole entity, without its tail.
 */
export function encodeJsonStage(options: EncodeOptions = {}): Stage<Batch, Buffer> {
  const { format = 'json', schema = ENTITY_SCHEMA, recycle = false, continued = false } = options;
  const framing = FRAMINGS[format];
  let stringify: ((entity: object) => string) | undefined;
  let started = continued;
  let empty = !continued;
  let ended = false;
  let fault: SluiceError | undefined;
  let used = Buffer.alloc(0);

  return {
    name: 'encodeJson',
    step: 'serialize',
    push(batch) {
      if (ended) return NOTHING;
      const written = entityCount(batch);
      const out = written === 0 ? NOTHING : [encode(batch)];
      if (batch.ending) ended = true;
      if (batch.ending?.kind === 'fault') fault = batch.ending.error;
      const { run, covers, filtered, rejects, ending } = batch;
      const stoppedBy = ending?.kind === 'stop' ? ending.by : undefined;
      const settled = run.settle({ covers, filtered, rejects, written, ...(stoppedBy ? { stoppedBy } : {}) });
      return settled ? settled.then(() => out) : out;
    },
    flush() {
      if (fault) throw fault;
      const rest = (started ? '' : framing.head) + framing.tail;
      return rest === '' ? NOTHING : [Buffer.from(rest)];
    },
  };

  function encode(batch: Batch): Buffer {
    const head = started ? '' : framing.head;
    started = true;
    const encoded =
      batch.kind === 'bytes'
        ? gather(batch, head, framing, !empty, format === 'ndjson' && !batch.singleLine, memory)
        : Buffer.from(head + stringifyAll(batch));
    empty = false;
    return encoded;
  }

  function memory(size: number): Buffer {
    if (!recycle) return Buffer.allocUnsafe(size);
    // Half as much again, so that chunks of about one size soon find room.
    if (used.length < size) used = Buffer.allocUnsafeSlow(size + (size >> 1));
    return used.subarray(0, size);
  }

  function stringifyAll(batch: ObjectBatch): string {
    stringify ??= compileSchema(schema);
    let text = '';
    for (let position = 0; position < batch.objects.length; position++) {
      if (!empty || position > 0) text += framing.separator;
      text += stringifyOne(stringify, batch, position);
      text += framing.terminator;
    }
    return text;
  }
}

function stringifyOne(stringify: (entity: object) => string, batch: ObjectBatch, position: number): string {
  try {
    return stringify(batch.objects[position]);
  } catch (cause) {
    const recordIndex = batch.firstIndex + batch.ordinals[position];
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${batch.source}: record ${recordIndex} cannot be written as JSON: ${reason}`;
    throw new SluiceError('UNSERIALIZABLE', 'serialize', message, { source: batch.source, recordIndex, cause });
  }
}

/** Copies the spans of a batch into one buffer, framed. */
function gather(
  batch: ByteBatch,
  head: string,
  framing: Framing,
  continued: boolean,
  unbreak: boolean,
  memory: (size: number) => Buffer,
): Buffer {
  const { bytes, rows, count } = batch;
  const { separator, terminator } = framing;
  let size = head.length + count * (separator.length + terminator.length);
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) size += rows[row + END] - rows[row + START];
  const out = memory(size);
  let length = out.write(head, 'latin1');
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    if (continued || row > 0) length = append(out, length, separator);
    const start = rows[row + START];
    const end = rows[row + END];
    length += unbreak ? copyOnOneLine(bytes, start, end, out, length) : bytes.copy(out, length, start, end);
    length = append(out, length, terminator);
  }
  return length === size ? out : out.subarray(0, length);
}

/** Writes one or two characters of ASCII; answers where to go on. */
function append(out: Buffer, at: number, ascii: string): number {
  for (let index = 0; index < ascii.length; index++) out[at++] = ascii.charCodeAt(index);
  return at;
}

/** Copies a text without its line breaks, which can only stand between tokens; answers the bytes written. */
function copyOnOneLine(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let length = at;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte !== NEWLINE && byte !== CARRIAGE_RETURN) out[length++] = byte;
  }
  return length - at;
}
