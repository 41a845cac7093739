/** Collects all faults of an input, to refuse it once with every reason. */
import leven, { closestMatch } from 'leven';
import { type ErrorCode, type RequestFault, SluiceError, type StageName } from '../terms/errors.js';
import { quoted } from '../terms/shown-text.js';

/** A JSON object with unknown members. */
export type UnknownObject = Readonly<Record<string, unknown>>;

/** Members that are documented elsewhere and not supported: their names, or the reason by name. */
export type Unsupported = readonly string[] | Readonly<Record<string, string>>;

/** Maximum edits between a misspelt word and the suggested one: of any word, and for each character of the longer one. */
const SUGGESTION_DISTANCE = 4;
const SUGGESTION_SHARE = 0.4;

/** Maximum characters of a word to suggest another for; all known words are far shorter. */
const MAX_MISSPELT_LENGTH = 64;

/** Maximum characters of the known words that a message lists where none is similar. */
const MAX_LISTED_LENGTH = 240;

/** Maximum number of reported faults; the others are counted. */
const MAX_REPORTED = 20;

/** Maximum characters of a path; a longer one is shortened in the middle. */
const MAX_PATH_LENGTH = 1000;

/** Maximum items of a list; a sparse array can claim any length. */
const MAX_ITEMS = 10_000_000;

/** The faults found so far. */
export class Faults {
  readonly #faults: RequestFault[] = [];
  readonly #amounts = new Map<string, number>();
  #more = 0;

  add(code: ErrorCode, path: string, message: string): void {
    if (this.isFull) {
      this.#more++;
      return;
    }
    const isLong = path.length > MAX_PATH_LENGTH;
    const shown = isLong ? `${path.slice(0, MAX_PATH_LENGTH / 2)}…${path.slice(-MAX_PATH_LENGTH / 2)}` : path;
    this.#faults.push({ code, path: shown, message });
  }

  /** Whether no fault was found so far. */
  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** Whether another fault would only be counted, so that its message is not needed. */
  get isFull(): boolean {
    return this.#faults.length === MAX_REPORTED;
  }

  /**
   * Throws if there are faults.
   * @param stage of the error
   * @throws SluiceError with the code and path of the first fault, at most 20 faults in `faults`, and the number of
   *   further ones in `moreFaults`
   */
  throwIfAny(stage: StageName = 'accept'): void {
    const [first] = this.#faults;
    if (!first) return;
    const reported = this.#faults.map(({ code, path, message }) => `${path}: ${message} (${code})`).join('; ');
    const moreFaults = this.#more === 0 ? undefined : this.#more;
    const text = moreFaults === undefined ? reported : `${reported}; and ${moreFaults} more`;
    const faults = Object.freeze([...this.#faults]);
    throw new SluiceError(first.code, stage, text, { path: first.path, faults, moreFaults });
  }

  /**
   * Adds to an amount that is bounded per request; adds one fault when it exceeds the bound.
   * @param what is counted, as plural for the message
   * @returns whether the amount is within the bound
   */
  bounded(what: string, amount: number, max: number, path: string): boolean {
    const before = this.#amounts.get(what) ?? 0;
    this.#amounts.set(what, before + amount);
    if (before + amount <= max) return true;
    if (before <= max) this.add('INVALID', path, `makes more than ${max} ${what} in one request`);
    return false;
  }

  /**
   * Adds a fault for every unsupported member; documented and unknown ones have different codes.
   * @param ownerOf the known member to which an unknown one belongs, if any
   */
  checkKeys(
    value: UnknownObject,
    path: string,
    supported: readonly string[],
    unsupported: Unsupported = [],
    ownerOf: (key: string) => string | undefined = () => undefined,
  ): void {
    const refused = isNames(unsupported) ? unsupported : Object.keys(unsupported);
    for (const key of Object.keys(value)) {
      if (supported.includes(key)) continue;
      if (this.isFull) {
        this.#more++;
        continue;
      }
      if (refused.includes(key)) {
        const why = isNames(unsupported) ? '' : `: ${unsupported[key]}`;
        this.add('UNSUPPORTED', join(path, key), `is documented but not supported${why}`);
        continue;
      }
      const owner = ownerOf(key);
      const meant =
        owner === undefined
          ? hint(key, [...supported, ...refused]) || listed(supported)
          : `; it belongs in "${join(path, owner)}"`;
      this.add('UNKNOWN_KEY', join(path, key), `is not a known member${meant}`);
    }
  }

  /** The value as an object; undefined, with a fault, if it is something else. */
  object(value: unknown, path: string): UnknownObject | undefined {
    if (isObject(value)) return value;
    this.add('INVALID', path, `must be an object, not ${kindOf(value)}`);
    return undefined;
  }

  /** The value as a string; undefined if it is absent or, with a fault, something else. */
  string(value: unknown, path: string): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    this.add('INVALID', path, `must be a string, not ${kindOf(value)}`);
    return undefined;
  }

  /** The value as a string that is not empty; otherwise as `string`. */
  filledString(value: unknown, path: string): string | undefined {
    if (value !== '') return this.string(value, path);
    this.add('INVALID', path, 'must not be empty');
    return undefined;
  }

  /** The value as a boolean, or the text `"true"` or `"false"`; undefined as for `string`. */
  boolean(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true') return true;
    if (value === 'false') return false;
    const given = typeof value === 'string' ? quoted(value) : kindOf(value);
    this.add('INVALID', path, `must be true or false, not ${given}`);
    return undefined;
  }

  /** The value as a whole number from 0 to 2^53-1, or its digits as text; undefined as for `string`. */
  count(value: unknown, path: string): number | undefined {
    if (value === undefined) return undefined;
    const isDigits = typeof value === 'string' && /^[0-9]{1,32}$/.test(value);
    const number = typeof value === 'number' ? value : isDigits ? Number(value) : Number.NaN;
    // Adding 0 turns -0 into 0.
    if (Number.isSafeInteger(number) && number >= 0) return number + 0;
    const given = typeof value === 'string' ? quoted(value) : typeof value === 'number' ? `${value}` : kindOf(value);
    this.add('INVALID', path, `must be a whole number from 0 to 2^53-1, or its digits, not ${given}`);
    return undefined;
  }

  /** The value as one of these words, in any case; undefined as for `string`. */
  word<Word extends string>(value: unknown, path: string, words: readonly Word[]): Word | undefined {
    const text = this.string(value, path);
    if (text === undefined) return undefined;
    const word = words.find((one) => one.toLowerCase() === text.toLowerCase());
    if (word !== undefined) return word;
    const known = words.map((one) => JSON.stringify(one)).join(', ');
    this.add('INVALID', path, `must be one of ${known}, not ${quoted(text)}${hint(text, words)}`);
    return undefined;
  }

  /**
   * The value as a list of strings; undefined if it is absent or, with a fault for each of them, has other items.
   * @param single whether one string counts as a list
   * @param maxItems of the list
   */
  strings(value: unknown, path: string, single: boolean, maxItems = MAX_ITEMS): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (single && typeof value === 'string') return [value];
    if (!Array.isArray(value)) {
      this.add('INVALID', path, `must be ${single ? 'a string or ' : ''}an array of strings, not ${kindOf(value)}`);
      return undefined;
    }
    if (!this.fits(value, path, maxItems)) return undefined;
    const strings: string[] = [];
    let isFaulty = false;
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'string') {
        strings.push(item);
        continue;
      }
      isFaulty = true;
      if (this.isFull) this.#more++;
      else this.add('INVALID', `${path}[${index}]`, `must be a string, not ${kindOf(item)}`);
    }
    return isFaulty ? undefined : strings;
  }

  /** Whether a list is within its maximum length; adds a fault if not. */
  fits({ length }: ArrayLike<unknown>, path: string, maxItems = MAX_ITEMS): boolean {
    if (length <= maxItems) return true;
    this.add('INVALID', path, `must have at most ${maxItems} items, not ${length}`);
    return false;
  }

  /** The list, with a fault if it is empty: that could mean everything or nothing. */
  filled(list: readonly string[] | undefined, path: string): readonly string[] | undefined {
    if (list?.length === 0) this.add('INVALID', path, 'must not be empty');
    return list;
  }
}

function isNames(unsupported: Unsupported): unsupported is readonly string[] {
  return Array.isArray(unsupported);
}

/** The end of a message that suggests the nearest known word. */
function hint(word: string, known: readonly string[]): string {
  if (word.length > MAX_MISSPELT_LENGTH) return '';
  // Any short word is a few edits away from any other.
  const similar = known.filter((one) => {
    const maxDistance = Math.min(SUGGESTION_DISTANCE, Math.round(Math.max(word.length, one.length) * SUGGESTION_SHARE));
    return leven(word, one) <= maxDistance;
  });
  const nearest = closestMatch(word, similar);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** The end of a message that lists the known words; empty if they are too many to read. */
function listed(known: readonly string[]): string {
  const list = known.join(', ');
  return known.length > 1 && list.length <= MAX_LISTED_LENGTH ? `; known are ${list}` : '';
}

/** Whether a value is an object, not null or an array. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON type of a value, with an article. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'undefined';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Most names, which spares the tables of Unicode: loading them takes a moment of a small export. */
const USUAL_NAME = /^[\w-]{1,80}$/;

/** Whether a name needs no quotes in a path. */
function isPlainName(name: string): boolean {
  return USUAL_NAME.test(name) || /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}."[\]]{1,80}$/u.test(name);
}

/** Path of a member; an ambiguous or invisible name is put in brackets and quotes. */
export function join(path: string, key: string): string {
  if (!isPlainName(key)) return `${path}[${quoted(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
