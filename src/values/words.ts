/** Cuts texts into words, and operands into what to search for: words, phrases in quotes, `*` for any characters. */
import { splitAtQuotes } from './alternatives.js';
import {
  beginsWord,
  DIGIT,
  FORMAT,
  HEBREW,
  IDEOGRAPH,
  isIgnored,
  isJoined,
  isJoinedBy,
  JOINER,
  kindAt,
  LETTER,
  MARK,
  OTHER,
  SINGLE_QUOTE,
  STAR,
} from './word-breaks.js';

/** Whether all characters are ASCII, whose case is simple. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Folds a text: texts that differ only in case, or in how accents are composed, become equal. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  // First to capitals: some letters have two lower-case forms, such as sigma, or none of their own.
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** No text is more than so many times as long as it is when folded: accents that are composed, rare ideographs. */
const MOST_FOLDED = 8;

/** Whether a text is too long to be equal to a folded text of this length. */
export function isLongerThan(text: string, folded: number): boolean {
  return text.length > MOST_FOLDED * folded;
}

/** Whether a text begins with a character that may become one with the character before it. */
export function beginsJoining(text: string): boolean {
  return /^[\p{M}\u1160-\u11ff\udc00-\udfff]/u.test(text);
}

/** At least the first `length` characters of the folded text, or all of them. */
export function foldedFront(text: string, length: number): string {
  let end = MOST_FOLDED * (length + 1);
  while (end < text.length && beginsJoining(text.slice(end, end + 2))) end++;
  return fold(end < text.length ? text.slice(0, end) : text);
}

/** Receives a word with its offsets; returns whether to stop. */
type OnWord = (word: string, start: number, end: number) => boolean;

/**
 * Passes the words of a folded text to the callback, in order, until it returns true; returns whether it did. Words are
 * what Unicode's rules (UAX 29) make them: letters and digits, joined by `_`, and by `.`, `:` or an apostrophe inside. Of
 * scripts without blanks between words, each character is a word.
 */
export function eachWord(folded: string, isEnough: OnWord): boolean {
  return cut(folded, false, isEnough);
}

/** The words of a long folded text, in steps; undefined where a word goes on. */
export function* wordsInSteps(folded: string, size: number): Generator<string | undefined, void> {
  const begun = { ...BEGUN };
  let words: string[] = [];
  const keep = (word: string) => words.push(word) === 0;
  do {
    cut(folded, false, keep, begun, Math.min(begun.at + size, folded.length));
    yield undefined;
    yield* words;
    words = [];
  } while (begun.at < folded.length);
}

const STAR_CODE = 0x2a;
const LOW_LINE = 0x5f;

/** A character separates words wherever it is, is in a word wherever it is, or depends on others. */
const APART = 1;
const WITHIN = 2;
const EITHER = 3;

/** The role of each character of ASCII, determined when it first occurs: not for programs without words. 0: it has not. */
const ASCII = new Uint8Array(0x80);

function roleOf(code: number): number {
  return code < 0x80 ? ASCII[code] || determineRole(code) : EITHER;
}

function determineRole(code: number): number {
  const kind = kindAt(String.fromCharCode(code), 0);
  const role = kind === OTHER ? APART : kind === LETTER || kind === DIGIT || kind === JOINER ? WITHIN : EITHER;
  ASCII[code] = role;
  return role;
}

/** The end of the characters after this one that are certainly in the same word. */
function plainEnd(text: string, from: number, stop: number): number {
  let at = from + 1;
  for (; at < stop; at++) {
    const code = text.charCodeAt(at);
    if (roleOf(code) !== WITHIN) break;
  }
  return at;
}

/** How far a text was cut. */
interface Cutting {
  at: number;
  /** Where the word begins that has not ended; -1: there is none. */
  start: number;
  /** The end of the word so far: without invisible characters behind it. */
  end: number;
  /** The kind of the last character that is neither a mark nor invisible. */
  before: number;
  hasContent: boolean;
}

const BEGUN: Readonly<Cutting> = { at: 0, start: -1, end: 0, before: OTHER, hasContent: false };

/**
 * @param isPattern whether `*` stands for characters of a word
 * @param begun where an earlier call stopped; this one goes on there
 * @param stop where to stop, or a little further on; the last word is passed at the end of the text
 */
function cut(text: string, isPattern: boolean, isEnough: OnWord, begun?: Cutting, stop = text.length): boolean {
  let { at, start, end, before, hasContent } = begun ?? BEGUN;
  for (; at < stop; at++) {
    const code = text.charCodeAt(at);
    const role = roleOf(code);
    if (role === APART && !(isPattern && code === STAR_CODE)) {
      if (start >= 0 && hasContent && isEnough(text.slice(start, end), start, end)) return true;
      start = -1;
      continue;
    }
    if (role === WITHIN && (start < 0 || before === LETTER || before === DIGIT || before === JOINER)) {
      if (start < 0) {
        start = at;
        hasContent = false;
      }
      end = plainEnd(text, at, stop);
      hasContent ||= code !== LOW_LINE || !isOfJoiners(text, at, end);
      at = end - 1;
      before = kindAt(text, at);
      continue;
    }
    let kind = isPattern && code === STAR_CODE ? STAR : kindAt(text, at);
    let behind = at + sizeAt(text, at);
    if (start >= 0) {
      if (!isJoined(before, kind)) {
        if (isIgnored(kind)) {
          if (kind === MARK) end = behind;
          at = behind - 1;
          continue;
        }
        const next = nextContent(text, behind);
        const nextKind = next < text.length ? kindIn(text, next, isPattern) : OTHER;
        if (isJoinedBy(before, kind, nextKind)) {
          kind = nextKind;
          behind = next + sizeAt(text, next);
        } else {
          if (before === HEBREW && kind === SINGLE_QUOTE) end = marksEnd(text, behind);
          if (hasContent && isEnough(text.slice(start, end), start, end)) return true;
          start = -1;
        }
      }
    }
    if (start < 0 && beginsWord(kind)) {
      start = at;
      hasContent = false;
    }
    if (start >= 0) {
      hasContent ||= kind !== JOINER;
      end = behind;
    }
    before = kind;
    at = behind - 1;
  }
  if (begun) Object.assign(begun, { at, start, end, before, hasContent });
  return at >= text.length && start >= 0 && hasContent && isEnough(text.slice(start, end), start, end);
}

/**
 * Whether words before this place in a text, folded or not, are the same whatever follows, and those behind it whatever
 * is before.
 */
export function isBetweenWords(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return roleOf(code) === APART;
  if (code >= 0xdc00 && code <= 0xdfff) return false;
  const kind = kindAt(text, at);
  return kind === OTHER || kind === IDEOGRAPH;
}

/** Whether the character is in a word with its neighbours of this kind, wherever it is: a letter or a digit. */
export function isInWord(code: number): boolean {
  return code !== LOW_LINE && roleOf(code) === WITHIN;
}

function isOfJoiners(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (kindAt(text, at) !== JOINER) return false;
  return true;
}

function kindIn(text: string, at: number, isPattern: boolean): number {
  return isPattern && text.charCodeAt(at) === STAR_CODE ? STAR : kindAt(text, at);
}

/** The number of code units of the character. */
function sizeAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00 ? 2 : 1;
}

/** The end of the last mark from here on; the same place if there is none. */
function marksEnd(text: string, from: number): number {
  let end = from;
  for (let at = from; at < text.length; at += sizeAt(text, at)) {
    const kind = kindAt(text, at);
    if (!isIgnored(kind)) break;
    if (kind === MARK) end = at + sizeAt(text, at);
  }
  return end;
}

/** The next character from here on that is neither a mark nor invisible. */
function nextContent(text: string, from: number): number {
  let at = from;
  while (at < text.length && isIgnored(kindAt(text, at))) at += sizeAt(text, at);
  return at;
}

/** The last such character before here; -1 if there is none. */
function lastContent(text: string, before: number): number {
  let at = startBefore(text, before);
  while (at >= 0 && isIgnored(kindAt(text, at))) at = startBefore(text, at);
  return at;
}

/** Where the character begins that ends here; -1 at the start. */
function startBefore(text: string, at: number): number {
  const isPair =
    at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 2) & 0xfc00) === 0xd800;
  return isPair ? at - 2 : at - 1;
}

/** Whether a word, as `eachWord` yields it, is among the words of a folded text. */
export function hasWord(folded: string, word: string): boolean {
  for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) {
    if (begins(folded, at) && ends(folded, at + word.length)) return true;
  }
  return false;
}

/** Whether no word goes on here, where one could begin. */
function begins(text: string, at: number): boolean {
  if (at === 0) return true;
  const role = roleOf(text.charCodeAt(at - 1));
  if (role === APART) return true;
  if (role === WITHIN && roleOf(text.charCodeAt(at)) === WITHIN) return false;
  const last = lastContent(text, at);
  if (last < 0) return true;
  const kind = kindAt(text, at);
  const between = kindAt(text, last);
  if (isJoined(between, kind)) return false;
  const first = lastContent(text, last);
  return first < 0 || !isJoinedBy(kindAt(text, first), between, kind);
}

/** Whether the word that reaches here goes on no further. */
function ends(text: string, at: number): boolean {
  if (at === text.length) return true;
  const role = roleOf(text.charCodeAt(at));
  if (role === APART) return true;
  if (role === WITHIN && roleOf(text.charCodeAt(at - 1)) === WITHIN) return false;
  let next = at;
  while (next < text.length && kindAt(text, next) === FORMAT) next += sizeAt(text, next);
  if (next >= text.length) return true;
  const kind = kindAt(text, next);
  if (kind === MARK) return false;
  const last = lastContent(text, at);
  const before = kindAt(text, last);
  const first = lastContent(text, last);
  if (first >= 0 && isJoinedBy(kindAt(text, first), before, kind)) return false;
  if (isJoined(before, kind) || (before === HEBREW && kind === SINGLE_QUOTE)) return false;
  const after = nextContent(text, next + sizeAt(text, next));
  return after >= text.length || !isJoinedBy(before, kind, kindAt(text, after));
}

/**
 * Yields what an operand searches for, folded: words that must follow one another, which are several in quotes, or without
 * a blank between them; else one word. An unclosed last quote is ignored.
 */
export function* phrasesOf(operand: string): Generator<readonly string[], void> {
  const parts = splitAtQuotes(fold(operand));
  for (const [index, part] of parts.entries()) {
    const phrases: string[][] = [];
    const isQuoted = index % 2 === 1 && index < parts.length - 1;
    let last = -1;
    cut(part, true, (word, start, end) => {
      const phrase = phrases.at(-1);
      if (phrase && (isQuoted || start === last)) phrase.push(word);
      else phrases.push([word]);
      last = end;
      return false;
    });
    yield* phrases;
  }
}
