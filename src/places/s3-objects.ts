/** Objects of S3-compatible storage as a source: single ones, and all with a prefix. */
import { posix } from 'node:path';
import { openBucket, S3_OPTIONS, type S3Options } from '../destinations/s3/open-bucket.js';
import { parseS3Address, type S3Address } from '../destinations/s3/s3-address.js';
import type { ListedObject, S3Bucket } from '../destinations/s3/s3-bucket.js';
import { acceptArgument, acceptOptions, filledText } from '../options/accept-options.js';
import { type Options, wholeNumber, word } from '../options/option.js';
import { chunkInput } from '../sources/bytes.js';
import { FILE_ORDERS, type FileOrder, sortedByName } from '../sources/file-order.js';
import { leftOutNote, looksLikeJson } from '../sources/folder.js';
import { manifestNote, unlessManifest } from '../sources/manifest.js';
import type { ByteInput, Source, SourceContext } from '../sources/source.js';
import { invalid, SluiceError } from '../terms/errors.js';
import { inSegments, SEGMENT_BYTES } from './segments.js';

export const S3_SOURCE = {
  connections: {
    kind: wholeNumber(1, 64),
    about: 'connections that read parts of a large object at the same time, 4 MiB each',
    default: '4',
  },
  sort: {
    kind: word(FILE_ORDERS, 'FileOrder'),
    about: 'order of the objects with a prefix: `none` is that of the bucket, by the bytes of the keys',
    default: '`none`',
    flag: '--sort <order>',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** Options of `s3Objects`. */
export interface S3SourceOptions extends S3Options {
  /** Connections that read parts of a large object at the same time, 4 MiB each. Default: 4. */
  readonly connections?: number;
  /** Order of the objects with a prefix: `none` is that of the bucket, by the bytes of the keys. Default: `none`. */
  readonly sort?: FileOrder;
}

const CONNECTIONS = 4;

/**
 * Reads objects one after the other. `s3://bucket/key` is an object; `s3://bucket/prefix/`, with a slash at its end, stands
 * for all objects below it whose names look like JSON, in the order of the bucket unless `sort` is set. An object that
 * changes while it is read is `SOURCE_CHANGED`; jobs continue in a plain one.
 * @throws SluiceError `INVALID` for a malformed address. While reading: `MISSING_PEER`, `NOT_FOUND`, `PERMISSION_DENIED`,
 *   `SERVICE_FAILED`, `SOURCE_CHANGED`
 * @example
 * await exportEntities({ source: s3Objects('s3://logs/2026/') }).toFile('all.ndjson.gz');
 */
export function s3Objects(addresses: string | readonly string[], options: S3SourceOptions = {}): Source {
  const all = [addresses].flat();
  for (const address of all) acceptArgument('source', address, filledText);
  acceptOptions(options, { ...S3_OPTIONS, ...S3_SOURCE });
  if (all.length === 0) throw invalid('accept', 'give at least one address', 'source');
  const parsed = all.map(parseS3Address);
  const { connections = CONNECTIONS, sort = 'none', ...service } = options;
  return {
    async *inputs(signal, context) {
      for (const address of parsed) {
        const bucket = await openBucket(address.bucket, service, 'read');
        try {
          for await (const object of objectsOf(bucket, address, sort, { context, signal })) {
            const opened = objectInput(bucket, object, connections, signal);
            const isFound = object.key !== address.key;
            const input = isFound ? await unlessManifest(opened, posix.basename(object.key)) : opened;
            if (input) yield input;
            else context?.note(manifestNote(bucket.address(address.key), opened.name));
          }
        } catch (cause) {
          const isNamed = cause instanceof SluiceError && cause.path === bucket.address(address.key);
          if (!context?.setAside || !isNamed) throw cause;
          context.setAside(bucket.address(address.key), cause);
        } finally {
          bucket.close();
        }
      }
    },
    async totalBytes() {
      let total = 0;
      try {
        for (const address of parsed) {
          const bucket = await openBucket(address.bucket, service, 'read');
          try {
            for await (const { bytes } of objectsOf(bucket, address, 'none')) total += bytes;
          } finally {
            bucket.close();
          }
        }
      } catch {
        // The faults of an object are reported when it is opened.
        return undefined;
      }
      return total;
    },
    describe: () => ({ s3: all, sort }),
  };
}

/** The objects of an address. */
async function* objectsOf(
  bucket: S3Bucket,
  { key }: S3Address,
  sort: FileOrder,
  { context, signal }: { readonly context?: SourceContext | undefined; readonly signal?: AbortSignal } = {},
): AsyncGenerator<ListedObject, void> {
  const address = bucket.address(key);
  if (key !== '' && !key.endsWith('/')) {
    const found = await bucket.head(key, signal);
    if (!found) throw missing(address, 'is not there');
    yield { key, bytes: found.bytes, etag: found.etag };
    return;
  }
  const kept: ListedObject[] = [];
  const others: string[] = [];
  let [found, left] = [0, 0];
  for await (const object of bucket.objects(key, signal)) {
    if (object.key.endsWith('/') || /(^|\/)\./.test(object.key.slice(key.length))) continue;
    if (!looksLikeJson(object.key)) {
      left++;
      if (others.length === 0) others.push(bucket.address(object.key));
      continue;
    }
    found++;
    if (sort === 'none') yield object;
    else kept.push(object);
  }
  yield* await sortedByName(kept, (object) => object.key, sort);
  if (found === 0) throw missing(address, 'has no object whose name looks like JSON');
  if (left > 0) context?.note(leftOutNote(address, left, others[0]));
}

function missing(address: string, what: string): SluiceError {
  return new SluiceError('NOT_FOUND', 'read', `${address} ${what}`, { source: address, path: address });
}

function objectInput(
  bucket: S3Bucket,
  { key, bytes, etag }: ListedObject,
  connections: number,
  signal: AbortSignal,
): ByteInput {
  const name = bucket.address(key);
  const read = (start: number, end: number, until: AbortSignal) => bucket.read({ key, start, end, etag }, until);
  const open = (from: number) =>
    chunkInput(inSegments(read, from, bytes, { connections, segmentBytes: SEGMENT_BYTES, signal }), name, signal);
  let current: ByteInput | undefined;
  let from = 0;
  return {
    kind: 'bytes',
    name,
    readsAhead: true,
    resumable:
      etag === undefined
        ? undefined
        : {
            identity: { s3: name, etag, bytes },
            seek: async (byteOffset) => {
              await current?.close();
              current = undefined;
              from = byteOffset;
              return [];
            },
          },
    async read(into) {
      current ??= open(from);
      return current.read(into).catch((cause: unknown) => {
        throw changed(cause, name);
      });
    },
    close: async () => current?.close(),
  };
}

/** The condition on the ETag has failed. */
function changed(cause: unknown, source: string): unknown {
  if (!(cause instanceof SluiceError && cause.code === 'DESTINATION_EXISTS')) return cause;
  return new SluiceError('SOURCE_CHANGED', 'read', `${source} was replaced while it was read`, { source, cause });
}
