/** The files inside a zip archive as a source, each held against its checksum. */
import { once } from 'node:events';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Entry, open, type ZipFile } from 'yauzl';
import { messageOf, SluiceError } from '../../terms/errors.js';
import { chunkInput } from './bytes.js';
import type { ByteInput, Source } from './source.js';

/**
 * Reads the files of an archive in the order of its directory.
 * @param name how errors call the archive, where its path would tell nobody anything
 * @throws (while reading) SluiceError `VERIFY_FAILED` for a broken archive or a wrong checksum
 */
export function zipEntries(path: string, name = path): Source {
  return {
    async *inputs(signal) {
      const archive = await openArchive(path, name);
      try {
        for (;;) {
          const entry = await nextEntry(archive, name);
          if (!entry) return;
          if (!entry.fileName.endsWith('/')) yield await openEntry(archive, entry, name, signal);
        }
      } finally {
        // The archive is closed once the stream of its last entry has let go of it.
        const closed = once(archive, 'close');
        archive.close();
        await closed;
      }
    },
  };
}

async function openArchive(path: string, name: string): Promise<ZipFile> {
  try {
    return await promisify<string, object, ZipFile>(open)(path, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw broken(cause, name);
  }
}

/** The next entry of the directory; undefined behind the last. */
function nextEntry(archive: ZipFile, name: string): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      archive.off('entry', onEntry).off('end', onEnd).off('error', onError);
      act();
    };
    const onEntry = (entry: Entry) => settle(() => resolve(entry));
    const onEnd = () => settle(() => resolve(undefined));
    const onError = (cause: unknown) => settle(() => reject(broken(cause, name)));
    archive.on('entry', onEntry).on('end', onEnd).on('error', onError);
    archive.readEntry();
  });
}

async function openEntry(archive: ZipFile, entry: Entry, name: string, signal: AbortSignal): Promise<ByteInput> {
  const stream = await promisify(archive.openReadStream.bind(archive))(entry).catch((cause: unknown) => {
    throw broken(cause, name);
  });
  const input = chunkInput(stream, entry.fileName, signal);
  let checksum = 0;
  return {
    ...input,
    async read(into) {
      const length = await input.read(into).catch((cause: unknown) => {
        throw broken(cause, `${name}: ${entry.fileName}`);
      });
      checksum = crc32(into.subarray(0, length), checksum);
      if (length === 0 && checksum !== entry.crc32) {
        throw broken(new Error('its checksum does not fit its bytes'), `${name}: ${entry.fileName}`);
      }
      return length;
    },
  };
}

function broken(cause: unknown, name: string): SluiceError {
  if (cause instanceof SluiceError && cause.code !== 'READ_FAILED') return cause;
  return new SluiceError('VERIFY_FAILED', 'verify', `${name}: ${messageOf(cause)}`, { path: name, cause });
}
