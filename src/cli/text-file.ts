/** Small text files that flags name, or standard input in the place of one. */
import { open, stat } from 'node:fs/promises';
import { OWN, ownPipes } from '../loop/own-descriptors.js';
import { decodeText } from '../options/decode-text.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { usage } from './inputs.js';
import { claimStdin, STANDARD } from './standard-input.js';

/** Bytes that a text may have; a list of ids may be longer. */
const MOST_BYTES = 16 * 1024 * 1024;
export const MOST_BYTES_OF_IDS = 256 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

/**
 * The text of a file in UTF-8, or in UTF-16 with a byte order mark, without the mark; `-` is standard input.
 * @param most bytes that it may have: what has no end, such as `/dev/zero`, must not fill the memory
 * @throws SluiceError `READ_FAILED`, `INVALID_UTF8`, `INVALID` for a longer one
 */
export async function readText(path: string, most = MOST_BYTES): Promise<string> {
  const isStandard = path === STANDARD;
  const name = isStandard ? 'standard input' : path;
  if (isStandard) claimStdin('a text that a flag names');
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of isStandard ? process.stdin : chunksOf(path)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most) break;
    }
  } catch (cause) {
    throw new SluiceError('READ_FAILED', 'accept', `${name}: ${messageOf(cause)}`, { path: name, cause });
  }
  if (length > most) throw usage(`${name} is longer than ${most} bytes`);
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

/** What ends a line, on any system. */
export const LINE_ENDS = /\r\n|\n|\r/;

/** The lines of a text, whatever ends them, without blanks around them; empty ones are left out. */
export function linesOf(text: string): readonly string[] {
  return text
    .split(LINE_ENDS)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
