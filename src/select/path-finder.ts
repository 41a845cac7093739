/** Finds the values at many paths in the texts of one batch, each text in one walk. */
import { OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { DEEPEST_WALK, ValueWalk } from '../scan/value-walk.js';
import type { ByteBatch } from '../terms/batch.js';
import { LARGE_BYTES, STEP_VALUES } from './large-text.js';
import type { PathTree, State } from './path-tree.js';
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
    this.#walk = this.#newWalk();
  }

  /** The paths that lead to values in the text at `[start, end)`, in the order of their numbers. */
  find(start: number, end: number, rule: Rule): readonly Found[] {
    this.#begin();
    this.#collect(this.#tree.start, { start, end, rule }, 0);
    return this.#all();
  }

  /** The same in steps, for a large text. */
  *findInSteps(start: number, end: number, rule: Rule): Generator<void, readonly Found[]> {
    this.#begin();
    yield* this.#collectInSteps(this.#tree.start, { start, end, rule }, 0);
    return this.#all();
  }

  #begin(): void {
    this.#found = [];
    this.#tree.texts++;
    if (this.#many.size > 0) this.#many.clear();
  }

  #all(): readonly Found[] {
    if (this.#found.length > 1) this.#found.sort((one, other) => one - other);
    return this.#found.map((path) => {
      const spans = this.#spans[path];
      this.#spans[path] = [];
      return { path, spans, many: this.#many.has(path) };
    });
  }

  #collect(state: State, span: Span, level: number): void {
    if (!this.#goesOn(state, span, level)) return;
    const first = this.#batch.bytes[span.start];
    if (first === OPEN_BRACKET) this.#elements(state, span, level);
    else if (first !== OPEN_BRACE) return;
    else if (state.takesAll) this.#allMembers(state, span, level);
    else this.#members(state, span, level);
  }

  *#collectInSteps(state: State, span: Span, level: number): Generator<void, void> {
    if (span.end - span.start <= LARGE_BYTES) return this.#collect(state, span, level);
    if (!this.#goesOn(state, span, level)) return;
    const first = this.#batch.bytes[span.start];
    if (first !== OPEN_BRACKET && first !== OPEN_BRACE) return;
    // The other walk is for what is inside.
    const walk = this.#newWalk();
    walk.open(span.start, span.end);
    walk.enter();
    if (first === OPEN_BRACKET) yield* this.#elementsInSteps(state, walk, span.rule, level);
    else yield* this.#membersInSteps(state, walk, span.rule, level);
  }

  /** Takes a value at which paths end; whether others lead on from it. */
  #goesOn(state: State, span: Span, level: number): boolean {
    if (span.rule.keeps === 'nothing') return false;
    for (const path of state.ends) this.#take(path, span);
    if (state.isEnd) return false;
    if (level > DEEPEST_WALK) {
      const fault = { code: 'TOO_DEEP', at: span.start, message: `more than ${DEEPEST_WALK} nested brackets` } as const;
      throw batchError(this.#batch, fault, 'select');
    }
    return true;
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
    this.#markMembers(state);
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
    this.#markElements(state);
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

  /** The same for a large array. */
  *#elementsInSteps(state: State, walk: ValueWalk, rule: Rule, level: number): Generator<void, void> {
    this.#markElements(state);
    for (let index = 0; walk.nextElement(index === 0); index++) {
      if (index % STEP_VALUES === 0) yield;
      const start = walk.pos;
      while (!walk.skipPart()) yield;
      const next = state.element(index);
      if (!next) continue;
      const element = { start, end: walk.pos, rule: elementRule(rule, index) };
      if (element.end - start > LARGE_BYTES) yield* this.#collectInSteps(next, element, level + 1);
      else this.#collect(next, element, level + 1);
    }
  }

  /** Follows the paths into the members of a large object; of equal names the last counts. */
  *#membersInSteps(state: State, walk: ValueWalk, rule: Rule, level: number): Generator<void, void> {
    if (state.takesAll) this.#markMembers(state);
    const members = new Map<string, Span>();
    for (let count = 0; walk.nextMember(count === 0); count++) {
      if (count % STEP_VALUES === 0) yield;
      const name = decodeString(this.#batch.bytes, walk.keyStart, walk.keyEnd);
      const start = walk.pos;
      while (!walk.skipPart()) yield;
      if (state.member(name)) members.set(name, { start, end: walk.pos, rule: memberRule(rule, name) });
    }
    for (const [name, member] of members) {
      yield;
      const next = state.member(name);
      if (next) yield* this.#collectInSteps(next, member, level + 1);
    }
  }

  #markMembers(state: State): void {
    if (state.membersIn === this.#tree.texts) return;
    state.membersIn = this.#tree.texts;
    for (const path of state.manyMembers) this.#many.add(path);
  }

  #markElements(state: State): void {
    if (state.elementsIn === this.#tree.texts) return;
    state.elementsIn = this.#tree.texts;
    for (const path of state.manyElements) this.#many.add(path);
  }

  #newWalk(): ValueWalk {
    return new ValueWalk(this.#batch.bytes, this.#batch.maxDepth, (fault) => {
      throw batchError(this.#batch, fault, 'select');
    });
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
