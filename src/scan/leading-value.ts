/** Finds what a single object is about: an array of objects that leads, or one entity. */
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import { type FoundArray, findArrays } from './find-arrays.js';
import type { DetectedForm, Front } from './form.js';
import { MemberCursor } from './members.js';

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
export function leadingValue(
  bytes: Buffer,
  start: number,
  end: number,
  { is, hasId, hasType }: Front,
  isDocument = false,
): DetectedForm | undefined {
  if (hasId && !isDocument) return undefined;
  const members = membersIn(bytes, start, end);
  const half = (end - start) / 2;
  const entity = members.get(ENTITY);
  if (entity && bytes[entity.start] === OPEN_BRACE && !hasType) {
    const leads = is === 'complete' && (members.size === 1 || entity.end - entity.start > half);
    return leads
      ? { form: 'document', path: [ENTITY], isEntity: true, remark: { kind: 'entity', path: [ENTITY] } }
      : undefined;
  }
  const arrays = findArrays(bytes, start, end, MOST_MEMBERS, MOST_ARRAYS);
  const only = isDocument && arrays.length === 1 ? arrays[0] : undefined;
  const leading = arrays.find(({ length }) => length > half) ?? only ?? wrapped(bytes, arrays, members, hasType);
  if (!leading) return undefined;
  const { path } = leading;
  return { form: 'document', path, remark: { kind: 'document', path } };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The array of a known format. */
function wrapped(
  bytes: Buffer,
  arrays: readonly FoundArray[],
  members: ReadonlyMap<string, Span>,
  hasType: boolean,
): Pick<FoundArray, 'path'> | undefined {
  if (arrays.length > 1) return undefined;
  const [only] = arrays;
  return WRAPPERS.find(({ path, mark }) => {
    const marked = mark && members.get(mark[0]);
    const isMarked =
      marked && (mark[1] === undefined || bytes.toString('latin1', marked.start, marked.end) === mark[1]);
    if (hasType && !isMarked) return false;
    if (only) return only.path.length === path.length && path.every((name, at) => name === only.path[at]);
    if (!isMarked && (mark || members.size > 1)) return false;
    return isEmptyArray(bytes, valueAt(bytes, members, path));
  });
}

function valueAt(
  bytes: Buffer,
  members: ReadonlyMap<string, Span>,
  [first, ...rest]: readonly string[],
): Span | undefined {
  const value = members.get(first);
  if (!value || rest.length === 0) return value;
  return bytes[value.start] === OPEN_BRACE ? valueAt(bytes, membersIn(bytes, value.start, value.end), rest) : undefined;
}

function isEmptyArray(bytes: Buffer, value: Span | undefined): boolean {
  if (!value || bytes[value.start] !== OPEN_BRACKET) return false;
  return bytes[skipWhitespace(bytes, value.start + 1, value.end)] === CLOSE_BRACKET;
}

/** The values of an object by their names; the last one may be cut. */
function membersIn(bytes: Buffer, start: number, end: number): ReadonlyMap<string, Span> {
  const members = new Map<string, Span>();
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    if (!more && !(cursor.fault && cursor.valueStart >= 0)) return members;
    const { keyStart, keyEnd, valueStart, valueEnd } = cursor;
    members.set(decodeString(bytes, keyStart, keyEnd), { start: valueStart, end: more ? valueEnd : end });
    if (!more) return members;
  }
}
