/** The second reader: stream-json parses JSON text to objects. */
import type { Duplex } from 'node:stream';
import type parser from 'stream-json/parser.js';
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { skipWhitespace } from '../scan/bytes.js';
import { decideForm, mayBeResponse } from '../scan/detect-form.js';
import { ONE_MORE_STEP } from '../scan/document-way.js';
import { describeArrays, findArrays } from '../scan/find-arrays.js';
import { describeKeyed, findKeyed } from '../scan/find-keyed.js';
import { DETECTION_LIMIT, type DetectedForm } from '../scan/form.js';
import { countNewlines } from '../scan/lines.js';
import { type Refusal, refuseResponse } from '../scan/no-document.js';
import { emptyInput } from '../scan/text-faults.js';
import { validateUtf8 } from '../scan/utf8.js';
import { type ErrorCode, messageOf, SluiceError } from '../terms/errors.js';
import type { Path } from '../terms/path.js';
import type { ReadPlan } from '../terms/plan.js';
import type { FormRemarks } from './form-remarks.js';
import type { OnlyRecords } from './only-record.js';
import type { OtherArrays } from './other-arrays.js';
import { EntityPicker } from './pick-entities.js';
import { SequenceText } from './sequence-text.js';
import type { ByteInput, ObjectInput } from './source.js';
import { loadStreamJson, type StreamJson } from './stream-json-library.js';
import { uniqueMembers } from './unique-members.js';

const READ_BYTES = 64 * 1024;

/** How stream-json reads an input. */
export interface StreamJsonPlan extends ReadPlan {
  /** The name of the input says that it is a document: white space alone is not a document. */
  readonly neverBlank?: boolean;
  /** The name of the input says that it is lines: a single object is a record. */
  readonly isNamedLines?: boolean;
  /** A record may be `null`: a later step looks for the entity in it. */
  readonly mayBeNull?: boolean;
  /** Members of records of which a second one is a fault. */
  readonly unique: readonly Path[];
}

/** Receives notes about the inputs. */
export interface StreamJsonWatcher {
  readonly only: OnlyRecords;
  readonly others: OtherArrays;
  readonly forms: FormRemarks;
}

/**
 * The entities of an input as stream-json assembles them. Faults are reported with their record and line, without an
 * offset; of repeated keys the last one counts, except for those that the plan looks for, and numbers become doubles.
 */
export function streamJsonObjects(input: ByteInput, plan: StreamJsonPlan, watcher: StreamJsonWatcher): ObjectInput {
  return { kind: 'objects', name: input.name, objects: assemble(input, plan, watcher) };
}

/** The current position of reading. */
interface Place {
  recordIndex: number;
  line: number;
}

async function* assemble(input: ByteInput, plan: StreamJsonPlan, watcher: StreamJsonWatcher): AsyncGenerator<unknown> {
  const place: Place = { recordIndex: 0, line: 1 };
  let complete = false;
  let close = () => {};
  try {
    const { front, detected } = await readFront(input, plan, place);
    if (front.length === 0) return;
    if (detected.remark) watcher.forms.add(input.name, detected.remark);
    const { stream, prepare, end } = assembler(await loadStreamJson(), detected, plan, input.name, watcher);
    close = () => void stream.destroy();
    // The iteration reports a failure; its event only must not be uncaught.
    stream.on('error', () => {});
    let lineHasValue = false;
    for await (const text of texts(front, input)) {
      for (const piece of pieces(text, detected.form === 'lines' ? /\n/g : /[\n}]/g)) {
        if (turnIsOver()) await nextTurn();
        await written(stream, prepare(piece));
        for (let item = stream.read(); item !== null; item = stream.read()) {
          if (detected.form === 'lines' && lineHasValue) {
            throw new TextProblem('INVALID_JSON', 'unexpected text after the entity on its line');
          }
          lineHasValue = true;
          yield entityOf(item.value, plan);
          place.recordIndex++;
        }
        if (!piece.endsWith('\n')) continue;
        lineHasValue = false;
        place.line++;
      }
    }
    complete = true;
    stream.end();
    for await (const item of stream) {
      if (turnIsOver()) await nextTurn();
      yield entityOf(item.value, plan);
      place.recordIndex++;
    }
    end();
    const isRecord = detected.form === 'lines' || detected.form === 'sequence';
    if (place.recordIndex === 1 && isRecord && plan.form === undefined) {
      const start = skipWhitespace(front, 0, front.length);
      await stepsInTurns(watcher.only.lookAt(front, start, front.length, input.name));
      watcher.only.endInput();
    }
  } catch (cause) {
    const fault = faultOf(cause, complete, input.name, place);
    // Whatever failed in the text comes from the bytes that it was made of, if these are damaged.
    throw fault === cause ? cause : ((await input.damage?.()) ?? fault);
  } finally {
    close();
  }
}

/** A fault of a text, without its place. */
class TextProblem extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The failure with a code of sluice; errors of the input itself stay unchanged. */
function faultOf(cause: unknown, complete: boolean, source: string, { recordIndex, line }: Place): unknown {
  if (cause instanceof SluiceError) return cause;
  const code = cause instanceof TextProblem ? cause.code : complete ? 'TRUNCATED' : 'INVALID_JSON';
  const message = `${source}:${line}: ${messageOf(cause)} (record ${recordIndex})`;
  return new SluiceError(code, 'read', message, { source, recordIndex, line, cause });
}

function entityOf(value: unknown, { mayBeNull = false, path }: StreamJsonPlan): object | null {
  if (value === null && mayBeNull) return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const remedy = Array.isArray(value) && path !== undefined ? ONE_MORE_STEP : '';
  throw new TextProblem('NOT_AN_ENTITY', `an entity must be a JSON object${remedy}`);
}

/** What text is written to and objects are read from. */
interface Assembler {
  readonly stream: Duplex;
  /** The text as the stream takes it. */
  prepare(piece: string): string;
  /** Examines the input after its last object. */
  end(): void;
}

function assembler(
  { chain, pick, parser, streamArray, streamValues }: StreamJson,
  { form, path, isEntity = false }: DetectedForm,
  plan: StreamJsonPlan,
  name: string,
  watcher: StreamJsonWatcher,
): Assembler {
  const prepare = (piece: string) => piece;
  const end = () => {};
  if (form === 'lines') {
    return {
      stream: chain([
        parser({ jsonStreaming: true }),
        uniqueMembers<parser.Token>(plan.unique, 1, refuseSecond),
        streamValues(),
      ]),
      prepare,
      end,
    };
  }
  if (form === 'array') {
    return {
      stream: chain([parser(), uniqueMembers<parser.Token>(plan.unique, 2, refuseSecond), streamArray()]),
      prepare,
      end,
    };
  }
  if (form === 'sequence') {
    const text = new SequenceText(plan.mayBeNull ?? false);
    return {
      stream: chain([
        parser({ jsonStreaming: true }),
        uniqueMembers<parser.Token>(plan.unique, 1, refuseSecond),
        streamValues(),
      ]),
      prepare: (piece) => text.blanked(piece, refuse),
      end: () => text.isPart && watcher.forms.add(name, { kind: 'part' }),
    };
  }
  const picker = new EntityPicker(path, {
    isEntity,
    looksAround: plan.path === undefined,
    noteOther: (way) => watcher.others.add(name, [way]),
    refuse,
  });
  const filter = (stack: readonly unknown[], token: parser.Token) => picker.pick(stack, token);
  return {
    stream: chain([
      parser(),
      pick({ filter }),
      uniqueMembers<parser.Token>(plan.unique, 1, refuseSecond),
      streamValues(),
    ]),
    prepare,
    end() {
      if (!picker.found) refuse('NO_ENTITIES', `there is no ${picker.place}`);
    },
  };
}

function refuseSecond(name: string): never {
  return refuse('DUPLICATE_KEY', `a second ${JSON.stringify(name)}`);
}

function refuse(code: ErrorCode, message: string): never {
  throw new TextProblem(code, message);
}

/**
 * Cuts a text after each mark, so that an entity is read from the stream before the next one can fail: a stream that
 * fails drops what it still holds.
 */
function* pieces(text: string, mark: RegExp): Generator<string> {
  let from = 0;
  for (const { index } of text.matchAll(mark)) {
    yield text.slice(from, index + 1);
    from = index + 1;
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

/** The input as text, decoded strictly: stream-json would insert replacement characters. */
async function* texts(front: Buffer, input: ByteInput): AsyncGenerator<string> {
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  let cut = Buffer.alloc(0);
  let bytes = front;
  for (;;) {
    const isLast = bytes.length === 0;
    const all = cut.length === 0 ? bytes : Buffer.concat([cut, bytes]);
    const { valid, bad } = validateUtf8(all, 0, all.length, isLast);
    yield all.toString('utf8', 0, valid);
    if (bad >= 0) throw new TextProblem('INVALID_UTF8', 'not UTF-8');
    if (isLast) return;
    cut = Buffer.from(all.subarray(valid));
    bytes = chunk.subarray(0, await input.read(chunk));
  }
}

/** Reads until the form is known; returns the text so far, without a byte order mark. */
async function readFront(
  input: ByteInput,
  plan: StreamJsonPlan,
  place: Place,
): Promise<{ front: Buffer; detected: DetectedForm }> {
  const front = Buffer.allocUnsafe(DETECTION_LIMIT + READ_BYTES);
  let length = 0;
  for (;;) {
    const read = await input.read(front.subarray(length, length + READ_BYTES));
    length += read;
    const bytes = withoutByteOrderMark(front.subarray(0, length));
    const start = skipWhitespace(bytes, 0, bytes.length);
    const isBlank = start === bytes.length;
    const isFull = length >= DETECTION_LIMIT;
    const refuse = ({ code, message }: Refusal): TextProblem => {
      place.line += countNewlines(bytes, 0, start);
      return new TextProblem(code, message);
    };
    if (isBlank && read === 0 && mustHold(plan)) throw refuse(emptyInput(start));
    if (isBlank && (read === 0 || isFull))
      return { front: bytes.subarray(read === 0 ? start : 0), detected: plan.form === 'sequence' ? SEQUENCE : LINES };
    const decided = isBlank ? undefined : await stepsInTurns(decideForm(bytes, start, bytes.length, read === 0, plan));
    if (decided && mayBeResponse(decided)) {
      const refusal = await stepsInTurns(refuseResponse(bytes, start, bytes.length, read === 0, plan));
      if (refusal === 'more') continue;
      if (refusal) throw refuse(refusal);
    }
    if (decided && decided !== 'undecided') return { front: bytes, detected: decided };
    if (decided === 'undecided' || isFull) {
      const keyed = describeKeyed(await stepsInTurns(findKeyed(bytes, start, bytes.length)));
      const seen = keyed ?? describeArrays(await stepsInTurns(findArrays(bytes, start, bytes.length)));
      const found = seen === undefined ? '' : `; it has ${seen}`;
      const message = `the first megabyte does not show its form; set the option input or path${found}`;
      throw refuse({ code: 'UNDECIDED_FORM', message });
    }
  }
}

/** Whether white space alone is not a complete input. */
function mustHold({ form, path, neverBlank = false }: StreamJsonPlan): boolean {
  return neverBlank || path !== undefined || form === 'array' || form === 'document';
}

const LINES: DetectedForm = { form: 'lines', path: [] };
const SEQUENCE: DetectedForm = { form: 'sequence', path: [] };

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
