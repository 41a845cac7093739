/** Detects from the first bytes of an input whether it is a document, an array, a sequence or lines. */
import type { MemberNames } from '../terms/batch.js';
import type { Path } from '../terms/path.js';
import type { ReadPlan } from '../terms/plan.js';
import { COLON, COMMA, NEWLINE, OPEN_BRACE, OPEN_BRACKET, RECORD_SEPARATOR } from './ascii.js';
import { decodeString, isWhitespace, skipWhitespace } from './bytes.js';
import { DETECTION_LIMIT, type DetectedForm, type Front, KNOWN_PATHS } from './form.js';
import { leadingValue } from './leading-value.js';
import { MemberCursor } from './members.js';
import { Pace } from './pace.js';

/** The form of an input as far as the caller has stated it. */
export interface StatedForm extends Pick<ReadPlan, 'form' | 'path' | 'memberNames'> {
  /** The name of the input says that it is lines. */
  readonly isNamedLines?: boolean;
}

const LINES: DetectedForm = Object.freeze({ form: 'lines', path: [] });
const SEQUENCE: DetectedForm = Object.freeze({ form: 'sequence', path: [] });
const ARRAY: DetectedForm = Object.freeze({ form: 'array', path: [] });

/**
 * Decides the form of an input, in steps: as the caller says, otherwise as the first megabyte does.
 *
 * `[` opens an array. An object is the first of many lines if it ends on its line and the next value begins on a later one;
 * if it spans lines, or the next value begins on its line, it is the first of a sequence. A single object is a document if
 * its first-level members lead to an array at one of the known paths before an id or type member comes, or if one array
 * of objects in it leads (`leadingValue`). An input that the caller calls a document is read as one, even if it has no
 * entities.
 * @param start of the first byte that is not white space
 * @param complete whether no more bytes will come
 * @returns undefined if more bytes are needed; `undecided` if the first megabyte does not decide
 */
export function* decideForm(
  bytes: Buffer,
  start: number,
  end: number,
  complete: boolean,
  stated: StatedForm,
): Generator<void, DetectedForm | 'undecided' | undefined> {
  const known = formAsStated(stated);
  if (known) return known;
  const length = Math.min(end - start, DETECTION_LIMIT);
  const isAll = length === DETECTION_LIMIT || complete;
  if (stated.form === 'document') return yield* decideDocument(bytes, start, start + length, isAll);
  switch (length === 0 ? undefined : bytes[start]) {
    case undefined:
      return complete ? LINES : undefined;
    case OPEN_BRACKET:
      return ARRAY;
    case RECORD_SEPARATOR:
      return SEQUENCE;
    case OPEN_BRACE:
      return yield* decideObject(bytes, start, start + length, isAll, length < DETECTION_LIMIT, stated);
    default:
      return LINES;
  }
}

/** The form that the caller says, if no byte is needed to find the entities in it. */
export function formAsStated({ form, path }: Pick<StatedForm, 'form' | 'path'>): DetectedForm | undefined {
  if (path) return { form: 'document', path };
  return form === undefined || form === 'document' ? undefined : { form, path: [] };
}

/** Whether an input of this form may yet be a response without entities. */
export function mayBeResponse(decided: DetectedForm | 'undecided'): boolean {
  return (
    decided === 'undecided' || decided.form === 'lines' || decided.form === 'sequence' || decided.remark !== undefined
  );
}

/** Finds the path in an input that is a document. */
function* decideDocument(
  bytes: Buffer,
  start: number,
  end: number,
  isAll: boolean,
): Generator<void, DetectedForm | undefined> {
  const pace = new Pace();
  const fallback = documentAt(KNOWN_PATHS[0]);
  if (start === end) return isAll ? fallback : undefined;
  if (bytes[start] !== OPEN_BRACE) return fallback;
  const front = yield* readFront(bytes, start, end, undefined, pace);
  if (front.known) return documentAt(front.known);
  if (front.is === 'cut' && !isAll) return undefined;
  if (front.is === 'faulty') return fallback;
  return (yield* leadingValue(bytes, start, front.after, front, pace, true)) ?? fallback;
}

/**
 * @param isAll whether no more bytes will be looked at
 * @param isShort whether the input ends there too, rather than the part that is looked at
 */
function* decideObject(
  bytes: Buffer,
  start: number,
  end: number,
  isAll: boolean,
  isShort: boolean,
  { memberNames, isNamedLines = false }: StatedForm,
): Generator<void, DetectedForm | 'undecided' | undefined> {
  const pace = new Pace();
  const front = yield* readFront(bytes, start, end, memberNames, pace);
  const { known, is, after } = front;
  if (is === 'faulty') return known ? documentAt(known) : LINES;
  const spansLines = hasLineBreak(bytes, start, after);
  const records = spansLines ? SEQUENCE : LINES;
  // No line of a file of lines has a line break.
  if (known && spansLines) return documentAt(known);
  if (is === 'cut') {
    if (!isAll) return undefined;
    if (known) return documentAt(known);
    if (spansLines && isBroken(bytes, start, end)) return LINES;
    const leading = isNamedLines || isShort ? undefined : yield* leadingValue(bytes, start, end, front, pace);
    if (leading) return leading;
    return front.hasId || front.hasType || isShort || isNamedLines ? records : 'undecided';
  }
  const next = skipWhitespace(bytes, after, end);
  if (next < end) {
    const found = spansLines ? SEQUENCE : formBetween(bytes, after, next);
    if (!known) return found;
    // Without another object, the document says what is wrong.
    const path = known;
    return bytes[next] === OPEN_BRACE ? { ...found, remark: { kind: 'records', path } } : documentAt(path);
  }
  const assumed = known || isNamedLines ? undefined : yield* leadingValue(bytes, start, after, front, pace);
  const leading = known ? documentAt(known) : assumed;
  if (isAll) return leading ?? records;
  // Only what could be a document waits for what follows.
  return leading === undefined && (spansLines || bytes.subarray(after, end).includes(NEWLINE)) ? records : undefined;
}

/** The form of an input whose first object ends on its line, by what comes next. */
function formBetween(bytes: Buffer, after: number, next: number): DetectedForm {
  const byte = bytes[next];
  const isOnLine = !bytes.subarray(after, next).includes(NEWLINE);
  return isOnLine && (byte === OPEN_BRACE || byte === COMMA || byte === RECORD_SEPARATOR) ? SEQUENCE : LINES;
}

/**
 * Whether the first line break of an object that does not end looks like the end of a broken line: it is not behind a token
 * that needs another one, and the next line begins as an object does.
 */
function isBroken(bytes: Buffer, start: number, end: number): boolean {
  const newline = bytes.indexOf(NEWLINE, start);
  let before = newline - 1;
  while (isWhitespace(bytes[before])) before--;
  const goesOn = [OPEN_BRACE, OPEN_BRACKET, COMMA, COLON].includes(bytes[before]);
  return !goesOn && bytes[skipWhitespace(bytes, newline, end)] === OPEN_BRACE;
}

/** Whether there is a line break before the last text of a range. */
function hasLineBreak(bytes: Buffer, start: number, end: number): boolean {
  const newline = bytes.subarray(start, end).indexOf(NEWLINE);
  return newline >= 0 && skipWhitespace(bytes, start + newline, end) < end;
}

function documentAt(path: Path): DetectedForm {
  return { form: 'document', path };
}

/** @param names the members that mark an entity; undefined if the object is known to be none */
function* readFront(
  bytes: Buffer,
  start: number,
  end: number,
  names: MemberNames | undefined,
  pace: Pace,
): Generator<void, Front> {
  const cursor = new MemberCursor();
  // The walk reports excessive depth; here it would only hide the form.
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  let known: Path | undefined;
  let hasId = false;
  let hasType = false;
  for (;;) {
    const more = cursor.next();
    const isCut = !more && cursor.fault !== undefined && cursor.fault.at >= end;
    // A value that is cut can still show its kind by its first byte.
    if (!more && !(isCut && cursor.valueStart >= 0)) {
      const is = isCut ? 'cut' : cursor.fault ? 'faulty' : 'complete';
      const after = is === 'complete' ? skipWhitespace(bytes, cursor.after, end) + 1 : end;
      return { is, after, known, hasId, hasType };
    }
    const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
    hasId ||= key === names?.id;
    hasType ||= key === names?.type;
    const valueEnd = more ? cursor.valueEnd : end;
    if (!known && !hasId && !hasType) known = yield* knownPathIn(bytes, key, cursor.valueStart, valueEnd, pace);
    if (pace.isOver(valueEnd - cursor.keyStart)) yield;
    if (!more) return { is: 'cut', after: end, known, hasId, hasType };
  }
}

/** The known path that leads to an array in the member. */
function* knownPathIn(
  bytes: Buffer,
  key: string,
  valueStart: number,
  valueEnd: number,
  pace: Pace,
): Generator<void, Path | undefined> {
  for (const [first, second] of KNOWN_PATHS) {
    if (first !== key) continue;
    if (second === undefined) {
      if (bytes[valueStart] === OPEN_BRACKET) return [first];
    } else if (bytes[valueStart] === OPEN_BRACE && (yield* hasArray(bytes, valueStart, valueEnd, second, pace))) {
      return [first, second];
    }
  }
  return undefined;
}

/** Whether the object at `start` has an array of this name. */
function* hasArray(bytes: Buffer, start: number, end: number, name: string, pace: Pace): Generator<void, boolean> {
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    if (!more && !(cursor.fault && cursor.valueStart >= 0)) return false;
    const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
    if (key === name && bytes[cursor.valueStart] === OPEN_BRACKET) return true;
    if (!more) return false;
    if (pace.isOver(cursor.valueEnd - cursor.keyStart)) yield;
  }
}
