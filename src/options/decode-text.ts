/** Decodes a small text, such as a file of ids or the body of a request. */
import { isUtf8 } from 'node:buffer';
import { SluiceError, type StageName } from '../terms/errors.js';
import { formatOf, markedEncoding, seemingEncoding, type WideEncoding } from './known-format.js';

/** The byte order mark of UTF-8. */
const MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** The first bytes of every gzip file. */
const GZIP = Buffer.of(0x1f, 0x8b);

/**
 * Decodes UTF-8, or UTF-16 that begins with a byte order mark; the mark is not part of the text. Invalid bytes are
 * refused, not replaced.
 * @param name of the text in errors: a path, or words such as "the body"
 * @throws SluiceError `INVALID_UTF8` with a guess at the encoding or format
 */
export function decodeText(bytes: Uint8Array, name: string, stage: StageName = 'accept'): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marked = markedEncoding(text);
  if (marked === 'UTF-16LE' || marked === 'UTF-16BE') return decodeWide(text, marked, name, stage);
  const wide = marked ?? (text.subarray(0, MARK.length).equals(MARK) ? undefined : seemingEncoding(text));
  if (wide !== undefined) throw invalid(`looks like ${wide}; write it in UTF-8`, name, stage);
  if (isUtf8(text)) return new TextDecoder().decode(text);
  throw invalid(`looks like ${guessedFormat(text)}`, name, stage, faultIn(text));
}

function decodeWide(text: Buffer, encoding: WideEncoding, name: string, stage: StageName): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(text);
  } catch (cause) {
    throw invalid(`begins as ${encoding} but is truncated or damaged`, name, stage, undefined, cause);
  }
}

function guessedFormat(text: Buffer): string {
  const format = formatOf(text);
  if (format) return format.name;
  if (text.subarray(0, GZIP.length).equals(GZIP)) return 'gzip';
  // Control characters that occur in no text, whatever its encoding.
  if (text.subarray(0, 1024).some((byte) => byte < 9 || (byte > 13 && byte < 27))) return 'binary data';
  return 'Latin-1 or Windows-1252; write it in UTF-8';
}

/** Offset of the first invalid byte: where the decoder inserts a replacement character that the text does not have. */
function faultIn(text: Buffer): number {
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text);
  let offset = 0;
  for (const part of decoded.split(REPLACEMENT)) {
    offset += Buffer.byteLength(part);
    if (!text.subarray(offset, offset + 3).equals(REPLACEMENT_BYTES)) return offset;
    offset += REPLACEMENT_BYTES.length;
  }
  return offset;
}

const REPLACEMENT = '\ufffd';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);

function invalid(how: string, name: string, stage: StageName, byteOffset?: number, cause?: unknown): SluiceError {
  const where = byteOffset === undefined ? '' : ` at byte ${byteOffset}`;
  return new SluiceError('INVALID_UTF8', stage, `${name} is not UTF-8${where}: it ${how}`, {
    source: name,
    byteOffset,
    cause,
  });
}
