/** Links to files: whoever holds one may fetch that file for some time, without a token. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A link: to the storage itself, or what proves to the service that its bearer was given it. */
export type FileLink =
  | { readonly kind: 'presigned'; readonly url: string; readonly expiresAt: number }
  | { readonly kind: 'signed'; readonly signature: string; readonly expiresAt: number };

/** What the bearer of a link says. */
export interface LinkClaim {
  /** Of the job. */
  readonly id: string;
  /** Of the file. */
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  readonly signature: string;
}

/** What is signed: one file of one job of one tenant, until a time in milliseconds since 1970. */
export type LinkFacts = Omit<LinkClaim, 'signature'> & { readonly tenant: string };

/** Signs, with HMAC-SHA-256 under the secret that all processes of the service share. */
export function signLink(secret: Buffer, facts: LinkFacts): string {
  return digestOf(secret, facts).toString('base64url');
}

/** Whether the signature is that of these facts; how long the answer takes tells nothing of it. */
export function isSigned(secret: Buffer, facts: LinkFacts, signature: string): boolean {
  const expected = digestOf(secret, facts);
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** JSON keeps the members apart, whatever they hold. */
function digestOf(secret: Buffer, { tenant, id, name, expiresAt }: LinkFacts): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['file', tenant, id, name, expiresAt / 1000]))
    .digest();
}
