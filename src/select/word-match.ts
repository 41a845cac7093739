/** Texts compared with their case ignored: whole, from their beginning, and by the words in them; with one or with many. */
import { eachInTurns } from '../loop/turn.js';
import { fold, hasWord, isAscii, phrasesOf } from '../values/words.js';
import { type PhraseHit, PhraseIndex } from './phrase-index.js';
import { PrefixIndex } from './prefix-index.js';

/** Whether a text matches. */
export type TextTest = (text: string) => boolean;

const LAST_ASCII = 0x7f;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const CASE_BIT = 0x20;

/** What the first characters of a text tell of its beginning with a folded one. */
const UNLIKE = 0;
const ALIKE = 1;
/** There are characters whose case cannot be told one by one. */
const UNTOLD = 2;

function comparePrefix(text: string, folded: string): number {
  const length = Math.min(text.length, folded.length);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    // A mark behind a character becomes one with it, so the next one must be plain too.
    if (code > LAST_ASCII || text.charCodeAt(index + 1) > LAST_ASCII) return UNTOLD;
    const lower = code >= CAPITAL_A && code <= CAPITAL_Z ? code | CASE_BIT : code;
    if (lower !== folded.charCodeAt(index)) return UNLIKE;
  }
  return ALIKE;
}

/** Tests for being equal to the operand. */
export function equalTest(operand: string): TextTest {
  const folded = fold(operand);
  return (text) => {
    const found = comparePrefix(text, folded);
    return found === UNTOLD ? fold(text) === folded : found === ALIKE && text.length === folded.length;
  };
}

/** Tests for being equal to one of the operands: one look-up, however many there are. */
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
    return !isAscii(text) && wanted.has(fold(text));
  };
}

/** Tests for beginning with one of the operands: one walk along the text, however many they are. */
export async function startTest(operands: readonly string[]): Promise<TextTest> {
  const prefixes = new PrefixIndex();
  await eachInTurns(operands, (operand) => prefixes.add(fold(operand)));
  return (text) => prefixes.find(text, () => true);
}

/** Words and phrases of an operand that are looked for as they stand, before a text is cut into its words. */
const FEW = 8;

/** Tests for holding the words and phrases of the operand: all of them, or any. */
export async function wordsTest(operand: string, all: boolean): Promise<TextTest> {
  const phrases = await PhraseFinder.of(operand);
  if (!all) return (text) => phrases.find(text, () => true);
  return (text) => phrases.hasAll(text);
}

/** Looks for words and phrases in texts as they are written. */
export class PhraseFinder {
  readonly #index = new PhraseIndex();
  /** Of a few phrases: what must stand in a text where the phrase occurs, by number of the phrase. */
  #literals: readonly string[] | undefined;
  /** The literals are words, and there is nothing else to look for. */
  #areWords = true;

  private constructor() {}

  /** Makes one for the words and phrases of an operand. */
  static async of(operand: string): Promise<PhraseFinder> {
    const finder = new PhraseFinder();
    const literals: string[] = [];
    await eachInTurns(phrasesOf(operand), (phrase) => {
      const number = finder.#index.add(phrase);
      if (number < FEW) literals[number] = literalOf(phrase);
      if (phrase.length > 1 || phrase[0].includes('*')) finder.#areWords = false;
    });
    // What holds no literal at all may be anywhere.
    finder.#literals = finder.size > FEW || literals.includes('') ? undefined : literals;
    return finder;
  }

  /** How many different phrases there are. */
  get size(): number {
    return this.#index.size;
  }

  /** Answers whether the callback has said that enough is known. */
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
}

/** The longest text that must stand there as it is. */
function literalOf(phrase: readonly string[]): string {
  return phrase
    .flatMap((pattern) => pattern.split('*'))
    .reduce((best, one) => (one.length > best.length ? one : best), '');
}
