/** Paths as a tree, and where they go from a value. */
import { EVERY, type Path } from '../terms/path.js';
import { isElementNumber } from './path-rules.js';

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
export class State {
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
