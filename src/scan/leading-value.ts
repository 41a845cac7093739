/** Finds what a single object is about: an array of objects that leads, or one entity. */
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import { type FoundArray, findArrays } from './find-arrays.js';
import type { DetectedForm, Front } from './form.js';
import { MemberCursor } from './members.js';
import type { Pace } from './pace.js';

/** Maximum of members on the path to an array that leads; paths in entities are longer. */
const MOST_MEMBERS = 2;

/** Maximum of arrays that are looked at. */
const MOST_ARRAYS = 50;

/** The member that holds the only entity of a response. */
const ENTITY = 'entity';

/** Members that documents of others keep their records in. Of those with others beside them one is `mark`. */
const WRAPPERS: readonly {
  readonly path: readonly string[];
  readonly mark?: readonly [name: string, value?: string];
}[] = [
  { path: ['features'], mark: ['type', '"FeatureCollection"'] },
  { path: ['hits', 'hits'], mark: ['took'] },
  { path: ['rows'], mark: ['total_rows'] },
  { path: ['Records'] },
  { path: ['items'] },
  { path: ['results'] },
  { path: ['value'] },
];

/**
 * The form of an object that is the only value of its input, if it is no record itself. In an object with an id none leads.
 * An array of objects leads with more than half of the bytes, or as the only one if it is where formats that are known
 * keep their records, even without a record. `{"entity":{…}}` is one entity.
 * @param isDocument the caller says that it is no record
 */
export function* leadingValue(
  bytes: Buffer,
  start: number,
  end: number,
  { is, hasId, hasType }: Front,
  pace: Pace,
  isDocument = false,
): Generator<void, DetectedForm | undefined> {
  if (hasId && !isDocument) return undefined;
  const members = yield* membersIn(bytes, start, end, pace);
  const half = (end - start) / 2;
  const entity = members.get(ENTITY);
  if (entity && bytes[entity.start] === OPEN_BRACE && !hasType) {
    const leads = is === 'complete' && (members.size === 1 || entity.end - entity.start > half);
    return leads
      ? { form: 'document', path: [ENTITY], isEntity: true, remark: { kind: 'entity', path: [ENTITY] } }
      : undefined;
  }
  const arrays = yield* findArrays(bytes, start, end, pace, MOST_MEMBERS, MOST_ARRAYS);
  const only = isDocument && arrays.length === 1 ? arrays[0] : undefined;
  const leading =
    arrays.find(({ length }) => length > half) ?? only ?? (yield* wrapped(bytes, arrays, members, hasType, pace));
  if (!leading) return undefined;
  const { path } = leading;
  return { form: 'document', path, remark: { kind: 'document', path } };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The array of a known format. */
function* wrapped(
  bytes: Buffer,
  arrays: readonly FoundArray[],
  members: ReadonlyMap<string, Span>,
  hasType: boolean,
  pace: Pace,
): Generator<void, Pick<FoundArray, 'path'> | undefined> {
  if (arrays.length > 1) return undefined;
  const [only] = arrays;
  for (const { path, mark } of WRAPPERS) {
    const marked = mark && members.get(mark[0]);
    const isMarked =
      marked && (mark[1] === undefined || bytes.toString('latin1', marked.start, marked.end) === mark[1]);
    if (hasType && !isMarked) continue;
    if (only) {
      if (only.path.length === path.length && path.every((name, at) => name === only.path[at])) return { path };
      continue;
    }
    if (!isMarked && (mark || members.size > 1)) continue;
    if (isEmptyArray(bytes, yield* valueAt(bytes, members, path, pace))) return { path };
  }
  return undefined;
}

function* valueAt(
  bytes: Buffer,
  members: ReadonlyMap<string, Span>,
  [first, ...rest]: readonly string[],
  pace: Pace,
): Generator<void, Span | undefined> {
  const value = members.get(first);
  if (!value || rest.length === 0) return value;
  if (bytes[value.start] !== OPEN_BRACE) return undefined;
  return yield* valueAt(bytes, yield* membersIn(bytes, value.start, value.end, pace), rest, pace);
}

function isEmptyArray(bytes: Buffer, value: Span | undefined): boolean {
  if (!value || bytes[value.start] !== OPEN_BRACKET) return false;
  return bytes[skipWhitespace(bytes, value.start + 1, value.end)] === CLOSE_BRACKET;
}

/** The values of an object by their names; the last one may be cut. */
function* membersIn(bytes: Buffer, start: number, end: number, pace: Pace): Generator<void, ReadonlyMap<string, Span>> {
  const members = new Map<string, Span>();
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    if (!more && !(cursor.fault && cursor.valueStart >= 0)) return members;
    const { keyStart, keyEnd, valueStart } = cursor;
    const valueEnd = more ? cursor.valueEnd : end;
    members.set(decodeString(bytes, keyStart, keyEnd), { start: valueStart, end: valueEnd });
    if (pace.isOver(valueEnd - keyStart)) yield;
    if (!more) return members;
  }
}
