/** For tests: an S3 service in this process and in memory; it follows the rules of S3 and accepts every key. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Names of operations, as in S3. */
export type S3Operation =
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'HeadObject'
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload';

/** A request before it is executed. */
export interface S3Request {
  readonly operation: S3Operation;
  readonly key: string;
  /** The part number of an upload. */
  readonly number?: number;
  /** Number of this request among those of its operation. */
  readonly nth: number;
}

/**
 * A fault instead of the response: an error with this status and code; `drop`: the connection is lost before anything is
 * done; `lose`: the request is executed, but its response is lost; `cut`: half of the response is sent; `whole`: the range is
 * ignored; `unconditional`: the ETag is.
 */
export type S3Fault =
  | { readonly status: number; readonly code: string }
  | 'drop'
  | 'lose'
  | 'cut'
  | 'whole'
  | 'unconditional';

/** Called for each request. */
export type S3Hook = (request: S3Request) => S3Fault | undefined | Promise<S3Fault | undefined>;

interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A running service with one bucket. */
export interface TestS3 {
  readonly endpoint: string;
  readonly bucket: string;
  /** Options of a client. */
  readonly options: {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly objects: ReadonlyMap<string, Stored>;
  readonly uploads: ReadonlyMap<string, Upload>;
  /** Number of requests per operation. */
  readonly counts: Readonly<Partial<Record<S3Operation, number>>>;
  /** Maximum of concurrent part uploads. */
  readonly mostParts: number;
  /** Object bodies being sent. */
  readonly sending: number;
  hook: S3Hook | undefined;
  close(): Promise<void>;
}

const LEAST_PART = 5 * 1024 * 1024;
const BUCKET = 'results';

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

/**
 * Starts the service on a free port of this machine.
 * @param options.page entries in a page of a listing
 * @param options.conditions whether PUT supports `If-None-Match`; Swift does not
 */
export async function startS3({ page = 1000, conditions = true } = {}): Promise<TestS3> {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, Upload>();
  const counts: Partial<Record<S3Operation, number>> = {};
  let underWay = 0;
  let mostParts = 0;
  let sending = 0;
  let ids = 0;

  const server = createServer((request, response) => {
    answer(request, response).catch((cause: unknown) => {
      if (response.headersSent) response.destroy();
      const { status, code } = cause instanceof Refused ? cause : new Refused(500, 'InternalError');
      // A connection that is kept alive must have its body read.
      request.resume();
      response.writeHead(status, { 'content-type': 'application/xml' });
      const text = `<Error><Code>${code}</Code><Message>${code} in words</Message></Error>`;
      response.end(request.method === 'HEAD' ? undefined : text);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://host');
    const query = url.searchParams;
    const [, bucket, ...rest] = url.pathname.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    const number = query.has('partNumber') ? Number(query.get('partNumber')) : undefined;
    const operation = operationOf(request, query, key);
    const nth = (counts[operation] ?? 0) + 1;
    counts[operation] = nth;
    authorize(request, query);
    if (bucket !== BUCKET) throw new Refused(404, 'NoSuchBucket');
    const isPart = operation === 'UploadPart';
    if (isPart) mostParts = Math.max(mostParts, ++underWay);
    try {
      const fault = await api.hook?.({ operation, key, nth, ...(number === undefined ? {} : { number }) });
      if (fault === 'drop') return void request.socket.destroy();
      if (typeof fault === 'object') throw new Refused(fault.status, fault.code);
      if (fault === 'whole') delete request.headers.range;
      if (fault === 'unconditional') delete request.headers['if-match'];
      const body = await buffer(request);
      const signed = String(request.headers['x-amz-content-sha256'] ?? '');
      if (/^[0-9a-f]{64}$/.test(signed) && signed !== createHash('sha256').update(body).digest('hex')) {
        throw new Refused(400, 'XAmzContentSHA256Mismatch');
      }
      const done = perform(operation, key, query, request, body);
      if (fault === 'lose') return void request.socket.destroy();
      response.writeHead(done.status ?? 200, done.headers);
      if (request.method === 'HEAD') return void response.end();
      if (fault === 'cut') {
        response.write(done.body?.subarray(0, done.body.length / 2), () => request.socket.destroy());
        return;
      }
      if (operation === 'GetObject') {
        sending++;
        response.once('close', () => sending--);
      }
      response.end(done.body);
    } finally {
      if (isPart) underWay--;
    }
  }

  interface Done {
    readonly status?: number;
    readonly headers?: Record<string, string | number>;
    readonly body?: Buffer;
  }

  function perform(
    operation: S3Operation,
    key: string,
    query: URLSearchParams,
    { headers }: IncomingMessage,
    body: Buffer,
  ): Done {
    const onlyNew = headers['if-none-match'] === '*';
    const number = Number(query.get('partNumber'));
    switch (operation) {
      case 'HeadBucket':
        return {};
      case 'ListObjectsV2':
        return xml(list(query));
      case 'ListMultipartUploads':
        return xml(listUploads(query));
      case 'HeadObject':
      case 'GetObject':
        return get(key, headers.range, query, headers['if-match']);
      case 'PutObject': {
        if (onlyNew && !conditions) throw new Refused(501, 'NotImplemented');
        if (onlyNew && objects.has(key)) throw new Refused(412, 'PreconditionFailed');
        const etag = md5(body);
        objects.set(key, { bytes: body, etag, headers: kept(headers) });
        return { headers: { etag: `"${etag}"` } };
      }
      case 'DeleteObject':
        objects.delete(key);
        return { status: 204 };
      case 'CreateMultipartUpload': {
        const id = `upload-${++ids}`;
        uploads.set(id, { key, headers: kept(headers), parts: new Map() });
        return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
      }
      case 'UploadPart': {
        const etag = md5(body);
        uploadOf(query, key).parts.set(number, { bytes: body, etag });
        return { headers: { etag: `"${etag}"` } };
      }
      case 'UploadPartCopy': {
        const { parts } = uploadOf(query, key);
        const source = decodeURIComponent(String(headers['x-amz-copy-source'])).replace(/^\/?[^/]+\//, '');
        const from = objects.get(source);
        if (!from) throw new Refused(404, 'NoSuchKey');
        const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? [];
        if (Number(end) >= from.bytes.length) throw new Refused(400, 'InvalidArgument');
        const bytes = from.bytes.subarray(Number(start), Number(end) + 1);
        const etag = md5(bytes);
        parts.set(number, { bytes, etag });
        return xml(`<CopyPartResult><ETag>"${etag}"</ETag></CopyPartResult>`);
      }
      case 'CompleteMultipartUpload': {
        const upload = uploadOf(query, key);
        if (onlyNew && objects.has(key)) throw new Refused(412, 'PreconditionFailed');
        const bytes = joined(upload, body.toString());
        const etag = `${md5(Buffer.from(bytes.map(md5).join(''), 'hex'))}-${bytes.length}`;
        objects.set(key, { bytes: Buffer.concat(bytes), etag, headers: upload.headers });
        uploads.delete(String(query.get('uploadId')));
        return xml(`<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`);
      }
      case 'AbortMultipartUpload':
        uploadOf(query, key);
        uploads.delete(String(query.get('uploadId')));
        return { status: 204 };
    }
  }

  function uploadOf(query: URLSearchParams, key: string): Upload {
    const upload = uploads.get(String(query.get('uploadId')));
    if (upload?.key !== key) throw new Refused(404, 'NoSuchUpload');
    return upload;
  }

  function joined({ parts }: Upload, body: string): readonly Buffer[] {
    const asked = [...body.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>(?:"|&quot;)?([^<"&]+)/.exec(part)?.[1],
    }));
    if (asked.length === 0) throw new Refused(400, 'MalformedXML');
    return asked.map(({ number, etag }, index) => {
      if (index > 0 && number <= asked[index - 1].number) throw new Refused(400, 'InvalidPartOrder');
      const part = parts.get(number);
      if (!part || part.etag !== etag) throw new Refused(400, 'InvalidPart');
      if (index < asked.length - 1 && part.bytes.length < LEAST_PART) throw new Refused(400, 'EntityTooSmall');
      return part.bytes;
    });
  }

  function get(key: string, range: string | undefined, query: URLSearchParams, same: string | undefined): Done {
    const object = objects.get(key);
    if (!object) throw new Refused(404, 'NoSuchKey');
    const { bytes, etag } = object;
    if (same !== undefined && same !== `"${etag}"`) throw new Refused(412, 'PreconditionFailed');
    const answered = {
      ...object.headers,
      etag: `"${etag}"`,
      'accept-ranges': 'bytes',
      ...Object.fromEntries(
        [...query].flatMap(([name, value]) => (name.startsWith('response-') ? [[name.slice(9), value]] : [])),
      ),
    };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    if (from === undefined) return { headers: { ...answered, 'content-length': bytes.length }, body: bytes };
    const start = Number(from);
    if (start >= bytes.length) throw new Refused(416, 'InvalidRange');
    const end = Math.min(bytes.length, to === '' ? bytes.length : Number(to) + 1);
    const headers = { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}`, 'content-length': end - start };
    return { status: 206, headers: { ...answered, ...headers }, body: bytes.subarray(start, end) };
  }

  function list(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const folderOf = (key: string) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? undefined : key.slice(0, at + 1);
    };
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const entries = [...new Set(keys.map((key) => folderOf(key) ?? key))];
    const after = query.get('continuation-token') ?? '';
    const ahead = entries.filter((entry) => entry > after);
    const told = ahead.slice(0, page);
    const more = ahead.length > told.length;
    return `<ListBucketResult>${told
      .map((entry) => {
        const object = objects.get(entry);
        return object
          ? `<Contents><Key>${escaped(entry)}</Key><Size>${object.bytes.length}</Size><ETag>&quot;${object.etag}&quot;</ETag></Contents>`
          : `<CommonPrefixes><Prefix>${escaped(entry)}</Prefix></CommonPrefixes>`;
      })
      .join('')}<IsTruncated>${more}</IsTruncated>${
      more ? `<NextContinuationToken>${escaped(told.at(-1) ?? '')}</NextContinuationToken>` : ''
    }</ListBucketResult>`;
  }

  function listUploads(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const after = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
    const all = [...uploads].map(([id, { key }]) => ({ key, id })).filter(({ key }) => key.startsWith(prefix));
    const order = all.sort((a, b) => (a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key < b.key ? -1 : 1));
    const ahead = order.filter(({ key, id }) => key > after[0] || (key === after[0] && id > after[1]));
    const told = ahead.slice(0, page);
    const last = told.at(-1);
    const markers = last
      ? `<NextKeyMarker>${escaped(last.key)}</NextKeyMarker><NextUploadIdMarker>${last.id}</NextUploadIdMarker>`
      : '';
    return `<ListMultipartUploadsResult>${told
      .map(({ key, id }) => `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></Upload>`)
      .join('')}<IsTruncated>${ahead.length > told.length}</IsTruncated>${markers}</ListMultipartUploadsResult>`;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server.address());
  const endpoint = `http://127.0.0.1:${port}`;
  const api = {
    endpoint,
    bucket: BUCKET,
    options: { endpoint, credentials: { accessKeyId: 'somebody', secretAccessKey: 'secret-of-somebody' } },
    objects,
    uploads,
    counts,
    get mostParts() {
      return mostParts;
    },
    get sending() {
      return sending;
    },
    hook: undefined as S3Hook | undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

function operationOf({ method, headers }: IncomingMessage, query: URLSearchParams, key: string): S3Operation {
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket';
    return query.has('uploads') ? 'ListMultipartUploads' : 'ListObjectsV2';
  }
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return 'GetObject';
  if (!query.has('uploadId')) return 'PutObject';
  return 'x-amz-copy-source' in headers ? 'UploadPartCopy' : 'UploadPart';
}

/** Accepts every key but `nobody`; refuses expired presigned requests. */
function authorize({ headers }: IncomingMessage, query: URLSearchParams): void {
  const given = headers.authorization ?? query.get('X-Amz-Credential');
  if (!given || /\bnobody\//.test(given)) throw new Refused(403, 'AccessDenied');
  const date = query.get('X-Amz-Date');
  if (date === null) return;
  if (!query.has('X-Amz-Signature')) throw new Refused(403, 'AccessDenied');
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Date.now() > time + Number(query.get('X-Amz-Expires')) * 1000) throw new Refused(403, 'AccessDenied');
}

function kept(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name === 'content-type' || name.startsWith('x-amz-meta-') ? [[name, String(value)]] : [],
    ),
  );
}

function xml(text: string) {
  return { headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (typeof address === 'object' && address !== null) return address;
  throw new Error('no port was free');
}
