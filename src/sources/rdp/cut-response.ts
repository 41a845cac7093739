/** Cuts the entities out of a response of the platform as it arrives, and parses what is around them. */
import * as ascii from '../../scan/ascii.js';
import { isWhitespace, newSkip, skipNested } from '../../scan/bytes.js';
import { parseText } from '../../scan/decode-value.js';

const { BACKSLASH, CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

/** Maximum of bytes around the entities: a response may repeat the request, with all its ids. */
const LONGEST_FRAME = 16 * 1024 * 1024;

/** Why a response cannot be read. */
export type ResponseFault =
  /** It ends too early: a repeated request may return the rest. */
  { readonly kind: 'cut' } | { readonly kind: 'invalid'; readonly message: string };

/** The result of a complete response. */
export type CutResponse = { readonly kind: 'frame'; readonly frame: unknown } | ResponseFault;

/**
 * Reads one response, `{ "request": …, "response": { "entities": [ … ], "status": … } }`, in any chunks. The text of the
 * entities is neither parsed nor checked beyond its quotes and brackets, so that it stays unchanged; the frame around it,
 * before and after, is parsed when it is complete.
 */
export class ResponseCutter {
  /** Elements of the array that have begun. */
  entities = 0;

  #frame = Buffer.allocUnsafe(1024);
  #frameLength = 0;
  #fault: ResponseFault | undefined;
  /** Number of open brackets. */
  #depth = 0;
  #inString = false;
  /** Whether the next byte follows a backslash. */
  #escaped = false;
  /** Offset of the last string in the frame, quotes included. */
  #stringStart = 0;
  #stringEnd = 0;
  /** The members that lead to the current position in the frame: of the response body, and of its `response`. */
  readonly #keys: (string | undefined)[] = [];
  /** Whether the last token was a colon. */
  #afterColon = false;
  #found = false;
  #inArray = false;
  /** Whether an element has begun, which `skip` passes over. */
  #inElement = false;
  #inScalar = false;
  /** How far into the next chunk an escape reaches. */
  #ahead = 0;
  #skip = newSkip(Number.POSITIVE_INFINITY);

  /**
   * Reads a chunk.
   * @returns the text of entities in it, without the brackets of the array, in the memory of the chunk
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    let text: Uint8Array | undefined;
    let pos = 0;
    while (pos < chunk.length && !this.#fault) {
      const from = pos;
      if (this.#inArray) {
        pos = this.#passEntities(chunk, pos);
        if (pos > from) text = chunk.subarray(from, pos);
      } else {
        pos = this.#passFrame(chunk, pos);
      }
    }
    return text;
  }

  /** The fault that makes the rest useless, if there is one. */
  get fault(): ResponseFault | undefined {
    return this.#fault;
  }

  /** Ends the response. */
  end(): CutResponse {
    if (this.#fault) return this.#fault;
    if (this.#inArray || this.#depth > 0 || this.#inString || this.#frameLength === 0) return { kind: 'cut' };
    try {
      return { kind: 'frame', frame: parseText(new TextDecoder('utf-8', { fatal: true }).decode(this.#frameBytes())) };
    } catch {
      return { kind: 'invalid', message: 'it is not JSON' };
    }
  }

  /** The id of the scroll, if it has arrived; for cancelled responses. */
  scrollId(): string | undefined {
    const token = /"scrollId"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(this.#frameBytes().toString())?.[1];
    try {
      const id: unknown = token === undefined ? undefined : JSON.parse(token);
      return typeof id === 'string' && id !== '' ? id : undefined;
    } catch {
      return undefined;
    }
  }

  #frameBytes(start = 0, end = this.#frameLength): Buffer {
    return this.#frame.subarray(start, end);
  }

  /** Copies bytes to the frame, so that it does not retain the memory of the entities beside them. */
  #keep(bytes: Uint8Array): void {
    const length = this.#frameLength + bytes.length;
    if (length > LONGEST_FRAME) {
      this.#fail(`more than ${LONGEST_FRAME} bytes around the entities`);
      return;
    }
    if (length > this.#frame.length) {
      this.#frame = Buffer.concat([this.#frameBytes()], Math.max(length, 2 * this.#frame.length));
    }
    this.#frame.set(bytes, this.#frameLength);
    this.#frameLength = length;
  }

  #fail(message: string): void {
    this.#fault ??= { kind: 'invalid', message };
  }

  /** Reads the frame, up to the bracket that opens the entities; returns where to continue. */
  #passFrame(bytes: Uint8Array, from: number): number {
    let kept = from;
    const keepUpTo = (pos: number) => {
      this.#keep(bytes.subarray(kept, pos));
      kept = pos;
    };
    for (let pos = from; pos < bytes.length; pos++) {
      const byte = bytes[pos];
      if (this.#inString) {
        if (this.#escaped) {
          this.#escaped = false;
        } else if (byte === BACKSLASH) {
          this.#escaped = true;
        } else if (byte === QUOTE) {
          this.#inString = false;
          this.#stringEnd = this.#frameLength + pos + 1 - kept;
        }
        continue;
      }
      if (isWhitespace(byte)) continue;
      const isValue = this.#afterColon;
      this.#afterColon = byte === COLON;
      if (byte === QUOTE) {
        this.#inString = true;
        this.#stringStart = this.#frameLength + pos - kept;
      } else if (byte === COLON) {
        keepUpTo(pos);
        this.#setKey(this.#lastString());
      } else if (byte === COMMA) {
        this.#setKey(undefined);
      } else if ((byte | CASE_BIT) === OPEN_BRACE) {
        const isEntities = byte === OPEN_BRACKET && isValue && this.#leadsToEntities();
        this.#depth++;
        this.#setKey(undefined);
        if (isEntities) {
          keepUpTo(pos + 1);
          if (this.#found) this.#fail('it has two lists of entities');
          this.#found = this.#inArray = true;
          return pos + 1;
        }
      } else if ((byte | CASE_BIT) === CLOSE_BRACE) {
        this.#depth--;
      } else if (this.#depth === 0 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) {
        // Probably a page of a gateway; only a byte order mark is allowed here.
        this.#fail('it is not JSON');
      }
    }
    keepUpTo(bytes.length);
    return bytes.length;
  }

  #setKey(key: string | undefined): void {
    if (this.#depth === 1 || this.#depth === 2) this.#keys[this.#depth - 1] = key;
  }

  #leadsToEntities(): boolean {
    return this.#depth === 2 && this.#keys[0] === 'response' && this.#keys[1] === 'entities';
  }

  #lastString(): string | undefined {
    if (this.#depth !== 1 && this.#depth !== 2) return undefined;
    try {
      const text: unknown = JSON.parse(this.#frameBytes(this.#stringStart, this.#stringEnd).toString());
      return typeof text === 'string' ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Reads entities; returns the offset of the bracket that closes their array, or the end of the bytes. */
  #passEntities(bytes: Uint8Array, from: number): number {
    const end = bytes.length;
    let pos = from + this.#ahead;
    this.#ahead = 0;
    while (pos < end) {
      if (this.#inElement) {
        pos = skipNested(bytes, pos, end, this.#skip);
        this.#inElement = this.#skip.depth > 0 || this.#skip.inString;
        continue;
      }
      const byte = bytes[pos];
      if (byte === CLOSE_BRACKET) {
        this.#inArray = this.#inScalar = false;
        return pos;
      }
      if (byte === COMMA || isWhitespace(byte)) {
        this.#inScalar = false;
        pos++;
      } else if (byte === QUOTE || (byte | CASE_BIT) === OPEN_BRACE) {
        this.entities++;
        this.#inElement = true;
        this.#skip = newSkip(Number.POSITIVE_INFINITY);
      } else {
        // No entity begins like this; the scanner reports it.
        if (!this.#inScalar) this.entities++;
        this.#inScalar = true;
        pos++;
      }
    }
    this.#ahead = pos - end;
    return end;
  }
}
