/** An object of S3-compatible storage as a destination: it appears under its key only when it is whole. */
import { Writable } from 'node:stream';
import { acceptArgument, acceptOptions, boolean, filledText, type OptionTable } from '../../options/accept-options.js';
import { SluiceError, toSluiceError } from '../../terms/errors.js';
import type { Delivery, Destination } from '../destination.js';
import { existsError, ObjectWriter } from './object-writer.js';
import { openBucket, S3_OPTIONS, type S3Options } from './open-bucket.js';
import { parseS3Address, type S3Address } from './s3-address.js';

/** How an object is written. */
export interface S3DestinationOptions extends S3Options {
  /** Replace an existing object; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
  /** Media type of the object; default what the suffix of its key says. */
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
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values',
};

/**
 * Writes an object in parts of 8 MiB (larger behind 8 GiB), at most two under way, so that memory stays constant. A run
 * that fails or is aborted has its upload aborted, and waits for that; only a process that dies leaves parts, for which
 * the bucket should have a lifecycle rule (AbortIncompleteMultipartUpload).
 *
 * Without `overwrite` an object that is there is found before anything is read, and again at the end: by a condition on
 * the last request (`If-None-Match: *`), which AWS and others heed without a gap; where a service does not know it, by
 * one more look, which another writer can come behind.
 * @param url `s3://bucket/key.zip`; the suffix says how the result is packed, where nothing else does
 * @throws SluiceError `INVALID` for an address that is none. While writing: `MISSING_PEER`, `NOT_FOUND` (the bucket),
 * `PERMISSION_DENIED`, `DESTINATION_EXISTS`, `SERVICE_FAILED`, `WRITE_FAILED`
 * @example
 * await exportEntities({ source: 'catalog.ndjson' }).to(s3('s3://exports/catalog.zip'));
 */
export function s3(url: string, options: S3DestinationOptions = {}): Destination {
  acceptArgument('url', url, filledText);
  acceptOptions(options, S3_DESTINATION);
  const address = parseS3Address(url);
  if (address.key === '' || address.key.endsWith('/')) {
    throw new SluiceError('INVALID', 'write', `${url} names no object: s3://bucket/key`);
  }
  return { name: url, stored: true, open: () => openDelivery(address, options) };
}

async function openDelivery({ bucket: name, key }: S3Address, options: S3DestinationOptions): Promise<Delivery> {
  const { overwrite = false } = options;
  const bucket = await openBucket(name, options, 'write');
  try {
    // A bucket that is not there looks like an object that is not.
    if (!overwrite && (await bucket.head(key))) throw existsError(bucket.address(key));
    await bucket.requireExistence();
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
  // Whoever writes learns of an error from its own call; here it must only not be an uncaught one.
  writable.on('error', () => {});
  return {
    writable,
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
