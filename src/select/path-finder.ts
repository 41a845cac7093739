/** Finds the values at many paths in the texts of one batch, each text in one walk. */
import { OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { DEEPEST_WALK, ValueWalk } from '../scan/value-walk.js';
import type { ByteBatch } from '../terms/batch.js';
import { EVERY, type Path } from '../terms/path.js';
import { isElementNumber } from './path-rules.js';
import type { Rule } from './rule-table.js';

/** A value and what stays of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: Rule;
}

/** The values at a path; where it may lead to several they are written as an array. */
export interface Found {
  /** The number of the path. */
  readonly path: number;
  readonly spans: readonly Span[];
  readonly many: boolean;
}

/** A place on the way of paths, which are known by their numbers. */
interface Place {
  readonly number: number;
  readonly names: Map<string, Place>;
  every: Place | undefined;
  readonly ends: number[];
  /** All paths that end here or further on. */
  readonly below: number[];
  /** The same place for the elements of an array: numbers and `*` mean the elements themselves. */
  passed: Place | undefined;
}

/** A name that paths go on with. */
interface Way {
  readonly to: State;
  /** The last object that had the name, and which of its members that was. */
  seenIn: number;
  at: number;
}

/** Paths as a tree, which is made once. */
export class PathTree {
  readonly #states = new Map<string, State>();
  /** Where all paths begin. */
  readonly start: State;
  /** The number of objects that were searched, and that of texts. */
  objects = 0;
  texts = 0;
  #places = 0;

  constructor(paths: readonly Path[]) {
    const root = this.#newPlace();
    for (const [number, path] of paths.entries()) {
      let place = root;
      place.below.push(number);
      for (const step of path) {
        const next: Place = (step === EVERY ? place.every : place.names.get(step)) ?? this.#newPlace();
        if (step === EVERY) place.every = next;
        else place.names.set(step, next);
        place = next;
        place.below.push(number);
      }
      place.ends.push(number);
    }
    this.start = new State(this, [root]);
  }

  /** The state of several places; undefined for none. */
  stateOf(places: readonly Place[]): State | undefined {
    if (places.length === 0) return undefined;
    const key = places.map(({ number }) => number).join();
    let state = this.#states.get(key);
    if (!state) {
      state = new State(this, places);
      this.#states.set(key, state);
    }
    return state;
  }

  /** Names go through an array to each of its elements. */
  passedOf(place: Place): Place {
    if (place.passed) return place.passed;
    const passed = this.#newPlace();
    passed.passed = passed;
    for (const [name, next] of place.names) {
      if (isElementNumber(name)) continue;
      passed.names.set(name, next);
      for (const path of next.below) passed.below.push(path);
    }
    place.passed = passed;
    return passed;
  }

  #newPlace(): Place {
    const number = this.#places++;
    return { number, names: new Map(), every: undefined, ends: [], below: [], passed: undefined };
  }
}

/** The places that several paths have come to with one value, and where they go from there. */
class State {
  /** Paths that end here. */
  readonly ends: readonly number[];
  readonly isEnd: boolean;
  /** Paths that lead to several members of an object, and to several elements of an array. */
  readonly manyMembers: readonly number[];
  readonly manyElements: readonly number[];
  /** The last texts in which they did. */
  membersIn = 0;
  elementsIn = 0;
  /** Where a name that `ways` does not have leads to. */
  readonly #every: readonly Place[];
  readonly #tree: PathTree;
  readonly #places: readonly Place[];
  readonly #elements: readonly Place[];
  readonly #numbers: ReadonlySet<string>;
  readonly #ways = new Map<string, Way | undefined>();
  #everyState: State | undefined;
  #elementState: State | undefined;

  constructor(tree: PathTree, places: readonly Place[]) {
    this.#tree = tree;
    this.#places = places;
    this.ends = places.flatMap(({ ends }) => ends);
    this.isEnd = places.every(({ names, every }) => names.size === 0 && every === undefined);
    this.#every = places.flatMap(({ every }) => every ?? []);
    const passed = places.map((place) => tree.passedOf(place)).filter(({ names }) => names.size > 0);
    this.#elements = [...passed, ...this.#every];
    this.manyMembers = this.#every.flatMap(({ below }) => below);
    this.manyElements = this.#elements.flatMap(({ below }) => below);
    this.#numbers = new Set(places.flatMap(({ names }) => [...names.keys()].filter(isElementNumber)));
  }

  /** Whether paths go on to every member of an object. */
  get takesAll(): boolean {
    return this.#every.length > 0;
  }

  /** The way that paths go on with a name of their own. */
  way(name: string): Way | undefined {
    const known = this.#ways.get(name);
    if (known) return known;
    const named = this.#places.flatMap(({ names }) => names.get(name) ?? []);
    const to = named.length > 0 ? this.#tree.stateOf([...named, ...this.#every]) : undefined;
    const way = to && { to, seenIn: 0, at: 0 };
    if (way) this.#ways.set(name, way);
    return way;
  }

  member(name: string): State | undefined {
    this.#everyState ??= this.#tree.stateOf(this.#every);
    return this.way(name)?.to ?? this.#everyState;
  }

  element(index: number): State | undefined {
    this.#elementState ??= this.#tree.stateOf(this.#elements);
    if (this.#numbers.size === 0 || !this.#numbers.has(String(index))) return this.#elementState;
    const numbered = this.#places.flatMap(({ names }) => names.get(String(index)) ?? []);
    return this.#tree.stateOf([...this.#elements, ...numbered]);
  }
}

/** Finds the values of the paths of a tree in the texts of one batch. */
export class PathFinder {
  readonly #tree: PathTree;
  readonly #batch: ByteBatch;
  readonly #walk: ValueWalk;
  readonly #spans: Span[][] = [];
  readonly #many = new Set<number>();
  #found: number[] = [];

  constructor(tree: PathTree, batch: ByteBatch) {
    this.#tree = tree;
    this.#batch = batch;
    this.#walk = new ValueWalk(batch.bytes, batch.maxDepth, (fault) => {
      throw batchError(batch, fault, 'select');
    });
  }

  /** The paths that lead to values in the text at `[start, end)`, in the order of their numbers. */
  find(start: number, end: number, rule: Rule): readonly Found[] {
    this.#found = [];
    this.#tree.texts++;
    if (this.#many.size > 0) this.#many.clear();
    this.#collect(this.#tree.start, { start, end, rule }, 0);
    if (this.#found.length > 1) this.#found.sort((one, other) => one - other);
    return this.#found.map((path) => {
      const spans = this.#spans[path];
      this.#spans[path] = [];
      return { path, spans, many: this.#many.has(path) };
    });
  }

  #collect(state: State, span: Span, level: number): void {
    if (span.rule.keeps === 'nothing') return;
    for (const path of state.ends) this.#take(path, span);
    if (state.isEnd) return;
    if (level > DEEPEST_WALK) {
      const fault = { code: 'TOO_DEEP', at: span.start, message: `more than ${DEEPEST_WALK} nested brackets` } as const;
      throw batchError(this.#batch, fault, 'select');
    }
    const first = this.#batch.bytes[span.start];
    if (first === OPEN_BRACKET) this.#elements(state, span, level);
    else if (first !== OPEN_BRACE) return;
    else if (state.takesAll) this.#allMembers(state, span, level);
    else this.#members(state, span, level);
  }

  #take(path: number, span: Span): void {
    this.#spans[path] ??= [];
    const spans = this.#spans[path];
    if (spans.length === 0) this.#found.push(path);
    spans.push(span);
  }

  /** Follows the paths into named members of an object; of equal names the last counts. */
  #members(state: State, { start, end, rule }: Span, level: number): void {
    const walk = this.#walk;
    const object = ++this.#tree.objects;
    const states: State[] = [];
    const members: Span[] = [];
    walk.open(start, end);
    walk.enter();
    for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
      const name = decodeString(this.#batch.bytes, walk.keyStart, walk.keyEnd);
      const from = walk.pos;
      walk.skip();
      const way = state.way(name);
      if (!way) continue;
      const isSecond = way.seenIn === object;
      if (!isSecond) way.at = members.length;
      way.seenIn = object;
      states[way.at] = way.to;
      members[way.at] = { start: from, end: walk.pos, rule: memberRule(rule, name) };
    }
    for (let at = 0; at < members.length; at++) this.#collect(states[at], members[at], level + 1);
  }

  /** Follows the paths into all members of an object. */
  #allMembers(state: State, { start, end, rule }: Span, level: number): void {
    const walk = this.#walk;
    if (state.membersIn !== this.#tree.texts) {
      state.membersIn = this.#tree.texts;
      for (const path of state.manyMembers) this.#many.add(path);
    }
    const members = new Map<string, Span>();
    walk.open(start, end);
    walk.enter();
    for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
      const name = decodeString(this.#batch.bytes, walk.keyStart, walk.keyEnd);
      const from = walk.pos;
      walk.skip();
      members.set(name, { start: from, end: walk.pos, rule: memberRule(rule, name) });
    }
    for (const [name, member] of members) {
      const next = state.member(name);
      if (next) this.#collect(next, member, level + 1);
    }
  }

  /** Follows the paths into the elements of an array. */
  #elements(state: State, { start, end, rule }: Span, level: number): void {
    const walk = this.#walk;
    if (state.elementsIn !== this.#tree.texts) {
      state.elementsIn = this.#tree.texts;
      for (const path of state.manyElements) this.#many.add(path);
    }
    const states: State[] = [];
    const elements: Span[] = [];
    walk.open(start, end);
    walk.enter();
    for (let index = 0; walk.nextElement(index === 0); index++) {
      const from = walk.pos;
      walk.skip();
      const next = state.element(index);
      if (!next) continue;
      states.push(next);
      elements.push({ start: from, end: walk.pos, rule: elementRule(rule, index) });
    }
    for (let at = 0; at < elements.length; at++) this.#collect(states[at], elements[at], level + 1);
  }
}

/** The rule for a member of what the rule is for. */
export function memberRule({ keeps }: Rule, name: string): Rule {
  return typeof keeps === 'object' ? keeps.of(name) : { keeps, ends: [] };
}

/** The rule for an element of what the rule is for. */
export function elementRule({ keeps }: Rule, index: number): Rule {
  return typeof keeps === 'object' ? keeps.element(index) : { keeps, ends: [] };
}
