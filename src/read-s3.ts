/** The entry point for objects in S3-compatible storage as a source. */

export type { S3Options } from './destinations/s3/open-bucket.js';
export { type S3SourceOptions, s3Objects } from './places/s3-objects.js';
export type { Source } from './sources/source.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
