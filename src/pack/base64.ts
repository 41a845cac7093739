/** Base64 (RFC 4648) of bytes in any chunks. */
import { SluiceError } from '../terms/errors.js';
import { Lender } from '../terms/lent-memory.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { writeBase64 } from './write-base64.js';

/** Texts without padding made by the stage: checking their bytes would cost as much as making them. */
const MADE = new WeakSet<Uint8Array>();

/** The stage, and the state that checkpoints take from it. */
export interface Base64Stage extends Stage<Buffer, Buffer> {
  /** The bytes that wait for the next chunk: at most two. */
  readonly carry: Buffer;
}

/**
 * Makes the stage: one or two bytes wait for the next chunk; only the end has padding.
 * @param before those that have waited in an earlier stage, whose text precedes
 */
export function base64Stage(before: Buffer = Buffer.alloc(0)): Base64Stage {
  let carry = before;
  const lender = new Lender();
  return {
    name: 'base64',
    step: 'wrap',
    get carry() {
      return carry;
    },
    push(chunk) {
      let from = 0;
      let head = '';
      if (carry.length > 0) {
        from = Math.min(3 - carry.length, chunk.length);
        carry = Buffer.concat([carry, chunk.subarray(0, from)]);
        if (carry.length < 3) return NOTHING;
        head = carry.toString('base64');
        carry = Buffer.alloc(0);
      }
      const whole = chunk.length - ((chunk.length - from) % 3);
      const text = lender.lend(head.length + ((whole - from) / 3) * 4);
      const length = writeBase64(chunk, from, whole, text, text.write(head, 'latin1'));
      if (whole < chunk.length) carry = Buffer.from(chunk.subarray(whole));
      if (length === 0) return NOTHING;
      MADE.add(text);
      return [text];
    },
    flush: padded,
    // A failed export closes its blob too, so that the text around it stays readable.
    fail: padded,
  };

  function padded(): readonly Buffer[] {
    const rest = carry.toString('base64');
    carry = Buffer.alloc(0);
    return rest === '' ? NOTHING : [Buffer.from(rest, 'latin1')];
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const PADDING = '='.charCodeAt(0);

/** For each byte, whether it encodes six bits. */
const IS_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (ALPHABET.includes(String.fromCharCode(byte)) ? 1 : 0));

/** Makes the stage that passes base64 text on and fails at anything else, which would break the text around it. */
export function base64TextStage(): Stage<Buffer, Buffer> {
  let length = 0;
  let padding = 0;
  return {
    name: 'base64Text',
    step: 'wrap',
    push(chunk) {
      for (let at = padding === 0 && MADE.has(chunk) ? chunk.length : 0; at < chunk.length; at++) {
        if (chunk[at] === PADDING) padding++;
        else if (padding > 0 || IS_DIGIT[chunk[at]] === 0) throw notBase64(length + at);
      }
      length += chunk.length;
      return [chunk];
    },
    flush() {
      if (length % 4 !== 0 || padding > 2) throw notBase64(length);
      return NOTHING;
    },
  };
}

function notBase64(at: number): SluiceError {
  const message = `the blob of an envelope must be base64, and byte ${at} of the input is not: put base64() before envelope()`;
  return new SluiceError('INVALID', 'wrap', message);
}
