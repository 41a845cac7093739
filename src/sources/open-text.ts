/** Opens an input as JSON text: decompresses gzip and Zstandard, and refuses other formats and encodings by name. */

import {
  FORMAT_BYTES,
  formatOf,
  isOfficeFile,
  type KnownFormat,
  markedEncoding,
  mayBeFormat,
  seemingEncoding,
} from '../options/known-format.js';
import { SluiceError } from '../terms/errors.js';
import { shellPath } from '../terms/shown-text.js';
import { hasZstd } from '../zstd/node-zstd.js';
import { decompressedBy } from './decompress.js';
import { inflateMembers, isGzip } from './gzip-members.js';
import { peekInput } from './peek-input.js';
import type { ByteInput } from './source.js';
import { textFormatOf } from './text-format.js';
import { isZstd } from './zstd-blocks.js';
import { zstdInput } from './zstd-input.js';

/** Minimum of characters to guess an encoding; the smallest entity with an id has more. */
const LEAST_CHARACTERS = 4;

/** Maximum of bytes that are peeked at. */
const FRONT_BYTES = 4096;

/** A compression that sluice reads, but not inside another one. */
interface Packing extends KnownFormat {
  readonly command: string;
  readonly open: (input: ByteInput, signal: AbortSignal) => ByteInput;
}

const GZIP: Packing = {
  name: 'gzip',
  command: 'gunzip -c FILE',
  open: (input, signal) => decompressedBy(inflateMembers, input, signal),
};
const ZSTD: Packing = { name: 'Zstandard', command: 'zstd -dc FILE', open: zstdInput };
const BROTLI: KnownFormat = { name: 'Brotli (.br)', command: 'brotli -dc FILE' };

/**
 * Returns an input of the text in the given one; closing it closes the given one.
 * @param anyText whether text of other formats, such as tables, is opened too, and workbooks
 * @throws SluiceError `UNSUPPORTED_INPUT`, `INVALID_UTF8` for text in another encoding: with the command that converts it
 */
export async function openText(input: ByteInput, signal: AbortSignal, anyText = false): Promise<ByteInput> {
  const { front, input: whole } = await peekInput(input, FRONT_BYTES, isDecided);
  const packing = packingOf(front);
  if (!packing) {
    if (!anyText || !isOfficeFile(front)) refuseOther(front, input, { anyText });
    return whole;
  }
  const unpacked = packing.open(whole, signal);
  try {
    const { front: inside, input: text } = await peekInput(unpacked, FRONT_BYTES, isDecided);
    const inner = packingOf(inside);
    // One layer is left for sluice.
    if (inner) throw unsupported({ ...packing, name: `${inner.name} in ${packing.name}` }, input);
    if (!anyText || !isOfficeFile(inside)) refuseOther(inside, input, { anyText, packing });
    return text;
  } catch (cause) {
    await unpacked.close();
    throw cause;
  }
}

/** The compression that bytes begin with; undefined for one that this version of Node does not read. */
function packingOf(front: Buffer): Packing | undefined {
  if (isGzip(front)) return GZIP;
  return isZstd(front) && hasZstd() ? ZSTD : undefined;
}

/**
 * Explains the failure of an input whose first record did not parse: Brotli has no magic bytes, and is recognised by the
 * suffix of its file.
 */
export function explainBrotli(error: SluiceError, input: ByteInput): SluiceError {
  return (error.recordIndex ?? 0) === 0 && isBrotliName(input) ? unsupported(BROTLI, input, { cause: error }) : error;
}

function isBrotliName({ name }: ByteInput): boolean {
  return /\.br$/i.test(name);
}

/** White space, a byte order mark, brackets and a record separator, with which text may begin. */
const TEXT_STARTS = Buffer.from('\t\n\r {[\xef\x1e', 'latin1');

function mayBeText([first]: Buffer): boolean {
  return TEXT_STARTS.includes(first);
}

const NEWLINE = 0x0a;

/** Whether text of another format, of which the first line tells, may begin with this byte. */
function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

/** Whether the first bytes show the format; a pipe may keep the next ones pending. */
function isDecided(front: Buffer): boolean {
  if (front.length < 2) return false;
  if (isGzip(front)) return true;
  if (mayBeText(front)) return front[1] !== 0 || front.length >= FORMAT_BYTES;
  if (front.length >= FORMAT_BYTES) return true;
  if (!mayBeFormat(front)) return !isPrintable(front[0]) || front.includes(NEWLINE);
  // A faulty line of a slow feed is complete: do not wait for more.
  return front.includes(NEWLINE, 8) && !formatOf(front);
}

/** @throws SluiceError for text in another encoding, and for another format */
function refuseOther(
  front: Buffer,
  input: ByteInput,
  { anyText, packing }: { readonly anyText: boolean; readonly packing?: Packing },
): void {
  if (front.length === 0) return;
  const marked = markedEncoding(front);
  const encoding = marked ?? (front[0] === 0 || front[1] === 0 ? seemingEncoding(front, LEAST_CHARACTERS) : undefined);
  if (encoding !== undefined) {
    const name = `${marked === undefined ? 'text that looks like' : 'text in'} ${encoding}`;
    const command = `iconv -f ${encoding} -t UTF-8 FILE`;
    throw unsupported({ name, command }, input, { packing, code: 'INVALID_UTF8' });
  }
  const format = otherFormat(front, input) ?? (anyText ? undefined : textFormatOf(front));
  if (format) throw unsupported(format, input, { packing });
}

/** The format that is no text, if the bytes begin with one. */
function otherFormat(front: Buffer, input: ByteInput): KnownFormat | undefined {
  if (mayBeText(front)) return undefined;
  return formatOf(front) ?? (isBrotliName(input) && !isGzip(front) ? BROTLI : undefined);
}

/** Why an input is refused, beside its format. */
interface Refused {
  /** What it was unpacked from. */
  readonly packing?: Packing | undefined;
  /** Default: `UNSUPPORTED_INPUT`. */
  readonly code?: 'UNSUPPORTED_INPUT' | 'INVALID_UTF8';
  readonly cause?: unknown;
}

function unsupported(
  format: KnownFormat,
  { name, path }: Pick<ByteInput, 'name' | 'path'>,
  { packing, code = 'UNSUPPORTED_INPUT', cause }: Refused = {},
): SluiceError {
  const { command, pipe = command && piped(command) } = format;
  const file = path === undefined ? undefined : shellPath(path);
  const first = packing && (file === undefined ? piped(packing.command) : packing.command.replace('FILE', () => file));
  const piping = [first, pipe].filter((part) => part).join(' | ');
  // A function, since a `$` in the name would have a meaning in a replacement string.
  const way = first || file === undefined ? piping : command?.replace('FILE', () => file);
  const what = `${name}${packing ? ', unpacked,' : ''} is ${format.name}, not JSON in UTF-8`;
  const message = command === undefined || !way ? what : `${what}: ${way} | sluice export -`;
  return new SluiceError(code, 'read', message, { source: name, cause });
}

/** The command for standard input. */
function piped(command: string): string {
  return command.replace(/ '?FILE'?/, '');
}
