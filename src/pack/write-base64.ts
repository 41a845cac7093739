/** Base64 of bytes into the memory of a text, with the kernel where the machine has it. */
import { Buffer } from 'node:buffer';
import { instantiate, type KernelFunctions, PAGE } from '../scan/kernel-module.js';

/**
 * Bytes encoded at once, a multiple of 3. V8 puts strings of 128 KB to 1 MB into its space for large objects, where
 * encoding has a sixth of the speed; 24 KB become 32 KB of text, which stay in the cache for the next slices.
 */
const SLICE_BYTES = 24 * 1024;

/** Addresses in the memory of the kernel: those below are its own. */
const FROM = PAGE;
const TO = 2 * PAGE;
const PAGES = 3;

interface Encoder extends Pick<KernelFunctions, 'encodeBase64'> {
  readonly memory: Buffer;
}

/** Null where the machine has no kernel. */
let encoder: Encoder | null | undefined;

/**
 * Writes the base64 of `[from, to)`, whose length is a multiple of 3, to the offset `at` of a text.
 * @returns the offset after it
 */
export function writeBase64(bytes: Buffer, from: number, to: number, text: Buffer, at: number): number {
  // Short texts are not worth making the encoder, or asking it.
  const isShort = to - from < SLICE_BYTES;
  if (!isShort && encoder === undefined) encoder = makeEncoder();
  const made = isShort ? null : encoder;
  let after = at;
  for (let start = from; start < to; start += SLICE_BYTES) {
    const end = Math.min(start + SLICE_BYTES, to);
    after += made ? encode(made, bytes, start, end, text, after) : encodeAsString(bytes, start, end, text, after);
  }
  return after;
}

/** Unlike strings, of which V8 would collect those of every two megabytes, this leaves nothing behind. */
function encode(
  { memory, encodeBase64 }: Encoder,
  bytes: Buffer,
  from: number,
  to: number,
  text: Buffer,
  at: number,
): number {
  const length = bytes.copy(memory, FROM, from, to);
  encodeBase64(FROM, length, TO);
  return memory.copy(text, at, TO, TO + (length / 3) * 4);
}

function encodeAsString(bytes: Buffer, from: number, to: number, text: Buffer, at: number): number {
  return text.write(bytes.toString('base64', from, to), at, 'latin1');
}

function makeEncoder(): Encoder | null {
  const instance = instantiate(PAGES);
  if (!instance) return null;
  return { memory: Buffer.from(instance.memory.buffer), encodeBase64: instance.functions.encodeBase64 };
}
