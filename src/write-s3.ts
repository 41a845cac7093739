/** The entry point for S3-compatible storage: a result as an object, and a store of results for jobs. */

export type { S3Options } from './destinations/s3/open-bucket.js';
export { type S3DestinationOptions, s3 } from './destinations/s3/s3.js';
export { openS3Store, type S3Store, type S3StoreOptions } from './results/s3-store.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
