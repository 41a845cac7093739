/** Finds the values at several paths of a JSON text in one walk. */
import type { Names } from '../terms/path.js';
import * as ascii from './ascii.js';
import { Branches } from './branches.js';
import { secondMember, type TextFault } from './text-faults.js';
import { ValueWalk } from './value-walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { OPEN_BRACE, OPEN_BRACKET } = ascii;

/** A name that is looked for, and the names inside its value. */
interface Branch {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where the value's span goes. */
  readonly slots: number[];
  /** A second member of the name is a fault. */
  isUnique: boolean;
  readonly inside: Branches<Branch>;
  /** The object in which the walk has found it last. */
  seenIn: number;
}

/** Columns of a slot: the key of a member, or the element itself, and the value; starts of -1 where it was not found. */
const KEY = 0;
const VALUE = 1;
const VALUE_END = 2;
const SLOT_WIDTH = 3;

/** Values handled in one step. */
const STEP_VALUES = 64;

/** Names to look for, as a tree, and the places at which the last walk has found them. */
export class MemberTree {
  readonly #inside = new Branches<Branch>();
  readonly #found: Int32Array;
  #bytes: Buffer = Buffer.alloc(0);
  #walk: ValueWalk | undefined;
  #maxDepth = 0;
  #objects = 0;
  #allowsSecond = false;

  /** @param slots the number of values that are looked for */
  constructor(slots: number) {
    this.#found = new Int32Array(slots * SLOT_WIDTH).fill(-1);
  }

  /**
   * Looks for the value at a path of at least one name. Inside arrays a name is the number of an element.
   * @param slot that gets its place; absent: only the second of a kind is looked for
   * @param isUnique whether a second member of one of the names is a fault; of others the first counts
   */
  add(path: Names, slot: number | undefined, isUnique: boolean): void {
    let branches = this.#inside;
    for (const [index, name] of path.entries()) {
      let branch = branches.get(name);
      if (!branch) {
        branch = { name, bytes: Buffer.from(name), slots: [], isUnique: false, inside: new Branches(), seenIn: 0 };
        branches.add(branch);
      }
      branch.isUnique ||= isUnique;
      if (index === path.length - 1 && slot !== undefined) branch.slots.push(slot);
      branches = branch.inside;
    }
  }

  /** Begins with a text. @param allowsSecond of members that come twice the first counts, also of unique ones */
  begin(bytes: Buffer, maxDepth: number, allowsSecond: boolean): void {
    this.#allowsSecond = allowsSecond;
    if (this.#walk && bytes === this.#bytes && maxDepth === this.#maxDepth) return;
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#walk = new ValueWalk(bytes, maxDepth, (fault) => {
      throw new TextRefusal(fault);
    });
  }

  /** Walks over the value at `[start, end)`; returns its fault, if any. */
  find(start: number, end: number): TextFault | undefined {
    const walk = this.#open(start, end);
    if (!walk) return undefined;
    try {
      this.#value(walk, this.#inside);
    } catch (cause) {
      if (cause instanceof TextRefusal) return cause.fault;
      throw cause;
    }
    return undefined;
  }

  /** The same in steps, for a long value. */
  *findInSteps(start: number, end: number): Generator<void, TextFault | undefined> {
    const walk = this.#open(start, end);
    if (!walk) return undefined;
    try {
      yield* this.#valueInSteps(walk, this.#inside);
    } catch (cause) {
      if (cause instanceof TextRefusal) return cause.fault;
      throw cause;
    }
    return undefined;
  }

  #open(start: number, end: number): ValueWalk | undefined {
    const found = this.#found;
    // For so few, a loop is faster than a call of `fill`.
    for (let column = 0; column < found.length; column++) found[column] = -1;
    this.#walk?.open(start, end);
    return this.#walk;
  }

  /** Where the last walk has found the value; -1 if it has not. */
  start(slot: number): number {
    return this.#found[slot * SLOT_WIDTH + VALUE];
  }

  end(slot: number): number {
    return this.#found[slot * SLOT_WIDTH + VALUE_END];
  }

  /** Where its key begins, or the value if it is an element. */
  keyStart(slot: number): number {
    return this.#found[slot * SLOT_WIDTH + KEY];
  }

  #value(walk: ValueWalk, branches: Branches<Branch>): void {
    const opener = this.#bytes[walk.pos];
    if (branches.size > 0 && opener === OPEN_BRACE) this.#object(walk, branches);
    else if (branches.size > 0 && opener === OPEN_BRACKET) this.#array(walk, branches);
    else walk.skip();
  }

  /** The same in steps. */
  *#valueInSteps(walk: ValueWalk, branches: Branches<Branch>): Generator<void, void> {
    const opener = this.#bytes[walk.pos];
    const isObject = opener === OPEN_BRACE;
    if (branches.size === 0 || (!isObject && opener !== OPEN_BRACKET)) {
      while (!walk.skipPart()) yield;
      return;
    }
    const object = ++this.#objects;
    walk.enter();
    for (let count = 0; isObject ? walk.nextMember(count === 0) : walk.nextElement(count === 0); count++) {
      if (count % STEP_VALUES === 0) yield;
      const { pos, keyStart } = walk;
      const branch = isObject ? this.#memberBranch(walk, branches, object) : branches.ofElement(count);
      if (branch) yield* this.#valueInSteps(walk, branch.inside);
      else while (!walk.skipPart()) yield;
      if (branch) this.#note(branch, isObject ? keyStart : pos, pos, walk.pos);
    }
  }

  #object(walk: ValueWalk, branches: Branches<Branch>): void {
    const object = ++this.#objects;
    walk.enter();
    for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
      const branch = this.#memberBranch(walk, branches, object);
      if (branch) this.#take(walk, branch, walk.keyStart);
      else walk.skip();
    }
  }

  /** The branch of a member of the object with this number; undefined if it has none, or is the second of its name. */
  #memberBranch(walk: ValueWalk, branches: Branches<Branch>, object: number): Branch | undefined {
    const branch = branches.ofKey(this.#bytes, walk.keyStart, walk.keyEnd);
    if (!branch) return undefined;
    if (branch.seenIn !== object) {
      branch.seenIn = object;
      return branch;
    }
    if (branch.isUnique && !this.#allowsSecond) throw new TextRefusal(secondMember(branch.name, walk.keyStart));
    return undefined;
  }

  #array(walk: ValueWalk, branches: Branches<Branch>): void {
    walk.enter();
    for (let index = 0; walk.nextElement(index === 0); index++) {
      const branch = branches.ofElement(index);
      if (branch) this.#take(walk, branch, walk.pos);
      else walk.skip();
    }
  }

  #take(walk: ValueWalk, branch: Branch, keyStart: number): void {
    const start = walk.pos;
    this.#value(walk, branch.inside);
    this.#note(branch, keyStart, start, walk.pos);
  }

  #note({ slots }: Branch, keyStart: number, start: number, end: number): void {
    for (const slot of slots) {
      const column = slot * SLOT_WIDTH;
      this.#found[column + KEY] = keyStart;
      this.#found[column + VALUE] = start;
      this.#found[column + VALUE_END] = end;
    }
  }
}

/** The trees of paths that were looked for; one path is looked for in many texts. */
const TREES = new WeakMap<Names, MemberTree>();

/** The place of the value at a path inside the value at `[start, end)`; undefined if there is none, or its text is faulty. */
export function findAt(bytes: Buffer, start: number, end: number, path: Names): Span | undefined {
  let tree = TREES.get(path);
  if (!tree) {
    tree = new MemberTree(1);
    tree.add(path, 0, false);
    TREES.set(path, tree);
  }
  tree.begin(bytes, Number.POSITIVE_INFINITY, true);
  const fault = tree.find(start, end);
  return fault || tree.start(0) < 0 ? undefined : { start: tree.start(0), end: tree.end(0) };
}

/** A part of a text; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Carries a fault out of a walk. */
export class TextRefusal extends Error {
  readonly fault: TextFault;

  constructor(fault: TextFault) {
    super(fault.message);
    this.fault = fault;
  }
}
