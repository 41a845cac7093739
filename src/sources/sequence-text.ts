/** The text of a sequence for a parser that takes values with white space between them. */
import { AFTER_CLOSING, AFTER_COMMA, AFTER_ENTITY, AFTER_OPENING, isPart, unexpectedIn } from '../scan/sequence-due.js';
import type { ErrorCode } from '../terms/errors.js';
import type { SequenceDue } from '../terms/position.js';

/** Characters that matter in a value: outside of strings, and inside. */
const OUTSIDE = /["{}[\]]/g;
const INSIDE = /["\\]/g;

/** Follows the text of a sequence, piece by piece. */
export class SequenceText {
  #due: SequenceDue = 'start';
  /** Open brackets of the value that is read. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  readonly #mayBeNull: boolean;
  /** A `null` is read, which the parser checks. */
  #inNull = false;

  /** @param mayBeNull a value may be `null` */
  constructor(mayBeNull: boolean) {
    this.#mayBeNull = mayBeNull;
  }

  /** Whether the sequence is in brackets of which one is missing. */
  get isPart(): boolean {
    return isPart(this.#due);
  }

  /**
   * The piece with blanks in place of what is between values.
   * @param refuse receives the fault of what may not be there, and must throw
   */
  blanked(piece: string, refuse: (code: ErrorCode, message: string) => never): string {
    let result = '';
    for (let at = 0; at < piece.length; ) {
      const end = this.#depth > 0 ? this.#valueEnd(piece, at) : at;
      result += piece.slice(at, end);
      at = end;
      if (at === piece.length || this.#depth > 0) continue;
      const token = piece[at];
      if (this.#inNull && (token === 'u' || token === 'l')) {
        result += token;
        at++;
        continue;
      }
      const next = this.#between(token);
      if (next === undefined) {
        const { code, message } = unexpectedIn(this.#due, token);
        refuse(code, message);
      }
      this.#due = next;
      this.#inNull = token === 'n';
      if (token === '{' || this.#inNull) {
        this.#depth = this.#inNull ? 0 : 1;
        result += token;
      } else {
        result += token === '\n' ? token : ' ';
      }
      at++;
    }
    return result;
  }

  #between(token: string): SequenceDue | undefined {
    switch (token) {
      case '{':
        return AFTER_ENTITY[this.#due];
      case 'n':
        return this.#mayBeNull ? AFTER_ENTITY[this.#due] : undefined;
      case ',':
        return AFTER_COMMA[this.#due];
      case '[':
        return AFTER_OPENING[this.#due];
      case ']':
        return AFTER_CLOSING[this.#due];
      default:
        return ' \t\r\n\x1e'.includes(token) ? this.#due : undefined;
    }
  }

  /** The end of the value that is open at `at`, or of the piece. */
  #valueEnd(piece: string, at: number): number {
    while (at < piece.length) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        at++;
        continue;
      }
      const pattern = this.#inString ? INSIDE : OUTSIDE;
      pattern.lastIndex = at;
      const found = pattern.exec(piece);
      if (!found) return piece.length;
      at = found.index + 1;
      if (found[0] === '\\') this.#isEscaped = true;
      else if (found[0] === '"') this.#inString = !this.#inString;
      else if (found[0] === '{' || found[0] === '[') this.#depth++;
      else if (--this.#depth === 0) return at;
    }
    return at;
  }
}
