/** Addresses of S3-compatible storage: `s3://bucket/key`. */
import { invalid } from '../../terms/errors.js';

/** An object, or a prefix of keys. */
export interface S3Address {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

/** Bucket names, by the current rules of S3 and those of older and other services. */
const ADDRESS = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/s;

/** Maximum length of a key, in bytes of UTF-8. */
const LONGEST_KEY = 1024;

/** Whether a text is an S3 address, not a path. */
export function isS3Address(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * Parses an address.
 * @throws SluiceError `INVALID`; the message omits the address, which may hold a secret
 */
export function parseS3Address(text: string): S3Address {
  const [, bucket, key = ''] = ADDRESS.exec(text) ?? [];
  if (bucket === undefined) throw invalid('write', 'an S3 address is s3://bucket/key, without credentials or queries');
  if (Buffer.byteLength(key) > LONGEST_KEY) throw invalid('write', `a key has at most ${LONGEST_KEY} bytes`);
  return { bucket, key };
}
