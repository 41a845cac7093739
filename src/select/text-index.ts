/** Which of many operands a text satisfies: found in one pass over it, however many there are. */

import { eachInTurns } from '../loop/turn.js';
import type { Condition } from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { fold, phrasesOf } from '../values/words.js';
import { PhraseIndex } from './phrase-index.js';
import { PrefixIndex } from './prefix-index.js';

/** Told the number of an operand that is satisfied, perhaps again; answers whether enough is known. */
type OperandHit = (operand: number) => boolean;

/** The operators that are looked up. */
const LOOKED_UP = ['eq', 'contains', 'exact', 'exacts', 'startswith'] as const;

/** Members of a condition that do not concern the text of a value. */
const BESIDE = new Set(['not', 'type', 'contexts', 'nonContextual']);

/** Whether a condition asks one thing of the text of a value that can be looked up. */
export function isLookedUp(condition: Condition): boolean {
  const asked = Object.entries(condition).filter(([name, value]) => value !== undefined && !BESIDE.has(name));
  if (asked.length !== 1 || !LOOKED_UP.some((name) => name === asked[0][0])) return false;
  const { type, eq, exact, exacts } = condition;
  if (type !== undefined && type !== '_STRING') return false;
  const isText = [eq, exact].every((operand) => operand === undefined || typeof operand === 'string');
  return isText && eq !== NULL_TEXT && exact !== NULL_TEXT && !exacts?.includes(NULL_TEXT);
}

/** Conditions that are looked up, by numbers that the caller gives them. */
export class TextIndex {
  readonly #phrases = new PhraseIndex();
  readonly #prefixes = new PrefixIndex();
  /** Of whole texts, by the text. */
  readonly #wholes = new Map<string, number[]>();
  #longestWhole = 0;
  /** By number of the phrase or prefix: the conditions it is in. */
  readonly #ofPhrase: number[][] = [];
  readonly #ofPrefix: number[][] = [];
  /** Of conditions that need several phrases in one text: how many. */
  readonly #needed = new Map<number, number>();
  /** Conditions that every text satisfies. */
  readonly #always: number[] = [];

  /** Adds a condition of which `isLookedUp` is true. */
  async add(condition: Condition, number: number): Promise<void> {
    const { eq, contains, exact, exacts = [], startswith = [] } = condition;
    if (typeof eq === 'string') await this.#addAll(eq, number);
    if (contains !== undefined) {
      for (const phrase of await this.#phrasesOf(contains)) push(this.#ofPhrase, phrase, number);
    }
    if (exact !== undefined) this.#addWhole(String(exact), number);
    await eachInTurns(exacts, (whole) => this.#addWhole(whole, number));
    await eachInTurns(startswith, (prefix) => push(this.#ofPrefix, this.#prefixes.add(fold(prefix)), number));
  }

  /** Looks through a text; answers whether the callback has said that enough is known. */
  find(text: string, hit: OperandHit): boolean {
    if (this.#always.some(hit)) return true;
    if (this.#ofPrefix.length > 0 && this.#prefixes.find(text, (prefix) => this.#ofPrefix[prefix].some(hit)))
      return true;
    if (this.#phrases.size === 0 && this.#wholes.size === 0) return false;
    const folded = fold(text);
    if (folded.length <= this.#longestWhole && this.#wholes.get(folded)?.some(hit)) return true;
    return this.#phrases.size > 0 && this.#findPhrases(folded, hit);
  }

  #findPhrases(folded: string, hit: OperandHit): boolean {
    const seen = new Set<number>();
    const missing = new Map<number, number>();
    return this.#phrases.find(folded, (phrase) => {
      if (seen.has(phrase)) return false;
      seen.add(phrase);
      return this.#ofPhrase[phrase].some((number) => {
        const needed = this.#needed.get(number);
        if (needed === undefined) return hit(number);
        const left = (missing.get(number) ?? needed) - 1;
        missing.set(number, left);
        return left === 0 && hit(number);
      });
    });
  }

  async #addAll(operand: string, number: number): Promise<void> {
    const phrases = await this.#phrasesOf(operand);
    for (const phrase of phrases) push(this.#ofPhrase, phrase, number);
    if (phrases.size === 0) this.#always.push(number);
    if (phrases.size > 1) this.#needed.set(number, phrases.size);
  }

  #addWhole(text: string, number: number): void {
    const folded = fold(text);
    this.#longestWhole = Math.max(this.#longestWhole, folded.length);
    const known = this.#wholes.get(folded);
    if (known) known.push(number);
    else this.#wholes.set(folded, [number]);
  }

  async #phrasesOf(operand: string): Promise<ReadonlySet<number>> {
    const phrases = new Set<number>();
    await eachInTurns(phrasesOf(operand), (phrase) => phrases.add(this.#phrases.add(phrase)));
    return phrases;
  }
}

function push(lists: number[][], index: number, number: number): void {
  const list = lists[index];
  if (list) list.push(number);
  else lists[index] = [number];
}
