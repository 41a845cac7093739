/** The form of an input, detected from its beginning by the contract "Input form". */
import type { MemberNames } from '../../src/terms/batch.js';
import type { Path } from '../../src/terms/path.js';
import type { InputForm } from '../../src/terms/plan.js';
import {
  charAt,
  decode,
  Fault,
  readColon,
  readComma,
  readKey,
  type Span,
  skipBalanced,
  skipSpace,
  skipValue,
} from './json-text.js';

/** Bytes within which the form of an input must be clear. */
const LIMIT = 1024 * 1024;

export interface FormOptions {
  readonly form?: InputForm;
  readonly path?: Path;
  readonly memberNames: MemberNames;
  readonly isNamedLines?: boolean;
}

/** Lines, a sequence, or the way to the entities; the value there may be the only entity. */
export type Form = 'lines' | 'sequence' | { readonly path: Path; readonly isEntity?: boolean };

const ENTITIES: Form = { path: ['entities'] };

/**
 * The form of the input.
 * @param end after the last byte that is UTF-8
 * @throws Fault `UNDECIDED_FORM`
 */
export function formOf(bytes: Buffer, start: number, end: number, options: FormOptions): Form {
  const { form, path, memberNames: names } = options;
  if (form === 'lines' || form === 'sequence') return form;
  if (form === 'array' || path) return { path: path ?? [] };
  const first = skipSpace(bytes, start, end);
  const limit = Math.min(end, first + LIMIT);
  const opening = charAt(bytes, first, end);
  if (form === 'document') return opening === '{' ? documentForm(bytes, first, limit) : ENTITIES;
  if (opening === '[') return { path: [] };
  if (opening === '\x1e') return 'sequence';
  if (opening !== '{') return 'lines';
  const front = membersSoFar(bytes, first, limit);
  const found = objectForm(bytes, first, limit, limit - first < LIMIT, front, options);
  const isKnown = typeof found === 'object' && found === knownForm(front, names);
  if (!isKnown && isAloneWithoutList(bytes, first, limit, front, names)) throw new Fault('NO_ENTITIES', first);
  return found;
}

/** The members of an object as far as it goes; the value of the last one may be cut, or faulty. */
interface Front {
  readonly is: 'complete' | 'cut' | 'faulty';
  readonly after: number;
  readonly members: readonly (Span & { readonly name: string })[];
  known?: Form;
}

function membersSoFar(bytes: Buffer, start: number, end: number): Front {
  const found: { name: string; start: number; end: number }[] = [];
  try {
    let pos: number | undefined = skipSpace(bytes, start + 1, end);
    if (charAt(bytes, pos, end) === '}') return { is: 'complete', after: pos + 1, members: [] };
    for (;;) {
      const key = readKey(bytes, pos, end);
      const at = readColon(bytes, key, end);
      if (at >= end) throw new Fault('INVALID_JSON', end);
      const member = { name: decode(bytes, key), start: at, end };
      found.push(member);
      member.end = skipValue(bytes, at, end, Number.POSITIVE_INFINITY, skipBalanced);
      pos = readComma(bytes, member.end, end);
      if (pos === undefined) return { is: 'complete', after: skipSpace(bytes, member.end, end) + 1, members: found };
    }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { is: fault.at >= end ? 'cut' : 'faulty', after: end, members: found };
  }
}

/** The first known place of an array of entities, in front of an id and a type. */
function knownForm(front: Front, names: MemberNames | undefined, bytes?: Buffer): Form | undefined {
  if (bytes === undefined) return front.known;
  for (const { name, start, end } of front.members) {
    if (names && (name === names.id || name === names.type)) return undefined;
    if (name === 'entities' && charAt(bytes, start, end) === '[') return { path: ['entities'] };
    if (name !== 'response' || charAt(bytes, start, end) !== '{') continue;
    const inner = membersSoFar(bytes, start, end).members;
    if (inner.some((one) => one.name === 'entities' && charAt(bytes, one.start, one.end) === '['))
      return { path: ['response', 'entities'] };
  }
  return undefined;
}

function documentForm(bytes: Buffer, start: number, end: number): Form {
  const front = membersSoFar(bytes, start, end);
  const known = knownForm(front, undefined, bytes);
  if (known) return known;
  if (front.is === 'faulty') return ENTITIES;
  return leadingForm(bytes, start, front.after, front, false, true) ?? ENTITIES;
}

function objectForm(
  bytes: Buffer,
  start: number,
  end: number,
  isShort: boolean,
  front: Front,
  { memberNames: names, isNamedLines = false }: FormOptions,
): Form {
  const known = knownForm(front, names, bytes);
  front.known = known;
  if (front.is === 'faulty') return known ?? 'lines';
  const spansLines = bytes.toString('latin1', start, front.after).trimEnd().includes('\n');
  const records = spansLines ? 'sequence' : 'lines';
  const has = (name: string) => front.members.some((one) => one.name === name);
  const leading = () =>
    isNamedLines || has(names.id) ? undefined : leadingForm(bytes, start, front.after, front, has(names.type));
  if (known && (spansLines || front.is === 'cut')) return known;
  if (front.is === 'cut') {
    // A line that ends with no token that needs another, before one that begins as an object does.
    const isBroken = /^[^\n]*[^{[,: \t\r\n][ \t\r]*\n[ \t\r\n]*\{/.test(bytes.toString('latin1', start, end));
    if (isBroken) return 'lines';
    const found = isShort ? undefined : leading();
    if (found) return found;
    if (isShort || isNamedLines || has(names.id) || has(names.type)) return records;
    throw new Fault('UNDECIDED_FORM', start);
  }
  const next = skipSpace(bytes, front.after, end);
  if (next === end) return known ?? leading() ?? records;
  const byte = charAt(bytes, next, end);
  if (known && byte !== '{') return known;
  if (spansLines) return 'sequence';
  const isOnLine = !bytes.toString('latin1', front.after, next).includes('\n');
  return isOnLine && [',', '\x1e', '{'].includes(byte) ? 'sequence' : 'lines';
}

/** What the only object of an input is about. */
function leadingForm(
  bytes: Buffer,
  start: number,
  end: number,
  front: Front,
  hasType: boolean,
  isDocument = false,
): Form | undefined {
  const last = new Map(front.members.map((member) => [member.name, member]));
  const textOf = (name: string) => {
    const member = last.get(name);
    return member && bytes.toString('latin1', member.start, member.end);
  };
  const entity = last.get('entity');
  if (entity && charAt(bytes, entity.start, entity.end) === '{' && !hasType) {
    const isMost = last.size === 1 || 2 * (entity.end - entity.start) > end - start;
    const leads = front.is === 'complete' && isMost;
    return leads ? { path: ['entity'], isEntity: true } : undefined;
  }
  const arrays: (Span & { readonly path: readonly string[] })[] = [];
  const look = (members: Front['members'], way: readonly string[]) => {
    for (const { name, start: from, end: to } of members) {
      const text = bytes.toString('latin1', from, to);
      if (/^\[[ \t\r\n]*\{/.test(text)) arrays.push({ path: [...way, name], start: from, end: to });
      else if (text.startsWith('{') && way.length === 0) look(membersSoFar(bytes, from, to).members, [name]);
    }
  };
  look(front.members, []);
  const largest = arrays.find((one) => 2 * (one.end - one.start) > end - start);
  if (largest) return { path: largest.path };
  if (isDocument && arrays.length === 1) return { path: arrays[0]?.path ?? [] };
  if (arrays.length > 1) return undefined;
  const isMarked: Readonly<Record<string, boolean>> = {
    features: textOf('type') === '"FeatureCollection"',
    'hits.hits': last.has('took'),
    rows: last.has('total_rows'),
  };
  for (const place of ['features', 'hits.hits', 'rows', 'Records', 'items', 'results', 'value']) {
    const path = place.split('.');
    if (hasType && !isMarked[place]) continue;
    if (arrays.length === 1) {
      if (JSON.stringify(arrays[0]?.path) === JSON.stringify(path)) return { path };
    } else if (isMarked[place] || (last.size === 1 && isMarked[place] === undefined)) {
      const text = place === 'hits.hits' ? innerText(bytes, last.get('hits'), 'hits') : textOf(place);
      if (text !== undefined && /^\[[ \t\r\n]*\]/.test(text)) return { path };
    }
  }
  return undefined;
}

function innerText(bytes: Buffer, outer: Span | undefined, name: string): string | undefined {
  if (!outer || charAt(bytes, outer.start, outer.end) !== '{') return undefined;
  const found = membersSoFar(bytes, outer.start, outer.end).members.filter((one) => one.name === name);
  const last = found.at(-1);
  return last && bytes.toString('latin1', last.start, last.end);
}

/** Whether the object is the only text, has neither id nor type, and has entities that are not a list. */
function isAloneWithoutList(bytes: Buffer, start: number, end: number, front: Front, names: MemberNames): boolean {
  const has = (name: string) => front.members.some((one) => one.name === name);
  if (front.is !== 'complete' || has(names.id) || has(names.type) || !has('entities')) return false;
  return skipSpace(bytes, front.after, end) === end && start < end;
}
