/** Finds which of many words and phrases occur in a text, in one pass over its words. */
import { foldInSteps } from '../values/fold-in-steps.js';
import { eachWord, fold, wordsInSteps } from '../values/words.js';
import { NumberTrie, ROOT } from './number-trie.js';
import { WildcardIndex } from './wildcard-index.js';
import { LONG_TEXT, wordPieces } from './word-pieces.js';

/** Receives the number of a phrase that occurs, possibly more than once; returns whether the search can stop. */
export type PhraseHit = (phrase: number) => boolean;

/** The phrases that have begun where a piece of a text ends, by their nodes; filled while the piece is searched. */
export interface Begun {
  nodes: readonly number[];
}

/** Searches a folded piece of a text. */
type InPiece = (folded: string) => boolean;

/** Phrases are numbered in the order of insertion, each one once. */
export class PhraseIndex {
  /** Labels of edges are twice the number of a word, or twice the number of a pattern plus one. */
  readonly #trie = new NumberTrie();
  readonly #words = new Map<string, number>();
  #wildcards: WildcardIndex | undefined;
  /** By node: the phrase that ends there, counted from 1. */
  readonly #ends: number[] = [0];
  /** By node: whether a phrase continues there. */
  readonly #goesOn: boolean[] = [false];
  #size = 0;
  /** Characters of the longest word; infinite where one has a `*`. */
  #longest = 0;

  /** The number of different phrases. */
  get size(): number {
    return this.#size;
  }

  /** Adds folded words that must follow one another; returns the number of the phrase. */
  add(phrase: readonly string[]): number {
    let node = ROOT;
    for (const pattern of phrase) {
      this.#longest = pattern.includes('*') ? Number.POSITIVE_INFINITY : Math.max(this.#longest, pattern.length);
      this.#goesOn[node] = true;
      node = this.#trie.add(node, this.#labelOf(pattern));
      this.#ends[node] ??= 0;
      this.#goesOn[node] ??= false;
    }
    if (this.#ends[node] === 0) this.#ends[node] = ++this.#size;
    return this.#ends[node] - 1;
  }

  /**
   * Searches a folded text; returns whether the callback stopped the search.
   * @param before of the pieces before this one, if the text is one of several
   */
  find(folded: string, hit: PhraseHit, before?: Begun): boolean {
    const begun: Begun = before ?? { nodes: [] };
    return eachWord(folded, (word) => this.#meet(word, this.#wildcards?.matching(word), begun, hit));
  }

  /**
   * Searches a long text, not folded, in steps.
   * @param size characters that are searched in one step
   * @param inPiece how a short folded piece is searched, where `find` is not the fastest way
   */
  *findInSteps(text: string, hit: PhraseHit, size = LONG_TEXT, inPiece?: InPiece): Generator<void, boolean> {
    const begun: Begun = { nodes: [] };
    for (const piece of wordPieces(text, this.#longest, size)) {
      if (piece !== undefined) {
        // Longer than that it is because a word goes on.
        const isLong = piece.length > 2 * size;
        const isEnough = isLong
          ? yield* this.#findInLongPiece(yield* foldInSteps(piece, size), hit, begun, size)
          : (inPiece?.(fold(piece)) ?? this.find(fold(piece), hit, begun));
        if (isEnough) return true;
      }
      yield;
    }
    return false;
  }

  *#findInLongPiece(folded: string, hit: PhraseHit, begun: Begun, size: number): Generator<void, boolean> {
    for (const word of wordsInSteps(folded, size)) {
      yield;
      if (word === undefined) continue;
      const patterns = this.#wildcards && (yield* this.#wildcards.matchingInSteps(word, size));
      if (this.#meet(word, patterns, begun, hit)) return true;
    }
    return false;
  }

  /** Goes on with the next word of a text. */
  #meet(word: string, patterns: readonly number[] = NO_PATTERNS, begun: Begun, hit: PhraseHit): boolean {
    const known = this.#words.get(word);
    const next: number[] = [];
    if (known !== undefined || patterns.length > 0) {
      for (const node of [...begun.nodes, ROOT]) {
        if (known !== undefined && this.#follow(node, 2 * known, next, hit)) return true;
        for (const pattern of patterns) if (this.#follow(node, 2 * pattern + 1, next, hit)) return true;
      }
    }
    begun.nodes = next;
    return false;
  }

  #follow(node: number, label: number, next: number[], hit: PhraseHit): boolean {
    const child = this.#trie.child(node, label);
    if (child === 0) return false;
    if (this.#goesOn[child]) next.push(child);
    return this.#ends[child] > 0 && hit(this.#ends[child] - 1);
  }

  #labelOf(pattern: string): number {
    if (pattern.includes('*')) {
      this.#wildcards ??= new WildcardIndex();
      return 2 * this.#wildcards.add(pattern) + 1;
    }
    const known = this.#words.get(pattern);
    if (known !== undefined) return 2 * known;
    this.#words.set(pattern, this.#words.size);
    return 2 * (this.#words.size - 1);
  }
}

const NO_PATTERNS: readonly number[] = Object.freeze([]);
