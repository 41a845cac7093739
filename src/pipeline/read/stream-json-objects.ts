/** The second reader: stream-json turns JSON text into objects, for those who want values rather than bytes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pick from 'stream-json/filters/pick.js';
import streamArray from 'stream-json/streamers/stream-array.js';
import streamValues from 'stream-json/streamers/stream-values.js';
import { skipWhitespace } from '../../scan/bytes.js';
import { DETECTION_LIMIT, type DetectedForm, detectForm } from '../../scan/detect-form.js';
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
  const [first, ...rest] = assemblers(detected);
  const last = rest.at(-1) ?? first;
  const feeding = pipeline([Readable.from(chunksOf(front, input)), first, ...rest]);
  feeding.catch(() => {});
  try {
    for await (const { value } of last as AsyncIterable<{ value: unknown }>) yield value;
    await feeding;
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    const message = `${input.name}: stream-json: ${messageOf(cause)}`;
    throw new SluiceError('INVALID_JSON', 'read', message, { source: input.name, cause });
  } finally {
    last.destroy();
    await feeding.catch(() => {});
  }
}

function assemblers({ form, path }: DetectedForm) {
  if (form === 'lines') return [streamValues.withParserAsStream({ jsonStreaming: true })];
  if (form === 'array') return [streamArray.withParserAsStream()];
  return [pick.withParserAsStream({ filter: path.join('.') }), streamArray.asStream()];
}

/** Reads until the form is known; answers what was read for it, without a byte order mark. */
async function readFront(input: ByteInput, plan: ReadPlan): Promise<{ front: Buffer; detected: DetectedForm }> {
  const { form, path, memberNames } = plan;
  const known: DetectedForm | undefined = path
    ? { form: 'document', path }
    : form && form !== 'document'
      ? { form, path: [] }
      : undefined;
  const front = Buffer.allocUnsafe(DETECTION_LIMIT + READ_BYTES);
  let length = 0;
  for (;;) {
    const read = await input.read(front.subarray(length, length + READ_BYTES));
    length += read;
    const bytes = withoutByteOrderMark(front.subarray(0, length));
    const start = skipWhitespace(bytes, 0, bytes.length);
    if (start === bytes.length && read > 0 && length < DETECTION_LIMIT) continue;
    if (start === bytes.length) return { front: bytes.subarray(start), detected: { form: 'lines', path: [] } };
    const detected = known ?? detectForm(bytes, start, bytes.length, form === 'document' ? undefined : memberNames);
    if (detected) return { front: bytes, detected };
    if (read === 0) return { front: bytes, detected: { form: 'lines', path: [] } };
    if (length >= DETECTION_LIMIT) {
      throw new SluiceError('UNDECIDED_FORM', 'read', `${input.name}: the first megabyte does not tell its form`, {
        source: input.name,
      });
    }
  }
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

async function* chunksOf(front: Buffer, input: ByteInput): AsyncGenerator<Buffer> {
  yield front;
  for (;;) {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const length = await input.read(chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}
