/** The second reader: stream-json turns JSON text into objects, for those who want values rather than bytes. */
import type { Duplex } from 'node:stream';
import { chain } from 'stream-chain';
import pick from 'stream-json/filters/pick.js';
import parser from 'stream-json/parser.js';
import streamArray from 'stream-json/streamers/stream-array.js';
import streamValues from 'stream-json/streamers/stream-values.js';
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import { skipWhitespace } from '../../scan/bytes.js';
import { DETECTION_LIMIT, type DetectedForm, decideForm } from '../../scan/detect-form.js';
import { findArrays, tellArrays } from '../../scan/find-arrays.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { ReadPlan } from '../../terms/plan.js';
import type { ByteInput, ObjectInput } from './source.js';

const READ_BYTES = 64 * 1024;

/**
 * The entities of an input as stream-json assembles them. Faults are told with their record, not their byte; of
 * repeated keys the last one counts, and numbers become doubles.
 */
export function streamJsonObjects(input: ByteInput, plan: ReadPlan): ObjectInput {
  return { kind: 'objects', name: input.name, objects: assemble(input, plan) };
}

async function* assemble(input: ByteInput, plan: ReadPlan): AsyncGenerator<unknown> {
  const { front, detected } = await readFront(input, plan);
  if (front.length === 0) return;
  const { stream, arrayFound } = assembler(detected, input.name);
  // A failure is met where it is waited for; once more, as an event, it must only not be an uncaught one.
  stream.on('error', () => {});
  let recordIndex = 0;
  let lineHasValue = false;
  let complete = false;
  try {
    for await (const text of texts(front, input)) {
      for (const piece of pieces(text, detected.form === 'lines' ? '\n' : '}')) {
        if (turnIsOver()) await nextTurn();
        await written(stream, piece);
        for (let item = stream.read(); item !== null; item = stream.read()) {
          if (detected.form === 'lines' && lineHasValue) throw new Error('something follows the entity on its line');
          lineHasValue = true;
          yield item.value;
          recordIndex++;
        }
        if (piece.endsWith('\n')) lineHasValue = false;
      }
    }
    complete = true;
    stream.end();
    for await (const item of stream) {
      if (turnIsOver()) await nextTurn();
      yield item.value;
      recordIndex++;
    }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    const message = `${input.name}: ${messageOf(cause)} (record ${recordIndex})`;
    const code = complete ? 'TRUNCATED' : 'INVALID_JSON';
    throw new SluiceError(code, 'read', message, { source: input.name, recordIndex, cause });
  } finally {
    stream.destroy();
  }
  if (!arrayFound()) {
    const message = `${input.name}: there is no array at ${detected.path.join('.')}`;
    throw new SluiceError('NO_ENTITIES', 'read', message, { source: input.name, recordIndex });
  }
}

/** The stream that text is written to and objects are read from. */
function assembler(
  { form, path }: DetectedForm,
  source: string,
): { readonly stream: Duplex; readonly arrayFound: () => boolean } {
  if (form === 'lines') {
    return { stream: chain([parser({ jsonStreaming: true }), streamValues()]), arrayFound: () => true };
  }
  if (form === 'array') return { stream: chain([parser(), streamArray()]), arrayFound: () => true };
  let found = false;
  const filter = (stack: readonly unknown[], { name }: { readonly name: string }) => {
    const isArray = name === 'startArray' && stack.length === path.length && path.every((key, at) => key === stack[at]);
    if (isArray && found) {
      throw new SluiceError('DUPLICATE_KEY', 'read', `${source}: a second array at ${path.join('.')}`, { source });
    }
    found ||= isArray;
    return isArray;
  };
  return { stream: chain([parser(), pick({ filter }), streamArray()]), arrayFound: () => found };
}

/**
 * Cuts a text behind each mark, so that an entity is read from the stream before the next one can fail: a stream that
 * fails gives up what it still holds.
 */
function* pieces(text: string, mark: string): Generator<string> {
  let from = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, from)) {
    yield text.slice(from, at + 1);
    from = at + 1;
  }
  if (from < text.length) yield text.slice(from);
}

function written(stream: Duplex, piece: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(piece, (error) => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The input as text, decoded strictly: stream-json would put a replacement for what is not UTF-8. */
async function* texts(front: Buffer, input: ByteInput): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new SluiceError('INVALID_UTF8', 'read', `${input.name}: not UTF-8`, { source: input.name, cause });
    }
  };
  yield decode(front);
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  for (let length = await input.read(chunk); length > 0; length = await input.read(chunk)) {
    yield decode(chunk.subarray(0, length));
  }
  yield decode();
}

/** Reads until the form is known; answers what was read for it, without a byte order mark. */
async function readFront(input: ByteInput, plan: ReadPlan): Promise<{ front: Buffer; detected: DetectedForm }> {
  const front = Buffer.allocUnsafe(DETECTION_LIMIT + READ_BYTES);
  let length = 0;
  for (;;) {
    const read = await input.read(front.subarray(length, length + READ_BYTES));
    length += read;
    const bytes = withoutByteOrderMark(front.subarray(0, length));
    const start = skipWhitespace(bytes, 0, bytes.length);
    const isBlank = start === bytes.length;
    const isFull = length >= DETECTION_LIMIT;
    if (isBlank && (read === 0 || isFull)) return { front: bytes.subarray(read === 0 ? start : 0), detected: LINES };
    const decided = isBlank ? undefined : decideForm(bytes, start, bytes.length, read === 0, plan);
    if (decided && decided !== 'undecided') return { front: bytes, detected: decided };
    if (decided === 'undecided' || isFull) {
      const arrays = tellArrays(findArrays(bytes, start, bytes.length));
      const message =
        `${input.name}: the first megabyte does not tell its form; say it by input or path` +
        (arrays === undefined ? '' : `; it holds ${arrays}`);
      throw new SluiceError('UNDECIDED_FORM', 'read', message, { source: input.name });
    }
  }
}

const LINES: DetectedForm = { form: 'lines', path: [] };

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
