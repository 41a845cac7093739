/** Finds which of many operands a text satisfies, in one pass over the text. */

import { eachInTurns } from '../loop/turn.js';
import type { Condition } from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { namesOf, type Operator } from '../terms/operators.js';
import { alternativesOf } from '../values/alternatives.js';
import { foldInSteps } from '../values/fold-in-steps.js';
import { fold, isLongerThan, phrasesOf } from '../values/words.js';
import { isTestedAtOnce, longTest } from './long-tests.js';
import { type PhraseHit, PhraseIndex } from './phrase-index.js';
import { PrefixIndex } from './prefix-index.js';

/** Receives the number of a satisfied operand, possibly more than once; returns whether to stop. */
type OperandHit = (operand: number) => boolean;

/** Adds an operand to an index. */
type Add<Operand> = (index: TextIndex, operand: Operand, number: number) => Promise<void>;

/** How operands are added to an index; undefined for operators that cannot be looked up. */
const ADDERS: { readonly [Name in Operator]: Add<NonNullable<Condition[Name]>> | undefined } = {
  eq: (index, operand, number) => index.addAllPhrases(String(operand), number),
  contains: (index, operand, number) => index.addAnyPhrase(operand, number),
  exact: (index, operand, number) => index.addTexts([String(operand)], number),
  exacts: (index, operands, number) => index.addTexts(operands.map(String), number),
  startswith: (index, operands, number) => index.addPrefixes(operands, number),
  hasvalue: undefined,
  gt: undefined,
  gte: undefined,
  lt: undefined,
  lte: undefined,
};

const OPERATORS = namesOf(ADDERS);

/** Members of a condition beside its operators that an index of texts can ignore, or that the caller evaluates. */
const IGNORED = new Set(['not', 'type', 'contexts', 'nonContextual']);

/** Whether a condition has one operator, which can be looked up by the text of a value. */
export function isLookedUp(condition: Condition): boolean {
  const given = Object.entries(condition).filter(([name, value]) => value !== undefined && !IGNORED.has(name));
  const operator = OPERATORS.find((name) => given.length === 1 && given[0][0] === name);
  if (operator === undefined || !ADDERS[operator]) return false;
  const { [operator]: operand, type } = condition;
  if (type !== undefined && type !== '_STRING') return false;
  // One of several alternatives is enough, and each may have several words.
  if (operator === 'eq' && alternativesOf(String(operand)).length > 1) return false;
  if (Array.isArray(operand)) return operand.every((one) => typeof one === 'string' && one !== NULL_TEXT);
  return typeof operand === 'string' && operand !== NULL_TEXT;
}

async function addOperator<Name extends Operator>(
  index: TextIndex,
  name: Name,
  { [name]: operand }: Condition,
  number: number,
): Promise<void> {
  if (operand !== undefined) await ADDERS[name]?.(index, operand, number);
}

/** Conditions to look up, by the numbers that the caller assigns. */
export class TextIndex {
  readonly #phrases = new PhraseIndex();
  readonly #prefixes = new PrefixIndex();
  /** Conditions on complete texts, by the folded text. */
  readonly #wholes = new Map<string, number[]>();
  #longestWhole = 0;
  /** By number of the phrase or prefix: the conditions that have it. */
  readonly #ofPhrase: number[][] = [];
  readonly #ofPrefix: number[][] = [];
  /** The number of phrases that a condition needs in one text, where it is more than one. */
  readonly #needed = new Map<number, number>();
  /** Conditions that every text satisfies. */
  readonly #always: number[] = [];

  /** Adds a condition for which `isLookedUp` is true. */
  async add(condition: Condition, number: number): Promise<void> {
    for (const name of OPERATORS) await addOperator(this, name, condition, number);
  }

  /** Searches a text; returns whether the callback stopped the search. */
  find(text: string, hit: OperandHit): boolean {
    if (this.#always.some(hit)) return true;
    if (this.#ofPrefix.length > 0 && this.#prefixes.find(text, (prefix) => this.#ofPrefix[prefix].some(hit)))
      return true;
    if (this.#phrases.size === 0 && this.#wholes.size === 0) return false;
    if (isTestedAtOnce(text)) return this.#findFolded(fold(text), hit);
    return longTest(this, text, () => this.findInSteps(text, hit));
  }

  #findFolded(folded: string, hit: OperandHit): boolean {
    if (folded.length <= this.#longestWhole && this.#wholes.get(folded)?.some(hit)) return true;
    return this.#phrases.size > 0 && this.#phrases.find(folded, this.#inText(hit));
  }

  /** Searches a long text for all but prefixes, in steps. @param size characters that are searched in one step */
  *findInSteps(text: string, hit: OperandHit, size?: number): Generator<void, boolean> {
    const isWhole = !isLongerThan(text, this.#longestWhole);
    if (isWhole && this.#wholes.get(yield* foldInSteps(text, size))?.some(hit)) return true;
    return this.#phrases.size > 0 && (yield* this.#phrases.findInSteps(text, this.#inText(hit), size));
  }

  /** Receives the phrases of one text. */
  #inText(hit: OperandHit): PhraseHit {
    const seen = new Set<number>();
    const missing = new Map<number, number>();
    return (phrase) => {
      if (seen.has(phrase)) return false;
      seen.add(phrase);
      return this.#ofPhrase[phrase].some((number) => {
        const needed = this.#needed.get(number);
        if (needed === undefined) return hit(number);
        const left = (missing.get(number) ?? needed) - 1;
        missing.set(number, left);
        return left === 0 && hit(number);
      });
    };
  }

  /** All phrases must occur in one text. */
  async addAllPhrases(operand: string, number: number): Promise<void> {
    const phrases = await this.#phrasesOf(operand);
    for (const phrase of phrases) push(this.#ofPhrase, phrase, number);
    if (phrases.size === 0) this.#always.push(number);
    if (phrases.size > 1) this.#needed.set(number, phrases.size);
  }

  /** One phrase is enough. */
  async addAnyPhrase(operand: string, number: number): Promise<void> {
    for (const phrase of await this.#phrasesOf(operand)) push(this.#ofPhrase, phrase, number);
  }

  /** The text is one of these. */
  async addTexts(texts: readonly string[], number: number): Promise<void> {
    await eachInTurns(texts, (text) => this.#addWhole(text, number));
  }

  /** The text begins with one of these. */
  async addPrefixes(prefixes: readonly string[], number: number): Promise<void> {
    await eachInTurns(prefixes, (prefix) => push(this.#ofPrefix, this.#prefixes.add(fold(prefix)), number));
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
