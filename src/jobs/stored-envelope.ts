/** The envelope of a job: around the stored file, or around the only file in the stored zip. */

import type { Readable } from 'node:stream';
import { wrapStored, wrapWhole } from '../export/wrap-stored.js';
import type { ByteRange, Part } from '../results/blob-store.js';
import { sizeOf } from '../results/parts.js';
import { readRaw } from '../sources/read-chunks.js';
import { onlyFileOf } from '../sources/small-zip.js';
import { archivedEntries } from '../sources/zip-entries.js';
import type { BlobContent } from '../terms/profile.js';
import type { JobRow, StoredFile } from './engine.js';
import type { JobPlan } from './job-plan.js';

/** Results up to this size are read, and their envelope made, before the first byte is sent. */
const MOST_WHOLE_BYTES = 64 * 1024;

/** All bytes of a small result; undefined for a larger one, and for one that cannot be read, which is reported as it is sent. */
export async function wholeResult(
  parts: readonly Part[],
  read: () => AsyncIterable<Buffer>,
): Promise<Buffer | undefined> {
  if (sizeOf(parts) > MOST_WHOLE_BYTES) return undefined;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of read()) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

/** Reads a stored file, or a range of it. */
type Read = (range?: ByteRange) => AsyncIterable<Buffer>;

/**
 * Makes the envelope while the stored bytes are read.
 * @param otherwise what its blob holds, if neither the request nor its profile says. A result of several files stays a zip
 * @param whole all stored bytes, where they are there
 */
export function storedEnvelope(
  { id, receipt }: JobRow,
  { name, parts }: StoredFile,
  plan: JobPlan,
  otherwise: BlobContent,
  read: Read,
  whole: Buffer | undefined,
): Readable {
  const { pack, manifest } = plan.stored.output;
  const [file, ...others] = receipt?.files ?? [];
  const isZip = pack === 'zip';
  const hasOne = file !== undefined && others.length === 0 && manifest !== true;
  const content = isZip && !hasOne ? 'zip' : (plan.content ?? otherwise);
  const envelope = { ...plan.envelope(content), id, records: receipt?.written ?? 0 };
  if (!isZip || content === 'zip' || !file) return whole ? wrapWhole(whole, envelope) : wrapStored(read(), envelope);
  const inside = whole && onlyFileOf(whole);
  if (inside) return wrapWhole(inside, { ...envelope, fileName: file.name });
  return wrapStored(plainFile(read, parts, name), { ...envelope, fileName: file.name });
}

/**
 * Inflates the first file of a zip that is stored in parts, without holding it.
 * @param name of the zip, for errors
 * @throws (while reading) SluiceError `VERIFY_FAILED` for damaged bytes; what reading throws
 */
async function* plainFile(read: Read, parts: readonly Part[], name: string): AsyncGenerator<Buffer, void> {
  const size = sizeOf(parts);
  const archived = {
    range: (start: number, end: number) => read({ start, end }),
    async read(into: Buffer, offset: number, length: number, position: number) {
      let bytesRead = 0;
      if (position >= size) return { bytesRead };
      for await (const chunk of read({ start: position, end: Math.min(size, position + length) })) {
        bytesRead += chunk.copy(into, offset + bytesRead);
      }
      return { bytesRead };
    },
  };
  const { signal } = new AbortController();
  for await (const input of archivedEntries(archived, size, name).inputs(signal)) {
    if (input.kind !== 'bytes') return;
    try {
      yield* readRaw(input);
    } finally {
      await input.close();
    }
    return;
  }
}
