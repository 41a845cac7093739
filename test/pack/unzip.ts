/** Test helper: the entries of a zip, as yauzl reads them. */
import type { Buffer } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';

/** An entry with its content. */
export interface Unzipped {
  readonly entry: Entry;
  readonly content: Buffer;
}

/** The entries in the directory, without reading their contents. */
export async function listed(archive: Buffer): Promise<readonly Entry[]> {
  const zip = await opened(archive);
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function opened(archive: Buffer): Promise<ZipFile> {
  return promisify((done: (error: Error | null, zip?: ZipFile) => void) =>
    fromBuffer(archive, { lazyEntries: true, validateEntrySizes: true }, done),
  )().then(present);
}

/** Reads all entries; yauzl checks their names, sizes and checksums. */
export async function unzip(archive: Buffer): Promise<readonly Unzipped[]> {
  const zip = await opened(archive);
  const unzipped: Unzipped[] = [];
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(unzipped));
    zip.on('entry', (entry: Entry) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        buffer(stream).then((content) => {
          unzipped.push({ entry, content });
          zip.readEntry();
        }, reject);
      });
    });
    zip.readEntry();
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('yauzl answered nothing');
  return value;
}
