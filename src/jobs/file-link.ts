/** Links to files: the holder may fetch the file for a limited time, without a token. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A link: a presigned URL of the storage, or a signature that the service verifies. */
export type FileLink =
  | {
      /** The storage serves the file. */
      readonly kind: 'presigned';
      /** The complete address. */
      readonly url: string;
      /** In milliseconds since 1970. */
      readonly expiresAt: number;
    }
  | {
      /** The service serves the file, for `forLink`. */
      readonly kind: 'signed';
      /** Signature of job, file, tenant and time, in base64url. */
      readonly signature: string;
      /** In milliseconds since 1970. */
      readonly expiresAt: number;
    };

/** The content of a signed link. */
export interface LinkClaim {
  /** Id of the job. */
  readonly id: string;
  /** Name of the file. */
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** Signature of these members and the tenant, in base64url. */
  readonly signature: string;
}

/** The signed facts: one file of one job of one tenant, until a time. */
export type LinkFacts = Omit<LinkClaim, 'signature'> & { readonly tenant: string };

/** Signs with HMAC-SHA-256 under the secret that all processes of the service share. */
export function signLink(secret: Buffer, facts: LinkFacts): string {
  return digestOf(secret, facts).toString('base64url');
}

/** Whether the signature matches the facts; compared in constant time. */
export function isSigned(secret: Buffer, facts: LinkFacts, signature: string): boolean {
  const expected = digestOf(secret, facts);
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** JSON separates the members, whatever they contain. */
function digestOf(secret: Buffer, { tenant, id, name, expiresAt }: LinkFacts): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['file', tenant, id, name, expiresAt / 1000]))
    .digest();
}
