/** The S3 store over OpenStack Swift satisfies the contract of all stores. */
import { describe } from 'vitest';
import { openS3Store } from '../../../src/results/s3-store.js';
import { blobStoreCases } from '../../cases/blob-store.cases.js';
import { makeBucket, S3 } from '../../servers/s3-bucket.js';

describe.skipIf(!S3)('with a server', () => {
  blobStoreCases('S3, in Swift', async () => {
    const { name, options } = await makeBucket();
    const url = `s3://${name}/some/prefix`;
    return {
      store: await openS3Store(url, options),
      other: await openS3Store(url, options),
      dispose: async () => {},
    };
  });
});
