/** For tests: a separate bucket, in the service of this run. */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { S3Options } from '../../src/destinations/s3/open-bucket.js';
import type { S3Service } from './swift-server.js';

/** The service; undefined without one, for `describe.skipIf(!S3)`. */
export const S3: S3Service | undefined = inject('s3') ?? undefined;

/** Creates an empty bucket. */
export async function makeBucket(): Promise<{ readonly name: string; readonly options: S3Options }> {
  if (S3 === undefined) throw new Error('there is no S3; skip what needs it');
  const { endpoint, ...credentials } = S3;
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  const name = `sluice-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
  return { name, options: { endpoint, credentials } };
}
