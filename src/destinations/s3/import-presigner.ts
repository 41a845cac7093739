/** The optional package that signs links to objects. */
import { missingPeer } from '../../terms/missing-peer.js';

/** @throws SluiceError (rejects) `MISSING_PEER` */
export async function importPresigner(): Promise<typeof import('@aws-sdk/s3-request-presigner')> {
  try {
    return await import('@aws-sdk/s3-request-presigner');
  } catch (cause) {
    throw missingPeer('a link to S3', '@aws-sdk/client-s3 @aws-sdk/s3-request-presigner', cause);
  }
}
