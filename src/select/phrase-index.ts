/** Finds which of many words and phrases occur in a text, in one pass over its words. */
import { eachWord } from '../values/words.js';
import { NumberTrie, ROOT } from './number-trie.js';
import { WildcardIndex } from './wildcard-index.js';

/** Receives the number of a phrase that occurs, possibly more than once; returns whether the search can stop. */
export type PhraseHit = (phrase: number) => boolean;

/** The phrases that have begun where a piece of a text ends, by their nodes; filled while the piece is searched. */
export interface Begun {
  nodes: readonly number[];
}

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

  /** The number of different phrases. */
  get size(): number {
    return this.#size;
  }

  /** Adds folded words that must follow one another; returns the number of the phrase. */
  add(phrase: readonly string[]): number {
    let node = ROOT;
    for (const pattern of phrase) {
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

  /** The same in steps, for a text in which a word is long: it is compared with one pattern after the other. */
  *findInSteps(folded: string, hit: PhraseHit, begun: Begun): Generator<void, boolean> {
    const words: string[] = [];
    eachWord(folded, (word) => {
      words.push(word);
      return false;
    });
    for (const word of words) {
      yield;
      const patterns = this.#wildcards && (yield* this.#wildcards.matchingInSteps(word));
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
