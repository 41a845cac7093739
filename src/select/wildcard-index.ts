/** Finds which of many patterns match a word, where `*` is any characters, in one pass over the word. */
import { NumberTrie, ROOT } from './number-trie.js';

/** The label of an edge for any characters; words never have this character. */
const STAR = 0x2a;

/** Initial room for nodes. */
const FIRST_NODES = 16;

/** Maximum of words whose result is cached; texts repeat their words. */
const REMEMBERED = 50_000;

/** Longer words rarely repeat. */
const LONGEST_REMEMBERED = 32;

/** Longer words are compared with each pattern alone: a walk takes as many steps per character as stars were passed. */
const LONGEST_WALKED = 64;

/** Steps are counted in 32 bits. */
const LAST_STEP = 2 ** 31 - 2;

const NO_PATTERNS: readonly number[] = Object.freeze([]);

/** Patterns are numbered in the order of insertion, each one once. */
export class WildcardIndex {
  readonly #trie = new NumberTrie();
  readonly #numbers = new Map<string, number>();
  /** By pattern: the texts before, between and after its stars. */
  readonly #pieces: (readonly string[])[] = [];
  /** By node: the pattern that ends there, counted from 1. */
  #ends = new Int32Array(FIRST_NODES);
  /** By node: whether any characters lead there. */
  #stars = new Uint8Array(FIRST_NODES);
  /** By node: the step at which it was entered last. */
  #entered = new Int32Array(FIRST_NODES);
  #step = 0;
  readonly #remembered = new Map<string, readonly number[]>();

  get size(): number {
    return this.#numbers.size;
  }

  /** Adds a folded pattern; returns its number. */
  add(pattern: string): number {
    const normal = pattern.replace(/\*+/g, '*');
    const known = this.#numbers.get(normal);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(normal, number);
    this.#pieces.push(normal.split('*'));
    let node = ROOT;
    for (let index = 0; index < normal.length; index++) {
      const code = normal.charCodeAt(index);
      node = this.#trie.add(node, code);
      if (node >= this.#ends.length) this.#grow();
      if (code === STAR) this.#stars[node] = 1;
    }
    this.#ends[node] = number + 1;
    this.#remembered.clear();
    return number;
  }

  /** The numbers of the patterns that match the complete word. */
  matching(word: string): readonly number[] {
    if (word.length > LONGEST_WALKED) return this.#search(word);
    if (word.length > LONGEST_REMEMBERED) return this.#match(word);
    const known = this.#remembered.get(word);
    if (known) return known;
    const found = this.#match(word);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(word, found);
    return found;
  }

  /** The same in steps, for a long word. @param size characters that are searched in one step */
  *matchingInSteps(word: string, size: number): Generator<void, readonly number[]> {
    if (word.length <= LONGEST_WALKED) return this.matching(word);
    const found: number[] = [];
    for (const [number, pieces] of this.#pieces.entries()) {
      if (yield* spellsInSteps(word, pieces, size)) found.push(number);
      yield;
    }
    return found;
  }

  #search(word: string): readonly number[] {
    const found: number[] = [];
    for (const [number, pieces] of this.#pieces.entries()) if (spells(word, pieces)) found.push(number);
    return found;
  }

  #match(word: string): readonly number[] {
    const found: number[] = [];
    let here: number[] = [];
    if (this.#step > LAST_STEP - word.length) {
      this.#entered.fill(0);
      this.#step = 0;
    }
    this.#step++;
    this.#enter(ROOT, here, found);
    for (let index = 0; index < word.length && here.length > 0; index++) {
      const code = word.charCodeAt(index);
      const next: number[] = [];
      this.#step++;
      for (const node of here) {
        if (this.#stars[node] === 1) this.#enter(node, next, found);
        const child = this.#trie.child(node, code);
        if (child > 0) this.#enter(child, next, found);
      }
      here = next;
    }
    for (const node of here) if (this.#ends[node] > 0 && this.#stars[node] === 0) found.push(this.#ends[node] - 1);
    // A pattern that ends in a star was found once for each character after it.
    return found.length === 0 ? NO_PATTERNS : [...new Set(found)];
  }

  /** Enters a node, and the nodes that an empty sequence of any characters leads to. */
  #enter(node: number, next: number[], found: number[]): void {
    if (this.#entered[node] === this.#step) return;
    this.#entered[node] = this.#step;
    next.push(node);
    // The star matches the rest.
    if (this.#stars[node] === 1 && this.#ends[node] > 0) found.push(this.#ends[node] - 1);
    const star = this.#trie.child(node, STAR);
    if (star > 0) this.#enter(star, next, found);
  }

  #grow(): void {
    const size = 2 * this.#ends.length;
    const larger = <T extends Int32Array | Uint8Array>(made: T, from: T) => {
      made.set(from);
      return made;
    };
    this.#ends = larger(new Int32Array(size), this.#ends);
    this.#stars = larger(new Uint8Array(size), this.#stars);
    this.#entered = larger(new Int32Array(size), this.#entered);
  }
}

/** Whether the word consists of the pieces in order, with anything between them; the first occurrence of each is best. */
function spells(word: string, pieces: readonly string[]): boolean {
  if (!hasEnds(word, pieces)) return false;
  let at = pieces[0].length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const begin = word.indexOf(pieces[index], at);
    if (begin < 0) return false;
    at = begin + pieces[index].length;
  }
  return isBeforeLast(at, word, pieces);
}

/** The same in steps, for a long word. */
function* spellsInSteps(word: string, pieces: readonly string[], size: number): Generator<void, boolean> {
  if (!hasEnds(word, pieces)) return false;
  let at = pieces[0].length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index];
    let begin = -1;
    for (let from = at; begin < 0 && from < word.length; from += size) {
      const found = word.slice(from, from + size + piece.length - 1).indexOf(piece);
      if (found >= 0) begin = from + found;
      yield;
    }
    if (begin < 0) return false;
    at = begin + piece.length;
  }
  return isBeforeLast(at, word, pieces);
}

/** Whether the word begins with the first piece and ends with the last one. */
function hasEnds(word: string, pieces: readonly string[]): boolean {
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  if (pieces.length === 1) return word === first;
  return word.length >= first.length + last.length && word.startsWith(first) && word.endsWith(last);
}

/** Whether the last piece is behind the place up to which the others reach. */
function isBeforeLast(at: number, word: string, pieces: readonly string[]): boolean {
  return pieces.length === 1 || at <= word.length - pieces[pieces.length - 1].length;
}
