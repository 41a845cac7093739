/** Where the bytes of jobs lie in a bucket: `<prefix>/<tenant>/<job>/<name>`. */
import { type BlobOwner, isJobId } from './blob-store.js';

/** What keys can hold without being encoded anywhere; the point itself begins what is encoded. */
const PLAIN = /^[A-Za-z0-9_-]$/;

/** The keys under a prefix, which is empty or ends in a slash. */
export class S3Keys {
  readonly root: string;

  constructor(prefix: string) {
    this.root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  /** What all keys of a tenant begin with; of its segment as `tenants` tells it. */
  ofSegment(segment: string): string {
    return `${this.root}${segment}/`;
  }

  /** What all keys of a job begin with. */
  ofJob({ tenant, job }: BlobOwner): string {
    return `${this.ofSegment(encodeTenant(tenant))}${job}/`;
  }

  of(owner: BlobOwner, name: string): string {
    return `${this.ofJob(owner)}${name}`;
  }

  /** Whose key it is; undefined for what has another form. */
  ownerOf(key: string): BlobOwner | undefined {
    const [segment, job, name, ...rest] = key.slice(this.root.length).split('/');
    const tenant = decodeTenant(segment);
    if (tenant === undefined || !isJobId(job ?? '') || name === undefined || rest.length > 0) return undefined;
    return { tenant, job };
  }
}

/** A tenant as one segment of a key: each byte that is no letter, digit, `_` or `-` as a point and two digits. */
export function encodeTenant(tenant: string): string {
  let segment = '';
  for (const byte of Buffer.from(tenant)) {
    const character = String.fromCharCode(byte);
    segment += PLAIN.test(character) ? character : `.${byte.toString(16).padStart(2, '0')}`;
  }
  return segment;
}

/** The tenant of a segment; undefined for what no tenant is encoded as. */
export function decodeTenant(segment: string): string | undefined {
  if (!/^([A-Za-z0-9_-]|\.[0-9a-f]{2})+$/.test(segment)) return undefined;
  const bytes = segment.match(/\.[0-9a-f]{2}|[^.]/g) ?? [];
  const tenant = Buffer.from(
    bytes.map((one) => (one.length === 1 ? one.charCodeAt(0) : Number.parseInt(one.slice(1), 16))),
  ).toString();
  return encodeTenant(tenant) === segment ? tenant : undefined;
}
