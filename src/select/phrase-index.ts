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
    let begun = [...(before?.nodes ?? [])];
    const onWord = (word: string) => {
      const known = this.#words.get(word);
      const patterns = this.#wildcards?.matching(word) ?? NO_PATTERNS;
      if (known === undefined && patterns.length === 0) {
        if (begun.length > 0) begun = [];
        return false;
      }
      const next: number[] = [];
      begun.push(ROOT);
      for (const node of begun) {
        if (known !== undefined && this.#follow(node, 2 * known, next, hit)) return true;
        for (const pattern of patterns) if (this.#follow(node, 2 * pattern + 1, next, hit)) return true;
      }
      begun = next;
      return false;
    };
    const isStopped = eachWord(folded, onWord);
    if (before) before.nodes = begun;
    return isStopped;
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
