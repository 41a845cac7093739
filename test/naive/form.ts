/** The form of an input, detected from its beginning by the contract "Input form". */
import type { MemberNames } from '../../src/terms/batch.js';
import type { InputForm } from '../../src/terms/plan.js';
import {
  charAt,
  decode,
  Fault,
  members,
  readColon,
  readComma,
  readKey,
  skipBalanced,
  skipSpace,
  skipValue,
} from './json-text.js';

/** Bytes within which the form of an input must be clear. */
const LIMIT = 1024 * 1024;

/** Maximum depth of the beginning, whatever the limit for entities. */
const MAX_DEPTH = 1024;

export interface FormOptions {
  readonly form?: InputForm;
  readonly path?: readonly string[];
  readonly memberNames: MemberNames;
}

/** Lines, or the members that lead to the array of entities. */
export type Form = 'lines' | readonly string[];

/**
 * The form of the input.
 * @param end after the last byte that is UTF-8
 * @throws Fault `UNDECIDED_FORM`
 */
export function formOf(bytes: Buffer, start: number, end: number, { form, path, memberNames }: FormOptions): Form {
  if (form === 'lines') return 'lines';
  if (form === 'array' || path) return path ?? [];
  const first = skipSpace(bytes, start, end);
  const known = form === 'document';
  const fallback: Form = known ? ['entities'] : 'lines';
  if (first === end) return fallback;
  if (charAt(bytes, first, end) === '[') return known ? fallback : [];
  if (charAt(bytes, first, end) !== '{') return fallback;
  const answer = lookInside(bytes, first, Math.min(end, first + LIMIT), known ? undefined : memberNames);
  if (answer === 'undecided' && end - first >= LIMIT) throw new Fault('UNDECIDED_FORM', first);
  if (answer !== 'undecided' && answer !== 'lines') return answer;
  if (!known && isAloneWithoutList(bytes, first, end, memberNames)) throw new Fault('NO_ENTITIES', first);
  return fallback;
}

/** Whether the object is the only text, has neither id nor type, and has entities that are not a list. */
function isAloneWithoutList(bytes: Buffer, start: number, end: number, names: MemberNames): boolean {
  let hasEntities = false;
  let after = start + 1;
  try {
    for (const { name, value } of members(bytes, start, end, MAX_DEPTH, skipBalanced)) {
      if (name === names.id || name === names.type) return false;
      hasEntities ||= name === 'entities';
      after = value.end;
    }
  } catch (fault) {
    if (fault instanceof Fault) return false;
    throw fault;
  }
  return hasEntities && skipSpace(bytes, skipSpace(bytes, after, end) + 1, end) === end;
}

type Answer = Form | 'undecided';

/** Examines the first-level members, and those of `response`, until one of them decides. */
function lookInside(bytes: Buffer, start: number, end: number, names: MemberNames | undefined): Answer {
  return lookAtMembers(bytes, start, end, (name, at) => {
    if (names && (name === names.id || name === names.type)) return 'lines';
    const opening = charAt(bytes, at, end);
    if (name === 'entities' && opening === '[') return ['entities'];
    if (name !== 'response' || opening !== '{') return undefined;
    const inner = lookAtMembers(bytes, at, end, (innerName, innerAt) =>
      innerName === 'entities' && charAt(bytes, innerAt, end) === '[' ? ['response', 'entities'] : undefined,
    );
    return inner === 'lines' || inner === 'undecided' ? undefined : inner;
  });
}

/** Tries each member, by its key and the first byte of its value. */
function lookAtMembers(
  bytes: Buffer,
  start: number,
  end: number,
  ask: (name: string, at: number) => Form | undefined,
): Answer {
  try {
    let pos: number | undefined = skipSpace(bytes, start + 1, end);
    if (charAt(bytes, pos, end) === '}') return 'lines';
    while (pos !== undefined) {
      const key = readKey(bytes, pos, end);
      const valueStart = readColon(bytes, key, end);
      if (valueStart >= end) return 'undecided';
      const answer = ask(decode(bytes, key), valueStart);
      if (answer !== undefined) return answer;
      pos = readComma(bytes, skipValue(bytes, valueStart, end, MAX_DEPTH - 1, skipBalanced), end);
    }
    return 'lines';
  } catch (fault) {
    if (fault instanceof Fault) return fault.at >= end ? 'undecided' : 'lines';
    throw fault;
  }
}
