/** An object of S3-compatible storage as a destination: it appears under its key only when it is complete. */
import { Writable } from 'node:stream';
import { acceptArgument, acceptOptions, boolean, filledText, type OptionTable } from '../../options/accept-options.js';
import { SluiceError, toSluiceError } from '../../terms/errors.js';
import type { Delivery, Destination } from '../destination.js';
import { existsError, ObjectWriter } from './object-writer.js';
import { openBucket, S3_OPTIONS, type S3Options } from './open-bucket.js';
import { parseS3Address, type S3Address } from './s3-address.js';

/** Options of an object. */
export interface S3DestinationOptions extends S3Options {
  /** Replace an existing object; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
  /** Media type of the object; default: by the suffix of its key. */
  readonly contentType?: string;
}

const S3_DESTINATION: OptionTable<S3DestinationOptions> = {
  ...S3_OPTIONS,
  overwrite: boolean,
  contentType: filledText,
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  zip: 'application/zip',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  gz: 'application/gzip',
  zst: 'application/zstd',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values',
};

/**
 * Writes an object in parts of 8 MiB (larger after 8 GiB), at most two in parallel, in constant memory. A run that fails or
 * is aborted aborts its upload and waits for that; only a process that dies leaves parts, for which the bucket should have a
 * lifecycle rule (AbortIncompleteMultipartUpload).
 *
 * Without `overwrite`, an existing object is refused before anything is read, and again at the end: by a condition on the
 * last request (`If-None-Match: *`), which AWS and others apply atomically; or, where a service does not support it, by one
 * more check, which is not atomic.
 * @param url `s3://bucket/key.zip`; the suffix decides the packing, unless it is given elsewhere
 * @throws SluiceError `INVALID` for a malformed address. While writing: `MISSING_PEER`, `NOT_FOUND` (the bucket),
 * `PERMISSION_DENIED`, `DESTINATION_EXISTS`, `SERVICE_FAILED`, `WRITE_FAILED`
 * @example
 * await exportEntities({ source: 'catalog.ndjson' }).to(s3('s3://exports/catalog.zip'));
 */
export function s3(url: string, options: S3DestinationOptions = {}): Destination {
  acceptArgument('url', url, filledText);
  acceptOptions(options, S3_DESTINATION);
  const address = parseS3Address(url);
  if (address.key === '' || address.key.endsWith('/')) {
    throw new SluiceError(
      'INVALID',
      'write',
      `${url} names no object; expected s3://bucket/key. Several files are one zip there: s3://bucket/key.zip`,
    );
  }
  return { name: url, stored: true, open: (context) => openDelivery(address, options, context?.signal) };
}

async function openDelivery(
  { bucket: name, key }: S3Address,
  options: S3DestinationOptions,
  signal: AbortSignal | undefined,
): Promise<Delivery> {
  const { overwrite = false } = options;
  const bucket = await openBucket(name, options, 'write');
  try {
    // HEAD does not distinguish a missing bucket from a missing object.
    if (!overwrite && (await bucket.head(key, signal))) throw existsError(bucket.address(key));
    await bucket.requireExistence(signal);
  } catch (cause) {
    bucket.close();
    throw cause;
  }
  const contentType = options.contentType ?? MEDIA_TYPES[key.slice(key.lastIndexOf('.') + 1).toLowerCase()];
  const headers = contentType === undefined ? {} : { contentType };
  const writer = new ObjectWriter(bucket, key, { ...headers, onlyNew: !overwrite });
  const writable = new Writable({
    write(chunk: Uint8Array, _encoding, callback) {
      writer.write(chunk).then(
        () => callback(),
        (cause: unknown) => callback(toSluiceError(cause, 'WRITE_FAILED', 'write')),
      );
    },
  });
  // The writer gets errors from its own calls; this listener only prevents uncaught ones.
  writable.on('error', () => {});
  return {
    writable,
    releasesBytes: writable,
    bytes: () => writer.bytes,
    async commit() {
      await writer.commit();
      bucket.close();
    },
    async discard() {
      writable.destroy();
      await writer.discard();
      bucket.close();
    },
  };
}
