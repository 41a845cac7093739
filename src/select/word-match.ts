/** Tests of texts that ignore case: equality, prefixes, words and phrases; with one operand or many. */
import { eachInTurns } from '../loop/turn.js';
import { fold, hasWord, isAscii, isLongerThan, phrasesOf } from '../values/words.js';
import { type PhraseHit, PhraseIndex } from './phrase-index.js';
import { PrefixIndex } from './prefix-index.js';

/** Whether a text matches. */
export interface TextTest {
  (text: string): boolean;
  /** The same for a long text, in steps; absent where that takes no longer than for a short one. */
  readonly inSteps?: (text: string) => Generator<void, boolean>;
}

const LAST_ASCII = 0x7f;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const CASE_BIT = 0x20;

/** How the first characters of a text compare with a folded text. */
const UNLIKE = 0;
const ALIKE = 1;
/** Some characters cannot be folded one by one. */
const UNDECIDED = 2;

function comparePrefix(text: string, folded: string): number {
  const length = Math.min(text.length, folded.length);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    // A combining mark joins the character before it, so the next character must be ASCII too.
    if (code > LAST_ASCII || text.charCodeAt(index + 1) > LAST_ASCII) return UNDECIDED;
    const lower = code >= CAPITAL_A && code <= CAPITAL_Z ? code | CASE_BIT : code;
    if (lower !== folded.charCodeAt(index)) return UNLIKE;
  }
  return ALIKE;
}

/** Tests whether a text is equal to the operand. */
export function equalTest(operand: string): TextTest {
  const folded = fold(operand);
  return (text) => {
    const found = comparePrefix(text, folded);
    if (found !== UNDECIDED) return found === ALIKE && text.length === folded.length;
    return !isLongerThan(text, folded.length) && fold(text) === folded;
  };
}

/** Tests whether a text is equal to one of the operands, with one look-up. */
export async function anyEqualTest(operands: readonly string[]): Promise<TextTest> {
  const wanted = new Set<string>();
  let longest = 0;
  await eachInTurns(operands, (operand) => {
    const folded = fold(operand);
    wanted.add(folded);
    longest = Math.max(longest, folded.length);
  });
  return (text) => {
    if (text.length <= longest) return wanted.has(fold(text));
    return !isLongerThan(text, longest) && !isAscii(text) && wanted.has(fold(text));
  };
}

/** Tests whether a text begins with one of the operands, in one pass along the text. */
export async function startTest(operands: readonly string[]): Promise<TextTest> {
  const prefixes = new PrefixIndex();
  await eachInTurns(operands, (operand) => prefixes.add(fold(operand)));
  return (text) => prefixes.find(text, () => true);
}

/** With at most so many words and phrases, a text is searched for them before it is split into words. */
const FEW = 8;

/** Tests whether a text has the words and phrases of the operand: all of them, or any. */
export async function wordsTest(operand: string, all: boolean): Promise<TextTest> {
  const phrases = await PhraseFinder.of(operand);
  const test: TextTest = all ? (text) => phrases.hasAll(text) : (text) => phrases.find(text, () => true);
  return Object.assign(test, { inSteps: (text: string) => phrases.testInSteps(text, all) });
}

/** Searches texts for words and phrases. */
export class PhraseFinder {
  readonly #index = new PhraseIndex();
  /** By number of the phrase: text that must occur where the phrase does; only for a few phrases. */
  #literals: readonly string[] | undefined;
  /** Whether all phrases are single words without `*`. */
  #areWords = true;

  private constructor() {}

  /** Makes a finder for the words and phrases of an operand. */
  static async of(operand: string): Promise<PhraseFinder> {
    const finder = new PhraseFinder();
    const literals: string[] = [];
    await eachInTurns(phrasesOf(operand), (phrase) => {
      const number = finder.#index.add(phrase);
      if (number < FEW) literals[number] = literalOf(phrase);
      if (phrase.length > 1 || phrase[0].includes('*')) finder.#areWords = false;
    });
    // A phrase without a literal may occur anywhere.
    finder.#literals = finder.size > FEW || literals.includes('') ? undefined : literals;
    return finder;
  }

  /** The number of different phrases. */
  get size(): number {
    return this.#index.size;
  }

  /** Returns whether the callback stopped the search. */
  find(text: string, hit: PhraseHit): boolean {
    const folded = fold(text);
    const literals = this.#literals;
    if (!literals) return this.#index.find(folded, hit);
    if (this.#areWords) return literals.some((word, number) => hasWord(folded, word) && hit(number));
    return literals.some((literal) => folded.includes(literal)) && this.#index.find(folded, hit);
  }

  /** Whether all phrases occur in the text. */
  hasAll(text: string): boolean {
    const { size } = this;
    if (size === 0) return true;
    const folded = fold(text);
    const literals = this.#literals;
    if (literals && this.#areWords) return literals.every((word) => hasWord(folded, word));
    if (literals && !literals.every((literal) => folded.includes(literal))) return false;
    const found = new Set<number>();
    return this.#index.find(folded, (phrase) => found.add(phrase).size === size);
  }

  /**
   * Like `find`, for a long text, in steps.
   * @param size characters that are searched in one step
   */
  findInSteps(text: string, hit: PhraseHit, size?: number): Generator<void, boolean> {
    const literals = this.#areWords ? this.#literals : undefined;
    const inPiece =
      literals && ((folded: string) => literals.some((word, number) => hasWord(folded, word) && hit(number)));
    return this.#index.findInSteps(text, hit, size, inPiece);
  }

  /** Whether one phrase occurs in a long text, or all do; in steps. */
  *testInSteps(text: string, all: boolean, size?: number): Generator<void, boolean> {
    const wanted = all ? this.size : Math.min(1, this.size);
    if (wanted === 0) return all;
    const found = new Set<number>();
    return yield* this.findInSteps(text, (phrase) => found.add(phrase).size >= wanted, size);
  }
}

/** The longest literal text of a phrase. */
function literalOf(phrase: readonly string[]): string {
  return phrase
    .flatMap((pattern) => pattern.split('*'))
    .reduce((best, one) => (one.length > best.length ? one : best), '');
}
