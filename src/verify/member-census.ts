/** Counts the members of entities by path, in constant memory: of the first entities, and of so many paths. */
import { QUOTE } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import type { TextFault } from '../scan/text-faults.js';
import { ValueWalk } from '../scan/value-walk.js';
import { EVERY, formatPath, type Path, type Step } from '../terms/path.js';

/** Entities that are examined. */
const MOST_ENTITIES = 10_000;
/** Bytes of entities that are examined. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Paths that are counted. */
const MOST_PATHS = 300;
/** Steps of a path that is counted. */
const DEEPEST = 4;
/** Values that are compared for each path, and their longest one in bytes. */
const MOST_VALUES = 1000;
const LONGEST_VALUE = 100;
/** Values that are counted in one step. */
const STEP_VALUES = 256;
/** Paths of this many steps may lead to an id or a type. */
const DEEPEST_VALUES = 3;

/** The kinds of JSON values. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/** What a path leads to in the examined entities. */
export interface MemberSummary {
  /** As the options take it: `price.amount`, or over the elements of an array `tags.*`. */
  readonly path: string;
  /** Examined entities that have it. */
  readonly records: number;
  /** How often it leads to a value of each kind. */
  readonly kinds: Readonly<Partial<Record<JsonKind, number>>>;
}

/** The texts of the first values at a path. */
export interface SampledValues {
  readonly path: Path;
  /** Entities that have a string or a number there. */
  readonly records: number;
  /** How many of the values were compared, and how many differ. */
  readonly compared: number;
  readonly distinct: number;
}

interface Node {
  readonly path: Path;
  readonly kinds: Partial<Record<JsonKind, number>>;
  records: number;
  /** The number of the last entity that has it. */
  last: number;
  readonly inside: Map<Step, Node>;
  readonly values: Set<string>;
  compared: number;
  scalars: number;
}

/** An object or array whose members or elements are being counted. */
interface Open {
  readonly node: Node;
  readonly isObject: boolean;
}

/** Counts members. */
export class MemberCensus {
  /** Entities that were examined. */
  examined = 0;
  /** Whether there are more paths than are counted. */
  hasMore = false;
  #bytesLeft = MOST_BYTES;
  #paths = 0;
  readonly #root = newNode([]);
  #bytes: Buffer = Buffer.alloc(0);
  #walk: ValueWalk | undefined;

  /** Counts the members of the next entity, which must be valid, in steps; later ones are not examined. */
  *add(bytes: Buffer, start: number, end: number): Generator<void, void> {
    if (this.examined === MOST_ENTITIES || this.#bytesLeft < end - start) return;
    this.#bytesLeft -= end - start;
    this.examined++;
    if (this.#bytes !== bytes || !this.#walk) {
      this.#bytes = bytes;
      this.#walk = new ValueWalk(bytes, Number.POSITIVE_INFINITY, refuse);
    }
    const walk = this.#walk;
    walk.open(start, end);
    const open = [this.#enter(walk, this.#root)];
    for (let count = 1, isFirst = true; open.length > 0; count++) {
      if (count % STEP_VALUES === 0) yield;
      const { node, isObject } = open[open.length - 1];
      if (!(isObject ? walk.nextMember(isFirst) : walk.nextElement(isFirst))) {
        open.pop();
        isFirst = false;
        continue;
      }
      const inside = this.#nodeAt(node, isObject ? decodeString(bytes, walk.keyStart, walk.keyEnd) : EVERY);
      const kind = kindOf(bytes[walk.pos]);
      if (inside) this.#count(inside, kind);
      isFirst = inside !== undefined && (kind === 'object' || kind === 'array') && inside.path.length < DEEPEST;
      if (isFirst && inside) {
        open.push(this.#enter(walk, inside));
        continue;
      }
      const { pos } = walk;
      while (!walk.skipPart()) yield;
      if (inside && (kind === 'string' || kind === 'number')) this.#compare(inside, pos, walk.pos);
    }
  }

  /** The paths in the order in which they were found. */
  get members(): readonly MemberSummary[] {
    return [...nodesOf(this.#root)].map(({ path, records, kinds }) => ({ path: formatPath(path), records, kinds }));
  }

  /** The paths to values that may be ids or types. */
  get values(): readonly SampledValues[] {
    return [...nodesOf(this.#root)]
      .filter(({ scalars, path }) => scalars > 0 && path.length <= DEEPEST_VALUES && !path.includes(EVERY))
      .map(({ path, scalars, compared, values }) => ({ path, records: scalars, compared, distinct: values.size }));
  }

  /** Enters the object or array at the position of the walk. */
  #enter(walk: ValueWalk, node: Node): Open {
    const isObject = this.#bytes[walk.pos] === 0x7b;
    walk.enter();
    return { node, isObject };
  }

  #nodeAt(parent: Node, step: Step): Node | undefined {
    const known = parent.inside.get(step);
    if (known || parent.path.length === DEEPEST) return known;
    if (this.#paths === MOST_PATHS) {
      this.hasMore = true;
      return undefined;
    }
    this.#paths++;
    const node = newNode([...parent.path, step]);
    parent.inside.set(step, node);
    return node;
  }

  #count(node: Node, kind: JsonKind): void {
    node.kinds[kind] = (node.kinds[kind] ?? 0) + 1;
    if (node.last !== this.examined) node.records++;
    node.last = this.examined;
  }

  /** Counts the string or number at `[start, end)`. */
  #compare(node: Node, start: number, end: number): void {
    node.scalars++;
    if (node.compared === MOST_VALUES || node.path.length > DEEPEST_VALUES || end - start > LONGEST_VALUE) return;
    node.compared++;
    node.values.add(this.#bytes.toString('latin1', start, end));
  }
}

function newNode(path: Path): Node {
  return { path, kinds: {}, records: 0, last: 0, inside: new Map(), values: new Set(), compared: 0, scalars: 0 };
}

/** The nodes below one, each before those inside it. */
function* nodesOf(node: Node): Generator<Node, void> {
  for (const one of node.inside.values()) {
    yield one;
    yield* nodesOf(one);
  }
}

function kindOf(first: number): JsonKind {
  switch (first) {
    case QUOTE:
      return 'string';
    case 0x7b:
      return 'object';
    case 0x5b:
      return 'array';
    case 0x6e:
      return 'null';
    case 0x74:
    case 0x66:
      return 'boolean';
    default:
      return 'number';
  }
}

/** Entities are checked before their members are counted. */
function refuse({ message }: TextFault): never {
  throw new Error(message);
}
