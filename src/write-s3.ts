/** The door to S3-compatible storage: a result as an object, and a store of results for jobs. */

export { openS3Store, type S3Store, type S3StoreOptions } from './jobs/s3-store.js';
export type { S3Options } from './pipeline/write/s3/open-bucket.js';
export { type S3DestinationOptions, s3 } from './pipeline/write/s3/s3.js';
