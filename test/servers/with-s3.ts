/** Set-up of tests with S3: provides a service, starts Swift if necessary, or reports that there is none. */
import type { TestProject } from 'vitest/node';
import { isRequired } from './required.js';
import { hasSwift, type S3Service, startSwift } from './swift-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A service in which tests may create buckets; null if there is none. */
    readonly s3: S3Service | null;
  }
}

/** The variable with the address of an existing service, whose keys are in those of the AWS SDK. */
const SERVICE = 'SLUICE_TEST_S3';

export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env[SERVICE];
  if (given) {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env;
    provide('s3', { endpoint: given, accessKeyId, secretAccessKey });
    return undefined;
  }
  if (!hasSwift()) {
    const none = `no S3: neither ${SERVICE} names a service nor are the programs of OpenStack Swift installed`;
    if (isRequired('s3')) throw new Error(none);
    console.warn(`${none}; the tests that need it are skipped`);
    provide('s3', null);
    return undefined;
  }
  const { service, stop } = await startSwift();
  provide('s3', service);
  return stop;
}
