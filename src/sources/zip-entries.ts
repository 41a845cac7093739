/** The files inside a zip archive as a source, each checked against its checksum. */
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReader, type ZipFile } from 'yauzl';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import { type Archived, ArchiveReader } from './archive-reader.js';
import { chunkInput } from './bytes.js';
import type { ByteInput, Source } from './source.js';

/** An archive that is open. */
interface Archive {
  readonly zip: ZipFile;
  readonly reader: ArchiveReader;
  /** Its name in errors. */
  readonly name: string;
}

/**
 * Reads the files of an archive in the order of its directory.
 * @param from its path, or an open file, which stays open
 * @param name of the archive in errors
 * @throws (while reading) SluiceError `VERIFY_FAILED` for a broken archive or a wrong checksum, `UNSUPPORTED_INPUT`
 * for an encrypted entry, or one of another method
 */
export function zipEntries(from: string | FileHandle, name = String(from)): Source {
  return {
    async *inputs(signal) {
      const handle = typeof from === 'string' ? await openFile(from, name) : from;
      try {
        yield* entriesOf(handle, async () => (await handle.stat()).size, name, signal);
      } finally {
        if (handle !== from) await handle.close();
      }
    },
  };
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw broken(cause, name);
  });
}

/**
 * The same for an archive that is elsewhere.
 * @param size of the archive in bytes
 */
export function archivedEntries(from: Archived, size: number, name: string): Source {
  return { inputs: (signal) => entriesOf(from, async () => size, name, signal) };
}

async function* entriesOf(
  from: Archived,
  sizeOf: () => Promise<number>,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<ByteInput, void> {
  const archive = await openArchive(from, sizeOf, name);
  const { zip } = archive;
  try {
    for (;;) {
      const entry = await nextEntry(archive);
      if (!entry) return;
      if (!entry.fileName.endsWith('/'))
        yield await openEntry(archive, entry, signal).catch((cause: SluiceError) => failedEntry(entry, cause));
    }
  } finally {
    // The archive closes after the stream of its last entry has.
    const closed = once(zip, 'close');
    zip.close();
    await closed;
  }
}

async function openArchive(from: Archived, sizeOf: () => Promise<number>, name: string): Promise<Archive> {
  try {
    const reader = new ArchiveReader(from);
    const size = await sizeOf();
    const zip = await promisify<ArchiveReader, number, object, ZipFile>(fromRandomAccessReader)(reader, size, {
      lazyEntries: true,
      autoClose: false,
    });
    return { zip, reader, name };
  } catch (cause) {
    throw broken(cause, name);
  }
}

/** The next entry of the directory; undefined after the last. */
function nextEntry({ zip, name }: Archive): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      zip.off('entry', onEntry).off('end', onEnd).off('error', onError);
      act();
    };
    const onEntry = (entry: Entry) => settle(() => resolve(entry));
    const onEnd = () => settle(() => resolve(undefined));
    const onError = (cause: unknown) => settle(() => reject(broken(cause, name)));
    zip.on('entry', onEntry).on('end', onEnd).on('error', onError);
    zip.readEntry();
  });
}

/** Entries up to this size, packed and unpacked, are read at once: a stream for each costs more than its bytes. */
const SMALL_BYTES = 128 * 1024;

const STORED = 0;
const DEFLATED = 8;

/** Names of methods of compression that other programs use. */
const METHODS: ReadonlyMap<number, string> = new Map([
  [9, 'Deflate64'],
  [12, 'bzip2'],
  [14, 'LZMA'],
  [93, 'Zstandard'],
  [95, 'xz'],
  [98, 'PPMd'],
]);

/** @throws SluiceError `UNSUPPORTED_INPUT` for an entry that only other programs unpack */
function refuseUnread(entry: Entry, name: string): void {
  const source = `${name}/${entry.fileName}`;
  const { compressionMethod: method } = entry;
  const refuse = (what: string) => new SluiceError('UNSUPPORTED_INPUT', 'read', `${source} is ${what}`, { source });
  if (entry.isEncrypted()) throw refuse('encrypted: unpack it with its password (7z x), and name the file');
  if (method === STORED || method === DEFLATED) return;
  throw refuse(`compressed with ${METHODS.get(method) ?? `method ${method}`}: unpack it (7z x), and name the file`);
}

async function openEntry(archive: Archive, entry: Entry, signal: AbortSignal): Promise<ByteInput> {
  const { zip, name } = archive;
  try {
    refuseUnread(entry, name);
    const sourceBytes = entry.compressedSize;
    if (isSmall(entry)) return { ...wholeInput(await readSmall(archive, entry), entry.fileName), sourceBytes };
    const stream = await promisify(zip.openReadStream.bind(zip))(entry);
    return { ...checkedInput(chunkInput(stream, entry.fileName, signal), entry, name), sourceBytes };
  } catch (cause) {
    throw broken(cause, name);
  }
}

/** An input that fails when it is read, so that those after it can still be opened. */
export function failingInput(input: ByteInput, error: SluiceError): ByteInput {
  return { ...input, read: () => Promise.reject(error) };
}

function failedEntry({ fileName, compressedSize }: Entry, error: SluiceError): ByteInput {
  return failingInput({ ...wholeInput(Buffer.alloc(0), fileName), sourceBytes: compressedSize }, error);
}

function isSmall(entry: Entry): boolean {
  return entry.compressedSize <= SMALL_BYTES && entry.uncompressedSize <= SMALL_BYTES;
}

async function readSmall({ zip, reader, name }: Archive, entry: Entry): Promise<Buffer> {
  const header = await new Promise<{ readonly fileDataStart: number }>((resolve, reject) => {
    zip.readLocalFileHeader(entry, { minimal: true }, (error, found) => (error ? reject(error) : resolve(found)));
  });
  // A copy, since the reader reuses its memory.
  const packed = Buffer.from(await reader.bytesAt(header.fileDataStart, entry.compressedSize));
  const bytes = entry.compressionMethod === STORED ? packed : inflated(packed, entry);
  if (bytes.length !== entry.uncompressedSize) {
    throw new Error(
      `${entry.fileName}: ${bytes.length} bytes instead of the ${entry.uncompressedSize} in the archive's directory`,
    );
  }
  if (crc32(bytes) !== entry.crc32) throw wrongChecksum(entry, name);
  return bytes;
}

/** Inflates bytes, at most as many as the directory states. For so few, waiting for a thread costs more. */
function inflated(packed: Buffer, { uncompressedSize, fileName }: Entry): Buffer {
  const maxOutputLength = uncompressedSize + 1;
  try {
    return inflateRawSync(packed, { maxOutputLength, chunkSize: Math.max(LEAST_CHUNK, maxOutputLength) });
  } catch (cause) {
    const isMore = systemCode(cause) === 'ERR_BUFFER_TOO_LARGE';
    const what = isMore
      ? `unpacks to more than the ${uncompressedSize} bytes in the archive's directory`
      : messageOf(cause);
    throw new Error(`${fileName}: ${what}`, { cause });
  }
}

/** Minimum of bytes that zlib inflates at a time. */
const LEAST_CHUNK = 64;

function wholeInput(bytes: Buffer, name: string): ByteInput {
  let rest = bytes;
  return {
    kind: 'bytes',
    name,
    size: bytes.length,
    async read(into) {
      const length = rest.copy(into);
      rest = rest.subarray(length);
      return length;
    },
    close: async () => {},
  };
}

/** An input that fails at its end if its bytes do not match the directory of the archive. */
function checkedInput(input: ByteInput, entry: Entry, name: string): ByteInput {
  let checksum = 0;
  return {
    ...input,
    async read(into) {
      const length = await input.read(into).catch((cause: unknown) => {
        throw broken(cause, `${name}: ${entry.fileName}`);
      });
      checksum = crc32(into.subarray(0, length), checksum);
      if (length === 0 && checksum !== entry.crc32) throw wrongChecksum(entry, name);
      return length;
    },
  };
}

function wrongChecksum({ fileName }: Entry, name: string): SluiceError {
  return broken(new Error('its checksum does not match its bytes'), `${name}: ${fileName}`);
}

function broken(cause: unknown, name: string): SluiceError {
  if (cause instanceof SluiceError && cause.code !== 'READ_FAILED') return cause;
  return new SluiceError('VERIFY_FAILED', 'verify', `${name}: ${messageOf(cause)}`, { path: name, cause });
}
