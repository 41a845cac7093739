/** Finds which of many folded texts a text begins with, in one pass along the text. */
import { foldedFront } from '../values/words.js';
import { NumberTrie, ROOT } from './number-trie.js';

const LAST_ASCII = 0x7f;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const CASE_BIT = 0x20;

/** Texts are numbered in the order of insertion, each one once. */
export class PrefixIndex {
  readonly #trie = new NumberTrie();
  /** By node: the text that ends there, counted from 1. */
  readonly #ends: number[] = [0];
  #size = 0;
  #longest = 0;

  /** Adds a folded text; returns its number. */
  add(folded: string): number {
    let node = ROOT;
    this.#longest = Math.max(this.#longest, folded.length);
    for (let index = 0; index < folded.length; index++) {
      node = this.#trie.add(node, folded.charCodeAt(index));
      this.#ends[node] ??= 0;
    }
    if (this.#ends[node] === 0) this.#ends[node] = ++this.#size;
    return this.#ends[node] - 1;
  }

  /** Follows a text as it is written, ignoring case; returns whether the callback stopped the search. */
  find(text: string, hit: (number: number) => boolean): boolean {
    let node = ROOT;
    if (this.#ends[node] > 0 && hit(this.#ends[node] - 1)) return true;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      // A combining mark joins the character before it, so the next character must be ASCII too.
      if (code > LAST_ASCII || text.charCodeAt(index + 1) > LAST_ASCII)
        return this.#findFolded(foldedFront(text, this.#longest), node, index, hit);
      const lower = code >= CAPITAL_A && code <= CAPITAL_Z ? code | CASE_BIT : code;
      node = this.#trie.child(node, lower);
      if (node === ROOT) return false;
      if (this.#ends[node] > 0 && hit(this.#ends[node] - 1)) return true;
    }
    return false;
  }

  /** Continues where characters cannot be folded one by one; the characters before fold to as many. */
  #findFolded(folded: string, from: number, start: number, hit: (number: number) => boolean): boolean {
    let node = from;
    for (let index = start; index < folded.length; index++) {
      node = this.#trie.child(node, folded.charCodeAt(index));
      if (node === ROOT) return false;
      if (this.#ends[node] > 0 && hit(this.#ends[node] - 1)) return true;
    }
    return false;
  }
}
