/** Opening a bucket: which service, and as whom. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { boolean, check, filledText, type OptionTable } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import { messageOf, SluiceError, type StageName } from '../../terms/errors.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { S3Bucket } from './s3-bucket.js';

/** Which service keeps the buckets. What is not said here, environment and shared files of the AWS SDK say. */
export interface S3Options {
  /** Where the service answers, e.g. `https://s3.example.com`; default `AWS_ENDPOINT_URL_S3`, else AWS. */
  readonly endpoint?: string;
  /** Default `AWS_REGION`; with an endpoint of its own `us-east-1`. */
  readonly region?: string;
  /** The bucket in the path, not in the name of the host; default where an endpoint is given. */
  readonly forcePathStyle?: boolean;
  /** Default the chain of the SDK: `AWS_ACCESS_KEY_ID` and the like, shared files, the role of the machine. */
  readonly credentials?: S3ClientConfig['credentials'];
}

/** How they are examined. */
export const S3_OPTIONS: OptionTable<S3Options> = {
  endpoint: filledText,
  region: filledText,
  forcePathStyle: boolean,
  credentials: check((value) => isObject(value) || typeof value === 'function', 'credentials, or what provides them'),
};

/** How long a connection may take, and how long it may be silent, in milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * Opens a bucket; nothing is asked of it yet.
 * @param stage the step that its errors name
 * @throws SluiceError `MISSING_PEER`, `INVALID` for an endpoint that is none, or when no region is named
 */
export async function openBucket(name: string, options: S3Options, stage: StageName): Promise<S3Bucket> {
  const sdk = await importS3();
  const endpoint = options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  if (endpoint !== undefined) checkEndpoint(endpoint);
  const region = options.region ?? (endpoint === undefined ? undefined : (process.env.AWS_REGION ?? 'us-east-1'));
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    // The SHA-256 of each body is signed; checksums beside it many services do not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
  try {
    await client.config.region();
  } catch (cause) {
    throw new SluiceError('INVALID', stage, `${messageOf(cause)}: name one with AWS_REGION`, { cause });
  }
  return new S3Bucket(name, client, sdk, stage);
}

/** @throws SluiceError `INVALID`, without the text, which may hold a secret */
function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return;
  throw new SluiceError('INVALID', 'write', 'an endpoint of S3 is https://host:port, without names of users');
}

async function importS3() {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw missingPeer('storage in S3', '@aws-sdk/client-s3', cause);
  }
}
