/** Reads small text files that flags name, or standard input in their place. */
import { open, stat } from 'node:fs/promises';
import { OWN, ownPipes } from '../loop/own-descriptors.js';
import { decodeText } from '../options/decode-text.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { claimStdin, STANDARD } from './standard-input.js';
import { usage } from './usage.js';

/** Maximum bytes of a text. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Maximum bytes of a list of ids. */
export const MAX_BYTES_OF_IDS = 256 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a file in UTF-8, or in UTF-16 with a byte order mark, without the mark; `-` is standard input.
 * @param maxBytes keeps an endless file, such as `/dev/zero`, from filling the memory
 * @throws SluiceError `READ_FAILED`, `INVALID_UTF8`, `INVALID` for a longer one
 */
export async function readText(path: string, maxBytes = MAX_BYTES): Promise<string> {
  const isStandard = path === STANDARD;
  const name = isStandard ? 'standard input' : path;
  if (isStandard) claimStdin('the file of a flag');
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of isStandard ? process.stdin : chunksOf(path)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
  } catch (cause) {
    throw new SluiceError('READ_FAILED', 'accept', `${name}: ${messageOf(cause)}`, { path: name, cause });
  }
  if (length > maxBytes) throw usage(`${name} is longer than ${maxBytes} bytes`);
  return decodeText(Buffer.concat(chunks, length), name);
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void> {
  const { ino } = await stat(path, { bigint: true });
  if ((await ownPipes()).has(ino)) throw new Error(OWN);
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Line ends of all systems. */
export const LINE_ENDS = /\r\n|\n|\r/;

/** Splits a text into trimmed lines, without empty ones. */
export function linesOf(text: string): readonly string[] {
  return text
    .split(LINE_ENDS)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
