/** Addresses of S3-compatible storage: `s3://bucket/key`. */
import { invalid } from '../../terms/errors.js';

/** An object, or what the keys of several begin with. */
export interface S3Address {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

/** Names of buckets: as S3 has them now, and as old and other services have them. */
const ADDRESS = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/s;

/** Bytes of UTF-8 that a key may have. */
const LONGEST_KEY = 1024;

/** Whether a text means an object, not a path. */
export function isS3Address(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * Reads an address.
 * @throws SluiceError `INVALID`; what was given is not in the message, for it may hold a secret that has no place there
 */
export function parseS3Address(text: string): S3Address {
  const [, bucket, key = ''] = ADDRESS.exec(text) ?? [];
  if (bucket === undefined)
    throw invalid('write', 'an address of S3 is s3://bucket/key, without names of users or queries');
  if (Buffer.byteLength(key) > LONGEST_KEY) throw invalid('write', `a key has at most ${LONGEST_KEY} bytes`);
  return { bucket, key };
}
