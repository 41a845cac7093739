/** Refuses inputs that look like one record but are documents without entities, such as responses of the platform. */
import type { ErrorCode } from '../terms/errors.js';
import { quoted } from '../terms/shown-text.js';
import { CLOSE_BRACE, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import type { StatedForm } from './detect-form.js';
import { DETECTION_LIMIT, KNOWN_PATHS } from './form.js';
import { MemberCursor } from './members.js';
import { Pace } from './pace.js';

/** Why an input is not read as lines, if its form is not stated. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Members that responses of the platform have. */
const ANSWERS = ['response', 'dataObjectOperationResponse'];

/** The remedy if the input is a record. */
const IS_RECORD = 'input sequence (--input sequence) reads it as a record';

/**
 * Examines, in steps, the first object of an input whose form is not stated, and which is not a document by its arrays.
 * @param start of the first byte that is not white space
 * @param complete whether no more bytes will come
 * @returns undefined if it is read as lines, `more` if more bytes are needed
 */
export function* refuseResponse(
  bytes: Buffer,
  start: number,
  end: number,
  complete: boolean,
  { form, path, memberNames }: StatedForm,
): Generator<void, Refusal | 'more' | undefined> {
  if (form !== undefined || path !== undefined || bytes[start] !== OPEN_BRACE) return undefined;
  const limit = Math.min(end, start + DETECTION_LIMIT);
  const pace = new Pace();
  let withoutList: string | undefined;
  for (const member of membersOf(bytes, start, limit, pace)) {
    if (member === undefined) {
      yield;
      continue;
    }
    const { key, valueStart, valueEnd, cursor } = member;
    if (key === memberNames.id || key === memberNames.type) return undefined;
    if (ANSWERS.includes(key) && bytes[valueStart] === OPEN_BRACE) {
      const refusal = yield* refusalIn(bytes, valueStart, valueEnd, pace);
      if (refusal) return refusal;
    }
    if (KNOWN_PATHS.some((known) => known.length === 1 && known[0] === key)) withoutList = key;
    if (cursor.fault) return undefined;
  }
  if (withoutList === undefined) return undefined;
  const after = yield* endOf(bytes, start, limit, pace);
  if (after === undefined) return undefined;
  // Several lines may each look like this.
  if (skipWhitespace(bytes, after, limit) < limit) return undefined;
  if (!complete && limit === end) return 'more';
  return { code: 'NO_ENTITIES', message: `${withoutList} is not an array and has no entities; ${IS_RECORD}` };
}

/** The reason to refuse a response; undefined if the object is not a response. */
function* refusalIn(bytes: Buffer, start: number, end: number, pace: Pace): Generator<void, Refusal | undefined> {
  let status: string | undefined;
  let detail: unknown;
  for (const member of membersOf(bytes, start, end, pace)) {
    if (member === undefined) {
      yield;
      continue;
    }
    const { key, valueStart, valueEnd, cursor } = member;
    if (key === 'binaryObjects' && bytes[valueStart] === OPEN_BRACKET) {
      return { code: 'UNSUPPORTED_INPUT', message: 'an envelope; to extract its file: sluice unwrap' };
    }
    if (cursor.fault) break;
    const text = bytes.toString('utf8', valueStart, valueEnd);
    if (key === 'status' && bytes[valueStart] === QUOTE)
      status = decodeString(bytes, valueStart, valueEnd).toLowerCase();
    if (key === 'statusDetail') detail = parsed(text);
  }
  if (status !== 'error' && status !== 'success') return undefined;
  const said = messageIn(detail);
  const words = said === undefined ? '' : `: ${said}`;
  if (status === 'error') {
    return { code: 'EXPORT_FAILED', message: `a response of the platform that reports an error${words}; ${IS_RECORD}` };
  }
  return { code: 'NO_ENTITIES', message: `a response of the platform without entities${words}; ${IS_RECORD}` };
}

/** The message and the code of a documented `statusDetail`, in any of its shapes. */
function messageIn(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  const listed: readonly unknown[] = 'messages' in detail && Array.isArray(detail.messages) ? detail.messages : [];
  const message = listed.find(isError) ?? listed[0] ?? detail;
  if (typeof message !== 'object' || message === null || !('message' in message)) return undefined;
  const code = 'messageCode' in message ? message.messageCode : 'code' in message ? message.code : undefined;
  const text = typeof message.message === 'string' ? message.message : JSON.stringify(message.message);
  return `${quoted(text)}${typeof code === 'string' ? ` (${quoted(code).slice(1, -1)})` : ''}`;
}

function isError(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'messageType' in message &&
    String(message.messageType).toLowerCase() === 'error'
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member of an object; the last available one may be cut. */
interface Member {
  readonly key: string;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Its fault is set if the value is cut or faulty. */
  readonly cursor: MemberCursor;
}

/** The members one by one; undefined where a step ends. */
function* membersOf(bytes: Buffer, start: number, end: number, pace: Pace): Generator<Member | undefined, void> {
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    const isCut = !more && cursor.fault !== undefined && cursor.valueStart >= 0;
    if (!more && !isCut) return;
    const { keyStart, keyEnd, valueStart } = cursor;
    const valueEnd = more ? cursor.valueEnd : end;
    yield { key: decodeString(bytes, keyStart, keyEnd), valueStart, valueEnd, cursor };
    if (pace.isOver(valueEnd - keyStart)) yield undefined;
    if (!more) return;
  }
}

/** The offset after the object at `start`; undefined if it is cut or faulty. */
function* endOf(bytes: Buffer, start: number, end: number, pace: Pace): Generator<void, number | undefined> {
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  while (cursor.next()) if (pace.isOver(cursor.valueEnd - cursor.keyStart)) yield;
  const at = skipWhitespace(bytes, cursor.after, end);
  return !cursor.fault && bytes[at] === CLOSE_BRACE ? at + 1 : undefined;
}
