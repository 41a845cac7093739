/** Which values of a document stream-json assembles. */
import { isBesideEntities, isStatusOf, leadsNowhere, placeOf } from '../scan/document-way.js';
import { errorResponse } from '../scan/text-faults.js';
import type { ErrorCode } from '../terms/errors.js';
import { EVERY, type Path } from '../terms/path.js';

/** A token of stream-json's parser. */
interface Token {
  readonly name: string;
  readonly value?: unknown;
}

/** What is known of the document, and what is told of it. */
export interface Picking {
  /** The value at the path is the only entity. */
  readonly isEntity: boolean;
  /** No path is given, so that other arrays of objects are noted, and a response that reports an error is refused. */
  readonly looksAround: boolean;
  noteOther(way: readonly string[]): void;
  refuse(code: ErrorCode, message: string): never;
}

/** Decides by the keys and numbers that lead to a value. */
export class EntityPicker {
  readonly #path: Path;
  readonly #takesMembers: boolean;
  readonly #picking: Picking;
  #found = false;
  /** The keys that lead to the last value that held entities. */
  #last: string | undefined;
  /** The level of an open value whose elements or members all lead on; undefined once one has come. */
  #empty: number | undefined;

  constructor(path: Path, picking: Picking) {
    this.#takesMembers = path.at(-1) === EVERY;
    this.#path = this.#takesMembers ? path.slice(0, -1) : path;
    this.#picking = picking;
  }

  /** Whether the place of the entities was found. */
  get found(): boolean {
    return this.#found || this.#empty !== undefined;
  }

  /** Whether the value that begins with the token is an entity. */
  pick(stack: readonly unknown[], token: Token): boolean {
    const { looksAround, isEntity } = this.#picking;
    const { length } = this.#path;
    if (this.#empty !== undefined) {
      this.#found ||= stack.length <= this.#empty;
      this.#empty = undefined;
    }
    if (looksAround) this.#lookAround(stack, token);
    if (stack.length > length + 1 || !leads(this.#path, stack)) return false;
    if (stack.length === length + 1) {
      return !isEntity && (typeof stack[length] === 'number' || this.#takesMembers);
    }
    // A value that lacks the rest of the path beside others that have it.
    if (token.name === 'nullValue' && this.#path.slice(0, stack.length).includes(EVERY)) return false;
    if (stack.length === length) return this.#enter(stack, token);
    const step = this.#path[stack.length];
    const isArray = token.name === 'startArray' && (step === EVERY || /^(0|[1-9]\d*)$/.test(step));
    if (!isArray && token.name !== 'startObject') {
      const message = leadsNowhere(this.#path, stack.length, token.name === 'startArray');
      this.#picking.refuse('NO_ENTITIES', message);
    }
    if (step === EVERY) this.#empty = stack.length;
    return false;
  }

  /** The place of the entities, for messages. */
  get place(): string {
    return placeOf(this.#path);
  }

  #enter(stack: readonly unknown[], { name }: Token): boolean {
    const { isEntity, refuse } = this.#picking;
    const place = JSON.stringify(stack);
    if (place === this.#last) refuse('DUPLICATE_KEY', `a second ${this.place}`);
    this.#last = place;
    this.#found = true;
    if (isEntity) return true;
    if (name !== 'startArray' && !(name === 'startObject' && this.#takesMembers)) {
      refuse('NO_ENTITIES', `${this.place} is not an array`);
    }
    return false;
  }

  #lookAround(stack: readonly unknown[], { name, value }: Token): void {
    const { noteOther, refuse } = this.#picking;
    if (name === 'stringValue' && isStatusOf(this.#path, stack) && String(value).toLowerCase() === 'error') {
      refuse('EXPORT_FAILED', errorResponse(0).message);
    }
    const way = name === 'startObject' ? wayToArray(stack) : undefined;
    if (way && !(way.length === this.#path.length && leads(this.#path, way))) noteOther(way);
  }
}

/** Whether the steps of the path lead over these keys and numbers, as far as both go. */
function leads(path: Path, stack: readonly unknown[]): boolean {
  return stack.every((key, at) => at >= path.length || path[at] === EVERY || path[at] === String(key));
}

/** The path to the array whose first element this is, if the user may have meant that array. */
function wayToArray(stack: readonly unknown[]): readonly string[] | undefined {
  if (stack.at(-1) !== 0) return undefined;
  const way = stack.slice(0, -1).filter((name) => typeof name === 'string');
  return way.length === stack.length - 1 && isBesideEntities(way) ? way : undefined;
}
