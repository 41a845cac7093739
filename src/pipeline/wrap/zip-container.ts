/** The zip format around one file, written by yazl, whose content somebody else deflates. */
import { ZipFile } from 'yazl';
import { SluiceError } from '../../terms/errors.js';
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

/**
 * Makes the container. yazl writes the local header and then asks, lazily, for the content: there it is left alone.
 * At the end its entry is told what it would have counted itself. The data descriptor, the central directory, and
 * zip64 where the sizes need it, are yazl's again.
 * @param level deflate level of the content; 0 says that it is stored
 * @returns both its methods throw SluiceError `INTERNAL` where yazl is not made as expected
 */
export function zipContainer({ name, level }: { readonly name: string; readonly level: number }): Container {
  const zip = new ZipFile();
  return {
    head() {
      const options = { mtime: ENTRY_TIME, forceDosTimestamp: true, mode: ENTRY_MODE, compressionLevel: level };
      zip.addReadStreamLazy(name, options, () => {});
      const { outputStreamCursor } = opened(zip);
      return written(zip, outputStreamCursor);
    },
    tail({ crc32, uncompressed, compressed }) {
      const open = opened(zip);
      const [entry] = open.entries;
      entry.crc32 = crc32;
      entry.uncompressedSize = uncompressed;
      entry.compressedSize = compressed;
      entry.state = FILE_DATA_DONE;
      const descriptor = entry.getDataDescriptor();
      open.outputStreamCursor += compressed + descriptor.length;
      const directoryStart = open.outputStreamCursor;
      zip.end();
      return Buffer.concat([descriptor, written(zip, open.outputStreamCursor - directoryStart)]);
    },
  };
}

/** What has to be known of yazl beyond its types: where its output is, and the entry that waits for its content. */
interface OpenedZip {
  readonly entries: readonly [WaitingEntry];
  /** Bytes of the archive so far. */
  outputStreamCursor: number;
}

interface WaitingEntry {
  state: number;
  crc32: number | null;
  uncompressedSize: number | null;
  compressedSize: number | null;
  /** Bytes to stand behind the content; they tell what was counted. */
  getDataDescriptor(): Buffer;
}

function opened(zip: ZipFile): ZipFile & OpenedZip {
  if (isOpened(zip)) return zip;
  throw unexpected('an entry does not wait for its content');
}

function isOpened(zip: object): zip is OpenedZip {
  return (
    'outputStreamCursor' in zip &&
    typeof zip.outputStreamCursor === 'number' &&
    'entries' in zip &&
    Array.isArray(zip.entries) &&
    zip.entries.length === 1 &&
    isWaiting(zip.entries[0])
  );
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
