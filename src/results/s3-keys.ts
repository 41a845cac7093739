/** Keys of job blobs in a bucket: `<prefix>/<tenant>/<job>/<name>`. */
import { type BlobOwner, isJobId } from './blob-store.js';

/** Characters that need no encoding; the point is the escape character. */
const PLAIN = /^[A-Za-z0-9_-]$/;

/** The keys under a prefix, which is empty or ends in a slash. */
export class S3Keys {
  readonly root: string;

  constructor(prefix: string) {
    this.root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  /** Prefix of all keys of a tenant, given as an encoded segment. */
  ofSegment(segment: string): string {
    return `${this.root}${segment}/`;
  }

  /** Prefix of all keys of a job. */
  ofJob({ tenant, job }: BlobOwner): string {
    return `${this.ofSegment(encodeTenant(tenant))}${job}/`;
  }

  of(owner: BlobOwner, name: string): string {
    return `${this.ofJob(owner)}${name}`;
  }

  /** The owner of a key; undefined for a foreign key. */
  ownerOf(key: string): BlobOwner | undefined {
    const [segment, job, name, ...rest] = key.slice(this.root.length).split('/');
    const tenant = decodeTenant(segment);
    if (tenant === undefined || !isJobId(job ?? '') || name === undefined || rest.length > 0) return undefined;
    return { tenant, job };
  }
}

/** Encodes a tenant as one segment: each byte except letters, digits, `_` and `-` becomes a point and two hex digits. */
export function encodeTenant(tenant: string): string {
  let segment = '';
  for (const byte of Buffer.from(tenant)) {
    const character = String.fromCharCode(byte);
    segment += PLAIN.test(character) ? character : `.${byte.toString(16).padStart(2, '0')}`;
  }
  return segment;
}

/** The tenant of a segment; undefined for a segment that `encodeTenant` does not produce. */
export function decodeTenant(segment: string): string | undefined {
  if (!/^([A-Za-z0-9_-]|\.[0-9a-f]{2})+$/.test(segment)) return undefined;
  const bytes = segment.match(/\.[0-9a-f]{2}|[^.]/g) ?? [];
  const tenant = Buffer.from(
    bytes.map((one) => (one.length === 1 ? one.charCodeAt(0) : Number.parseInt(one.slice(1), 16))),
  ).toString();
  return encodeTenant(tenant) === segment ? tenant : undefined;
}
