/** The zip format around files, written by yazl, whose content somebody else deflates. */
import { ZipFile } from 'yazl';
import { SluiceError } from '../terms/errors.js';
import type { DeflateState } from './deflate-blocks.js';
import type { Container } from './deflate-stage.js';

/**
 * The modification time of every entry. Fixed, so that equal exports have equal bytes; in local fields, since the DOS
 * form that is written has no time zone. 1980 is the first year that the form can hold.
 */
const ENTRY_TIME = new Date(1980, 0, 1);

/** A plain file that its owner may write and everybody read. */
const ENTRY_MODE = 0o100644;

/** The states of yazl's entries that are met here. */
const FILE_DATA_IN_PROGRESS = 2;
const FILE_DATA_DONE = 3;

/** An archive that is written entry by entry. Its methods throw SluiceError `INTERNAL` where yazl is not as expected. */
export interface ZipArchive {
  /** Bytes before the content of the next entry. */
  head(name: string): Buffer;
  /** Bytes behind its content. */
  settle(totals: EntryTotals): Buffer;
  /** Bytes behind the last entry: the directory. */
  end(): Buffer;
}

/** What the archive must be told of an entry. */
export type EntryTotals = Pick<DeflateState, 'uncompressed' | 'compressed' | 'crc32'>;

/**
 * Makes an archive. yazl writes the local header and then asks, lazily, for the content: there it is left alone.
 * Behind the content its entry is told what it would have counted itself. The data descriptor, the central directory,
 * and zip64 where the sizes need it, are yazl's again.
 * @param level deflate level of the contents; 0 says that they are stored
 */
export function zipArchive(level: number): ZipArchive {
  const zip = new ZipFile();
  /** Entries that are done. yazl looks through those it has at each step, so that it is given them at the end only. */
  const done: WaitingEntry[] = [];
  return {
    head(name) {
      const { outputStreamCursor: before } = counting(zip);
      const options = { mtime: ENTRY_TIME, forceDosTimestamp: true, mode: ENTRY_MODE, compressionLevel: level };
      zip.addReadStreamLazy(name, options, () => {});
      return written(zip, opened(zip).outputStreamCursor - before);
    },
    settle({ crc32, uncompressed, compressed }) {
      const open = opened(zip);
      const [entry] = open.entries;
      entry.crc32 = crc32;
      entry.uncompressedSize = uncompressed;
      entry.compressedSize = compressed;
      entry.state = FILE_DATA_DONE;
      open.entries.length = 0;
      done.push(entry);
      const descriptor = entry.getDataDescriptor();
      open.outputStreamCursor += compressed + descriptor.length;
      return descriptor;
    },
    end() {
      const counted = counting(zip);
      if (counted.entries.length > 0) throw unexpected('an entry was not settled');
      for (const entry of done) counted.entries.push(entry);
      const directoryStart = counted.outputStreamCursor;
      zip.end();
      return written(zip, counted.outputStreamCursor - directoryStart);
    },
  };
}

/** What stands around the content of an archive of one file. */
export function zipContainer({ name, level }: { readonly name: string; readonly level: number }): Container {
  const archive = zipArchive(level);
  return {
    head: () => archive.head(name),
    tail: (totals) => Buffer.concat([archive.settle(totals), archive.end()]),
  };
}

/** What has to be known of yazl beyond its types: its entries, and how far its output is. */
interface CountingZip {
  readonly entries: unknown[];
  /** Bytes of the archive so far. */
  outputStreamCursor: number;
}

/** The same with the entry that waits for its content. */
interface OpenedZip extends CountingZip {
  readonly entries: unknown[] & { readonly 0: WaitingEntry };
}

interface WaitingEntry {
  state: number;
  crc32: number | null;
  uncompressedSize: number | null;
  compressedSize: number | null;
  /** Bytes to stand behind the content; they tell what was counted. */
  getDataDescriptor(): Buffer;
}

function counting(zip: ZipFile): ZipFile & CountingZip {
  if (isCounting(zip)) return zip;
  throw unexpected('its entries or its place are not known');
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
  throw unexpected('an entry does not wait for its content');
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

/** What yazl has written since it was asked last, of which it says how long it is. */
function written({ outputStream }: ZipFile, length: number): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = outputStream.read(); piece !== null; piece = outputStream.read()) pieces.push(Buffer.from(piece));
  const all = Buffer.concat(pieces);
  if (all.length === 0 || all.length !== length) throw unexpected(`${all.length} bytes came where it counts ${length}`);
  return all;
}

function unexpected(what: string): SluiceError {
  return new SluiceError('INTERNAL', 'wrap', `this version of yazl does not work as expected: ${what}`);
}
