/** Base64 by RFC 4648, of bytes that come in any chunks. */
import { SluiceError } from '../terms/errors.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Bytes encoded at a time, a multiple of 3. Strings of 128 KB to 1 MB land in V8's space for large objects, where
 * encoding runs at a sixth of the speed; 24 KB become 32 KB of text, which the next slices find in the cache.
 */
const SLICE_BYTES = 24 * 1024;

/** Texts without padding that the stage has made: looking at their bytes again would cost as much as making them. */
const MADE = new WeakSet<Uint8Array>();

/** Makes the stage: one or two bytes wait for the next chunk, padding comes at the end only. */
export function base64Stage(): Stage<Buffer, Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  return {
    name: 'base64',
    step: 'wrap',
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
      const text = Buffer.allocUnsafe(head.length + ((whole - from) / 3) * 4);
      let length = text.write(head, 'latin1');
      for (; from < whole; from += SLICE_BYTES) {
        length += text.write(chunk.toString('base64', from, Math.min(from + SLICE_BYTES, whole)), length, 'latin1');
      }
      if (whole < chunk.length) carry = Buffer.from(chunk.subarray(whole));
      if (length === 0) return NOTHING;
      MADE.add(text);
      return [text];
    },
    flush: padded,
    // A failed export still closes its blob, so that the text around it can be read.
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

/** For each byte whether it stands for six bits. */
const IS_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (ALPHABET.includes(String.fromCharCode(byte)) ? 1 : 0));

/** Makes the stage that passes base64 text on, and fails at what is none: it would spoil whatever stands around it. */
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
  const message = `the blob of an envelope is base64, and byte ${at} of what came is not: put base64() in front of it`;
  return new SluiceError('INVALID', 'wrap', message);
}
