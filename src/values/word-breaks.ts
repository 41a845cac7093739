/** What characters are for the boundaries of words, by the rules of Unicode (UAX 29). */

export const OTHER = 1;
export const LETTER = 2;
export const HEBREW = 3;
export const DIGIT = 4;
const KATAKANA = 5;
/** Joins letters, digits and itself, such as `_`. */
export const JOINER = 6;
/** A mark on the character before it. */
export const MARK = 7;
/** Invisible: words go on behind it as if it was not there. */
export const FORMAT = 8;
/** Between letters, such as `:`; between digits, such as `,`; between either, such as `.`. */
const MID_LETTER = 9;
const MID_DIGIT = 10;
const MID_BOTH = 11;
export const SINGLE_QUOTE = 12;
const DOUBLE_QUOTE = 13;
/** A word by itself: where words are written without blanks, only a dictionary could tell them. */
export const IDEOGRAPH = 14;
/** Any characters of a word, in an operand. */
export const STAR = 15;

/** One more than the greatest of them. */
const KINDS = 16;

/** The kind of each character up to U+FFFF, determined when it first occurs; 0: it has not. */
const KNOWN = new Uint8Array(0x10000);

/** The kind of the character at an offset. */
export function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return KNOWN[code] || determine(text, at, code);
}

function determine(text: string, at: number, code: number): number {
  const point = text.codePointAt(at) ?? 0;
  const kind = kindsOfCharacters().get(point) ?? byProperties(String.fromCodePoint(point), point);
  // The first half of a pair stands for many characters.
  if (code < 0xd800 || code > 0xdbff) KNOWN[code] = kind;
  return kind;
}

let kinds: ReadonlyMap<number, number> | undefined;

/** Characters whose kind no property of JavaScript's patterns tells. Made when a text is first cut into words, as few are. */
function kindsOfCharacters(): ReadonlyMap<number, number> {
  kinds ??= new Map([
    ...all(MID_LETTER, ':\u00b7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a'),
    ...all(MID_DIGIT, ',;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b'),
    ...all(MID_BOTH, '.\u2018\u2019\u2024\ufe52\uff07\uff0e'),
    ...all(SINGLE_QUOTE, "'"),
    ...all(DOUBLE_QUOTE, '"'),
    ...all(JOINER, '\u202f'),
    ...all(OTHER, '\u200b'),
    ...all(FORMAT, '\u200c\u200d'),
    ...all(DIGIT, '\u066b\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}'),
    ...all(KATAKANA, '\u3031\u3032\u3033\u3034\u3035\u309b\u309c\u30a0\u30fc\uff70'),
    ...all(LETTER, '\u00b8\u02de\u02df\u02ed\u055a\u055b\u055c\u055e\u058a\u05f3\u070f\ua720\ua721\ua789\ua78a\uab5b'),
    ...range(LETTER, 0x02c2, 0x02c5),
    ...range(LETTER, 0x02d2, 0x02d7),
    ...range(LETTER, 0x02e5, 0x02eb),
    ...range(LETTER, 0x02ef, 0x02ff),
    ...range(LETTER, 0xa708, 0xa716),
  ]);
  return kinds;
}

function all(kind: number, characters: string): readonly (readonly [number, number])[] {
  return Array.from(characters, (one) => [one.codePointAt(0) ?? 0, kind] as const);
}

function range(kind: number, from: number, to: number): readonly (readonly [number, number])[] {
  return Array.from({ length: to - from + 1 }, (_, index) => [from + index, kind] as const);
}

interface Patterns {
  /** The first that matches tells the kind. */
  readonly kinds: readonly (readonly [RegExp, number])[];
  /** Scripts that are written without blanks between words. */
  readonly unspaced: RegExp;
}

let patterns: Patterns | undefined;

/** Patterns of properties, whose tables Node makes slowly. */
function propertyPatterns(): Patterns {
  patterns ??= {
    kinds: [
      [/\p{Pc}/u, JOINER],
      [/[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}]/u, MARK],
      [/\p{Cf}/u, FORMAT],
      [/\p{Nd}/u, DIGIT],
      [/\p{Script=Katakana}/u, KATAKANA],
      [/\p{Ideographic}/u, IDEOGRAPH],
    ],
    unspaced:
      /[\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}]/u,
  };
  return patterns;
}

function byProperties(character: string, point: number): number {
  if (point >= 0xd800 && point <= 0xdfff) return OTHER;
  const { kinds: byPattern, unspaced } = propertyPatterns();
  const kind = byPattern.find(([pattern]) => pattern.test(character))?.[1];
  if (kind !== undefined) return kind;
  if (!/\p{Alphabetic}/u.test(character)) return OTHER;
  if (/\p{L}/u.test(character) && unspaced.test(character)) return IDEOGRAPH;
  return /\p{Script=Hebrew}/u.test(character) ? HEBREW : LETTER;
}

/** For each pair of kinds, whether a word goes on from one to the other. */
const JOINS = new Uint8Array(KINDS * KINDS);

for (const [before, after] of [
  ...pairs([LETTER, HEBREW, DIGIT, STAR], [LETTER, HEBREW, DIGIT, STAR]),
  ...pairs([KATAKANA, STAR], [KATAKANA, STAR]),
  ...pairs([LETTER, HEBREW, DIGIT, KATAKANA, JOINER, STAR], [JOINER]),
  ...pairs([JOINER], [LETTER, HEBREW, DIGIT, KATAKANA, STAR]),
]) {
  JOINS[before * KINDS + after] = 1;
}

function pairs(before: readonly number[], after: readonly number[]): readonly (readonly [number, number])[] {
  return before.flatMap((one) => after.map((other) => [one, other] as const));
}

/** Whether a word goes on from a character to the next one. */
export function isJoined(before: number, after: number): boolean {
  return JOINS[before * KINDS + after] === 1;
}

/** Whether a word goes on from a character, through one between, to the next one. */
export function isJoinedBy(before: number, between: number, after: number): boolean {
  switch (between) {
    case MID_LETTER:
      return isLetter(before) && isLetter(after);
    case MID_DIGIT:
      return isDigit(before) && isDigit(after);
    case MID_BOTH:
    case SINGLE_QUOTE:
      return (isLetter(before) && isLetter(after)) || (isDigit(before) && isDigit(after));
    case DOUBLE_QUOTE:
      return before === HEBREW && after === HEBREW;
    default:
      return false;
  }
}

function isLetter(kind: number): boolean {
  return kind === LETTER || kind === HEBREW || kind === STAR;
}

function isDigit(kind: number): boolean {
  return kind === DIGIT || kind === STAR;
}

/** Whether a word can begin with the character. */
export function beginsWord(kind: number): boolean {
  return (kind >= LETTER && kind <= JOINER) || kind >= IDEOGRAPH;
}

/** Whether the character belongs to the one before it, or to nothing. */
export function isIgnored(kind: number): boolean {
  return kind === MARK || kind === FORMAT;
}
