/** Opens a bucket: service and credentials. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { check } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import { flagged, name, type Options, typed } from '../../options/option.js';
import { proxyAgent } from '../../remote/proxy-agent.js';
import { messageOf, SluiceError, type StageName } from '../../terms/errors.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { S3Bucket } from './s3-bucket.js';

const credentialsCheck = check(
  (value) => isObject(value) || typeof value === 'function',
  'credentials, or what provides them',
);

/** The options of the service; absent ones come from environment and shared files, as the AWS SDK reads them. */
export const S3_OPTIONS = {
  endpoint: {
    kind: name,
    about: 'URL of the service, such as `https://s3.example.com`',
    default: '`AWS_ENDPOINT_URL_S3`, else AWS',
  },
  region: { kind: name, about: 'region of the buckets', default: '`AWS_REGION`; with an endpoint `us-east-1`' },
  forcePathStyle: {
    kind: flagged,
    about: 'whether the bucket is in the path rather than in the host name',
    default: 'true with an endpoint',
  },
  credentials: {
    kind: typed("S3ClientConfig['credentials']", credentialsCheck),
    about: 'credentials, or what provides them',
    default: 'the chain of the SDK: `AWS_ACCESS_KEY_ID` and the like, shared files, the role of the machine',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** The service of the buckets. Absent options come from environment and shared files, as the AWS SDK reads them. */
export interface S3Options {
  /** URL of the service, such as `https://s3.example.com`. Default: `AWS_ENDPOINT_URL_S3`, else AWS. */
  readonly endpoint?: string;
  /** Region of the buckets. Default: `AWS_REGION`; with an endpoint `us-east-1`. */
  readonly region?: string;
  /** Whether the bucket is in the path rather than in the host name. Default: true with an endpoint. */
  readonly forcePathStyle?: boolean;
  /**
   * Credentials, or what provides them. Default: the chain of the SDK: `AWS_ACCESS_KEY_ID` and the like, shared files,
   * the role of the machine.
   */
  readonly credentials?: S3ClientConfig['credentials'];
}

/** Timeouts of connecting and of silence, in milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * Opens a bucket, without a request to the service.
 * @param stage the step that its errors name
 * @throws SluiceError `MISSING_PEER`; `INVALID` for a malformed endpoint or a missing region
 */
export async function openBucket(bucket: string, options: S3Options, stage: StageName): Promise<S3Bucket> {
  const sdk = await importS3();
  const endpoint = options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  if (endpoint !== undefined) checkEndpoint(endpoint);
  const region = options.region ?? (endpoint === undefined ? undefined : (process.env.AWS_REGION ?? 'us-east-1'));
  const agent = await proxyAgent(new URL(endpoint ?? `https://${bucket}.s3.${region ?? 'us-east-1'}.amazonaws.com`));
  const agents = agent && { httpAgent: agent, httpsAgent: agent };
  const client = new sdk.S3Client({
    endpoint,
    region,
    credentials: options.credentials,
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    // The SHA-256 of each body is signed; many services do not support further checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, ...agents },
  });
  try {
    await client.config.region();
  } catch (cause) {
    throw new SluiceError('INVALID', stage, `${messageOf(cause)}: name one with AWS_REGION`, { cause });
  }
  return new S3Bucket(bucket, client, sdk, stage);
}

/** @throws SluiceError `INVALID`, without the text, which may hold a secret */
function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return;
  throw new SluiceError('INVALID', 'write', 'an S3 endpoint is https://host:port, without credentials');
}

async function importS3() {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw missingPeer('storage in S3', '@aws-sdk/client-s3', cause);
  }
}
