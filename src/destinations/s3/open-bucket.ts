/** Opens a bucket: service and credentials. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { boolean, check, filledText, type OptionTable } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import { proxyAgent } from '../../remote/proxy-agent.js';
import { messageOf, SluiceError, type StageName } from '../../terms/errors.js';
import { missingPeer } from '../../terms/missing-peer.js';
import { S3Bucket } from './s3-bucket.js';

/** The service of the buckets. Absent options come from environment and shared files, as the AWS SDK reads them. */
export interface S3Options {
  /** URL of the service, e.g. `https://s3.example.com`; default `AWS_ENDPOINT_URL_S3`, else AWS. */
  readonly endpoint?: string;
  /** Default `AWS_REGION`; with an endpoint of its own `us-east-1`. */
  readonly region?: string;
  /** Put the bucket into the path, not into the host name; default where an endpoint is given. */
  readonly forcePathStyle?: boolean;
  /** Default the chain of the SDK: `AWS_ACCESS_KEY_ID` and the like, shared files, the role of the machine. */
  readonly credentials?: S3ClientConfig['credentials'];
}

/** The checks of these options. */
export const S3_OPTIONS: OptionTable<S3Options> = {
  endpoint: filledText,
  region: filledText,
  forcePathStyle: boolean,
  credentials: check((value) => isObject(value) || typeof value === 'function', 'credentials, or what provides them'),
};

/** Timeouts of connecting and of silence, in milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * Opens a bucket, without a request to the service.
 * @param stage the step that its errors name
 * @throws SluiceError `MISSING_PEER`; `INVALID` for a malformed endpoint or a missing region
 */
export async function openBucket(name: string, options: S3Options, stage: StageName): Promise<S3Bucket> {
  const sdk = await importS3();
  const endpoint = options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  if (endpoint !== undefined) checkEndpoint(endpoint);
  const region = options.region ?? (endpoint === undefined ? undefined : (process.env.AWS_REGION ?? 'us-east-1'));
  const agent = await proxyAgent(new URL(endpoint ?? `https://${name}.s3.${region ?? 'us-east-1'}.amazonaws.com`));
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
  return new S3Bucket(name, client, sdk, stage);
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
