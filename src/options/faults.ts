/** Collecting all faults of a request, so that it is refused once with every reason. */
import { closestMatch } from 'leven';
import { type ErrorCode, type RequestFault, SluiceError, type StageName } from '../terms/errors.js';
import { quoted } from '../terms/shown-text.js';

/** A JSON object whose members are not known yet. */
export type UnknownObject = Readonly<Record<string, unknown>>;

/** How far a misspelt word may be from the one that is suggested, in edits. */
const SUGGESTION_DISTANCE = 4;

/** Characters of a word that may be a misspelt one; all words that are known are far shorter. */
const LONGEST_MISSPELT = 64;

/** Faults that are told; the others are counted. */
const MOST_TOLD = 20;

/** Characters of a path; of a longer one its middle is left out. */
const LONGEST_PATH = 1000;

/** Items of the longest list: nobody means more, and an array without items can claim any length. */
const MOST_ITEMS = 10_000_000;

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
    const isLong = path.length > LONGEST_PATH;
    const shown = isLong ? `${path.slice(0, LONGEST_PATH / 2)}…${path.slice(-LONGEST_PATH / 2)}` : path;
    this.#faults.push({ code, path: shown, message });
  }

  /** Whether none was found so far. */
  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** Whether another fault would only be counted, so that nobody need put it into words. */
  get isFull(): boolean {
    return this.#faults.length === MOST_TOLD;
  }

  /**
   * Ends the examination.
   * @param stage the error arises in
   * @throws SluiceError with the code and path of the first fault, at most 20 of them in `faults`, and in `moreFaults` how
   *   many more there are
   */
  throwIfAny(stage: StageName = 'accept'): void {
    const [first] = this.#faults;
    if (!first) return;
    const told = this.#faults.map(({ code, path, message }) => `${path}: ${message} (${code})`).join('; ');
    const moreFaults = this.#more === 0 ? undefined : this.#more;
    const text = moreFaults === undefined ? told : `${told}; and ${moreFaults} more`;
    const faults = Object.freeze([...this.#faults]);
    throw new SluiceError(first.code, stage, text, { path: first.path, faults, moreFaults });
  }

  /**
   * Adds up what a request may hold so much of in all; the first time it is too much that is a fault.
   * @param what is counted, in words of users
   * @returns whether it is within the bound
   */
  bounded(what: string, amount: number, most: number, path: string): boolean {
    const before = this.#amounts.get(what) ?? 0;
    this.#amounts.set(what, before + amount);
    if (before + amount <= most) return true;
    if (before <= most) this.add('INVALID', path, `makes more than ${most} ${what} in one request`);
    return false;
  }

  /** Notes every member that is not supported, telling those the documentation knows from those nobody knows. */
  checkKeys(
    value: UnknownObject,
    path: string,
    supported: readonly string[],
    unsupported: readonly string[] = [],
  ): void {
    for (const key of Object.keys(value)) {
      if (supported.includes(key)) continue;
      if (this.isFull) {
        this.#more++;
        continue;
      }
      if (unsupported.includes(key)) {
        this.add('UNSUPPORTED', join(path, key), 'is documented but not supported');
        continue;
      }
      this.add('UNKNOWN_KEY', join(path, key), `is not a known member${hint(key, [...supported, ...unsupported])}`);
    }
  }

  /** The value as an object; undefined, with a fault, when it is something else. */
  object(value: unknown, path: string): UnknownObject | undefined {
    if (isObject(value)) return value;
    this.add('INVALID', path, `must be an object, not ${kindOf(value)}`);
    return undefined;
  }

  /** The value as a string; undefined when it is absent or, with a fault, something else. */
  string(value: unknown, path: string): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    this.add('INVALID', path, `must be a string, not ${kindOf(value)}`);
    return undefined;
  }

  /** As `string`, of text that says something. */
  filledString(value: unknown, path: string): string | undefined {
    if (value !== '') return this.string(value, path);
    this.add('INVALID', path, 'must not be empty');
    return undefined;
  }

  /** The value as a boolean, which may be spelled `"true"` or `"false"`; undefined as `string` is. */
  boolean(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true') return true;
    if (value === 'false') return false;
    const given = typeof value === 'string' ? quoted(value) : kindOf(value);
    this.add('INVALID', path, `must be true or false, not ${given}`);
    return undefined;
  }

  /** The value as a whole number from 0 to 2^53-1, which may be spelled in digits; undefined as `string` is. */
  count(value: unknown, path: string): number | undefined {
    if (value === undefined) return undefined;
    const isDigits = typeof value === 'string' && /^[0-9]{1,32}$/.test(value);
    const number = typeof value === 'number' ? value : isDigits ? Number(value) : Number.NaN;
    // Adding 0 makes a plain 0 of -0.
    if (Number.isSafeInteger(number) && number >= 0) return number + 0;
    const given = typeof value === 'string' ? quoted(value) : typeof value === 'number' ? `${value}` : kindOf(value);
    this.add('INVALID', path, `must be a whole number from 0 to 2^53-1, or its digits, not ${given}`);
    return undefined;
  }

  /** The value as one of these words, written in any case; undefined as `string` is. */
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
   * The value as a list of strings; one string alone counts as a list where `single` says so.
   * @param most items that it may have
   */
  strings(value: unknown, path: string, single: boolean, most = MOST_ITEMS): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (single && typeof value === 'string') return [value];
    if (!Array.isArray(value)) {
      this.add('INVALID', path, `must be ${single ? 'a string or ' : ''}an array of strings, not ${kindOf(value)}`);
      return undefined;
    }
    if (!this.fits(value, path, most)) return undefined;
    const strings: string[] = [];
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'string') strings.push(item);
      else if (this.isFull) this.#more++;
      else this.add('INVALID', `${path}[${index}]`, `must be a string, not ${kindOf(item)}`);
    }
    return strings;
  }

  /** Whether a list is no longer than it may be; a fault where it is. */
  fits({ length }: ArrayLike<unknown>, path: string, most = MOST_ITEMS): boolean {
    if (length <= most) return true;
    this.add('INVALID', path, `must have at most ${most} items, not ${length}`);
    return false;
  }

  /** The list, which must hold something: an empty one could mean everything or nothing. */
  filled(list: readonly string[] | undefined, path: string): readonly string[] | undefined {
    if (list?.length === 0) this.add('INVALID', path, 'must not be empty');
    return list;
  }
}

/** The known word that was probably meant, as the end of a sentence. */
function hint(word: string, known: readonly string[]): string {
  if (word.length > LONGEST_MISSPELT) return '';
  const nearest = closestMatch(word, known, { maxDistance: SUGGESTION_DISTANCE });
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** Whether a value is an object with members, no array. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kind of a value as JSON calls it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Names that can stand in a path as they are. */
const PLAIN_NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}."[\]]{1,80}$/u;

/** Path of a member; a name that could be taken for more than one, or cannot be shown, stands in brackets and quotes. */
export function join(path: string, key: string): string {
  if (!PLAIN_NAME.test(key)) return `${path}[${quoted(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
