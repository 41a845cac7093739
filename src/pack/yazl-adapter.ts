/** The only file that touches private fields of yazl: entries whose content is deflated elsewhere. */
import { ZipFile } from 'yazl';
import { SluiceError } from '../terms/errors.js';
import type { DeflateState } from './deflate-blocks.js';

/**
 * The modification time of every entry. Fixed, so that equal exports have equal bytes; in local fields, because the DOS
 * form that is written has no time zone. 1980 is the first year that the form can hold.
 */
function entryTime(): Date {
  return new Date(1980, 0, 1);
}

/** A plain file, writable by its owner and readable by everyone. */
const ENTRY_MODE = 0o100644;

/** The states of yazl's entries that occur here. */
const FILE_DATA_IN_PROGRESS = 2;
const FILE_DATA_DONE = 3;

/** Sizes and checksum of the content of an entry. */
export type EntryTotals = Pick<DeflateState, 'uncompressed' | 'compressed' | 'crc32'>;

/**
 * An archive written entry by entry: `begin`, the content, `finish`; at last `end`. Neither yazl 3.3.1 nor another
 * maintained writer of zips has a public way to add deflated content whose sizes and CRC are known only after it: zip.js
 * (`passThrough`) needs the size first, and fflate writes no zip64.
 *
 * yazl writes the local header and then
 * lazily requests the content, which it does not get. After the content, the adapter sets what yazl would have counted
 * itself. The data descriptor, the central directory and zip64 are yazl's own.
 *
 * Every method throws SluiceError `INTERNAL` when yazl does not behave as expected.
 */
export class RawZip {
  readonly #zip = new ZipFile();
  readonly #level: number;
  /** Finished entries. yazl scans its entries at each step, so it gets them back only at the end. */
  readonly #finished: WaitingEntry[] = [];

  /** @param level deflate level of the contents; 0 means that they are stored */
  constructor(level: number) {
    this.#level = level;
  }

  /** Returns the bytes before the content of the next entry. */
  begin(name: string): Buffer {
    const { outputStreamCursor: before } = counting(this.#zip);
    const options = { mtime: entryTime(), forceDosTimestamp: true, mode: ENTRY_MODE, compressionLevel: this.#level };
    this.#zip.addReadStreamLazy(name, options, () => {});
    return written(this.#zip, opened(this.#zip).outputStreamCursor - before);
  }

  /** Returns the bytes after its content. */
  finish({ crc32, uncompressed, compressed }: EntryTotals): Buffer {
    const zip = opened(this.#zip);
    const [entry] = zip.entries;
    entry.crc32 = crc32;
    entry.uncompressedSize = uncompressed;
    entry.compressedSize = compressed;
    entry.state = FILE_DATA_DONE;
    zip.entries.length = 0;
    this.#finished.push(entry);
    const descriptor = entry.getDataDescriptor();
    zip.outputStreamCursor += compressed + descriptor.length;
    return descriptor;
  }

  /** Returns the bytes after the last entry: the directory. */
  end(): Buffer {
    const zip = counting(this.#zip);
    if (zip.entries.length > 0) throw unexpected('an entry was not finished');
    for (const entry of this.#finished) zip.entries.push(entry);
    const directoryStart = zip.outputStreamCursor;
    zip.end();
    return written(zip, zip.outputStreamCursor - directoryStart);
  }
}

/** The private fields of a `ZipFile`: its entries, and the position in its output. */
interface CountingZip {
  readonly entries: unknown[];
  /** Bytes of the archive so far. */
  outputStreamCursor: number;
}

/** The same with one entry that waits for its content. */
interface OpenedZip extends CountingZip {
  readonly entries: unknown[] & { readonly 0: WaitingEntry };
}

/** The private fields of an entry. */
interface WaitingEntry {
  state: number;
  crc32: number | null;
  uncompressedSize: number | null;
  compressedSize: number | null;
  /** The bytes after the content, which state its sizes and checksum. */
  getDataDescriptor(): Buffer;
}

function counting(zip: ZipFile): ZipFile & CountingZip {
  if (isCounting(zip)) return zip;
  throw unexpected('it has no list of entries or no position');
}

function isCounting(zip: object): zip is CountingZip {
  return (
    'outputStreamCursor' in zip &&
    typeof zip.outputStreamCursor === 'number' &&
    'entries' in zip &&
    Array.isArray(zip.entries)
  );
}

function opened(zip: ZipFile): ZipFile & OpenedZip {
  if (isOpened(zip)) return zip;
  throw unexpected('no entry waits for its content');
}

function isOpened(zip: object): zip is OpenedZip {
  return isCounting(zip) && zip.entries.length === 1 && isWaiting(zip.entries[0]);
}

function isWaiting(entry: unknown): entry is WaitingEntry {
  if (typeof entry !== 'object' || entry === null) return false;
  const { state, crc32, uncompressedSize, compressedSize, getDataDescriptor }: Partial<WaitingEntry> = entry;
  return (
    state === FILE_DATA_IN_PROGRESS &&
    crc32 === null &&
    uncompressedSize === null &&
    compressedSize === null &&
    typeof getDataDescriptor === 'function'
  );
}

/** What yazl has written since the last call; its position states the length. */
function written({ outputStream }: ZipFile, length: number): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = outputStream.read(); piece !== null; piece = outputStream.read()) pieces.push(Buffer.from(piece));
  const all = Buffer.concat(pieces);
  if (all.length === 0 || all.length !== length)
    throw unexpected(`it has written ${all.length} bytes and counts ${length}`);
  return all;
}

function unexpected(what: string): SluiceError {
  return new SluiceError('INTERNAL', 'wrap', `this version of yazl does not work as expected: ${what}`);
}
