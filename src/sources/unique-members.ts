/** Refuses a second member of a name among the tokens of stream-json, which lets the last one count. */
import { EVERY, type Path } from '../terms/path.js';

/** A token of stream-json's parser. */
interface Token {
  readonly name: string;
  readonly value?: unknown;
}

/** The names that are watched in an object, and what is watched in their values; `EVERY` is any element of an array. */
class Watched {
  readonly inside = new Map<string | typeof EVERY, Watched>();

  add([step, ...further]: Path): void {
    if (step === undefined) return;
    const next = this.inside.get(step) ?? new Watched();
    this.inside.set(step, next);
    next.add(further);
  }
}

/** An open object or array. */
interface Opened {
  readonly watched: readonly Watched[];
  /** The number of its last element; undefined for an object. */
  element: number | undefined;
  readonly seen: Set<string>;
  /** What is watched in the value of the last key. */
  next: readonly Watched[];
}

const NOTHING_WATCHED: readonly Watched[] = [];

/** Tokens that begin a value, each once per value. */
const STARTS: ReadonlySet<string> = new Set([
  ...['startObject', 'startArray', 'stringValue', 'numberValue', 'nullValue', 'trueValue', 'falseValue'],
]);

/**
 * Makes a function that passes tokens on.
 * @param paths to members of records, of which every name on the way is watched
 * @param depth of records: 1 if they follow one another, 2 inside an array
 * @param refuse throws for a second member of this name
 */
export function uniqueMembers<One extends Token>(
  paths: readonly Path[],
  depth: number,
  refuse: (name: string) => never,
): (token: One) => One {
  const root = new Watched();
  for (const path of paths) root.add(path);
  const stack: Opened[] = [];
  const watchedNext = (): readonly Watched[] => {
    if (stack.length === depth - 1) return [root];
    const around = stack.at(-1);
    if (!around) return NOTHING_WATCHED;
    if (around.element === undefined) return around.next;
    const number = String(++around.element);
    return around.watched.flatMap(({ inside }) => [inside.get(number) ?? [], inside.get(EVERY) ?? []].flat());
  };
  return (token) => {
    const { name, value } = token;
    if (name === 'keyValue' && typeof value === 'string') {
      const object = stack.at(-1);
      if (object) takeKey(object, value, refuse);
    } else if (name === 'endObject' || name === 'endArray') {
      stack.pop();
    } else if (STARTS.has(name)) {
      const watched = watchedNext();
      if (name === 'startObject') stack.push({ watched, element: undefined, seen: new Set(), next: NOTHING_WATCHED });
      else if (name === 'startArray') stack.push({ watched, element: -1, seen: new Set(), next: NOTHING_WATCHED });
    }
    return token;
  };
}

function takeKey(object: Opened, key: string, refuse: (name: string) => never): void {
  object.next = object.watched.flatMap(({ inside }) => inside.get(key) ?? []);
  if (object.next.length === 0) return;
  if (object.seen.has(key)) refuse(key);
  object.seen.add(key);
}
