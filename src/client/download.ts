/** Downloads a file of a result: resumes after a lost connection or an aborted call, and verifies the digest. */

import { findPlace } from '../destinations/place.js';
import { type BackOff, Outage } from '../remote/back-off.js';
import type { Connection } from '../remote/connection.js';
import { bodyOf } from '../remote/responses.js';
import { callbackFailed } from '../terms/callback-failed.js';
import { SluiceError } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';
import type { DownloadOptions } from './client-options.js';
import type { Part } from './part.js';
import { PartFile } from './part-file.js';
import type { RemoteFile } from './remote-job.js';
import { refusal } from './responses.js';
import { ThroughPart } from './through-part.js';

/** A downloaded file. */
export interface Downloaded {
  /** Where the file is: the argument `path` of the call. */
  readonly path: string;
  /** Its name in the result. */
  readonly name: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the bytes on disk. */
  readonly sha256: string;
  /** Whether the bytes match a digest of the service; the documented platform provides none. */
  readonly verified: boolean;
  /** Bytes that an earlier call had downloaded. */
  readonly resumedFrom: number;
  /** Notes on the destination. */
  readonly notes: readonly Note[];
}

/** The file to download. */
export interface Target {
  readonly id: string;
  readonly file: RemoteFile;
  readonly path: string;
  /** Requests the file, with headers that may request a part of it. */
  readonly ask: (headers: Readonly<Record<string, string>>) => Promise<Response>;
}

/** Size and digests that the service states: in the job, and with each response. */
class Expected {
  readonly #file: RemoteFile;
  bytes: number | undefined;
  readonly digests = new Set<string>();

  constructor(file: RemoteFile) {
    this.#file = file;
    this.restart();
  }

  /** Forgets responses that may concern another file. */
  restart(): void {
    this.bytes = this.#file.bytes;
    this.digests.clear();
    if (this.#file.sha256 !== undefined) this.digests.add(this.#file.sha256);
  }

  /** Notes the size and the digest in a response. */
  note(total: number | undefined, headers: Headers): void {
    this.bytes ??= total;
    const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(headers.get('repr-digest') ?? '')?.[1];
    if (base64 !== undefined) this.digests.add(Buffer.from(base64, 'base64').toString('hex'));
  }

  /** How the received bytes differ from what was stated; undefined if they do not. */
  differs(bytes: number, sha256: string): string | undefined {
    if (bytes !== (this.bytes ?? bytes)) return `the service promised ${this.bytes} bytes, not ${bytes}`;
    const other = [...this.digests].find((digest) => digest !== sha256);
    if (other === undefined) return undefined;
    return `the SHA-256 is ${sha256}, but the service promised ${other}; what was fetched is deleted`;
  }
}

/**
 * Downloads a file. It appears under its name once it is complete, verified and synced. After a lost connection or an
 * abort, the downloaded part stays beside it for a later call.
 * @throws SluiceError `VERIFY_FAILED` if the bytes differ from those that the service promised; they are deleted
 */
export async function fetchFile(
  connection: Connection,
  { id, file, path, ask }: Target,
  { overwrite = false, onProgress, signal }: DownloadOptions,
  backOff: BackOff,
): Promise<Downloaded> {
  const notes: Note[] = [];
  const place = await findPlace(path, overwrite);
  const part: Part =
    place.kind === 'file'
      ? await PartFile.open(path, place, [id, file.name, file.sha256 ?? ''], (note) => notes.push(note))
      : await ThroughPart.open(path, place, signal);
  const expected = new Expected(file);
  const tell = async () => {
    try {
      await onProgress?.({ bytes: part.size, totalBytes: expected.bytes });
    } catch (cause) {
      throw callbackFailed('onProgress', cause, 'client');
    }
  };
  const resumedFrom = part.size;
  let furthest = part.size;
  /** Appends what one response brings of the missing bytes. */
  const receive = async () => {
    const response = await position(part, await ask(rangeOf(part)), expected, connection);
    for await (const chunk of response ? bodyOf(response, connection, signal) : []) {
      await part.append(chunk);
      // Repeated bytes are not progress: they do not reset the retries.
      if (part.size > furthest) backOff.progress(part.size - furthest);
      furthest = Math.max(furthest, part.size);
      await tell();
    }
    if (part.size < (expected.bytes ?? 0)) throw new Outage('SERVICE_FAILED', `${file.name}: the response was cut`);
  };
  try {
    const isComplete = part.size > 0 && part.size === expected.bytes;
    if (!isComplete) await backOff.run(receive);
    const sha256 = part.digest();
    const difference = expected.differs(part.size, sha256);
    if (difference !== undefined) {
      await part.discard();
      throw new SluiceError('VERIFY_FAILED', 'client', `${file.name}: ${difference}`, { path });
    }
    await part.commit(overwrite);
    const verified = expected.digests.size > 0;
    return { path, name: file.name, bytes: part.size, sha256, verified, resumedFrom, notes };
  } finally {
    await part.close();
  }
}

/** Requests the missing bytes, provided that the file is unchanged. */
function rangeOf({ size, etag }: Part): Readonly<Record<string, string>> {
  // A download of encoded bytes cannot be resumed.
  const plain = { 'accept-encoding': 'identity', accept: '*/*' };
  return size === 0 || etag === undefined ? plain : { ...plain, range: `bytes=${size}-`, 'if-range': etag };
}

/**
 * Moves the part to the start of the response.
 * @returns the response, whose body is to be appended; undefined if the file is complete
 */
async function position(
  part: Part,
  response: Response,
  expected: Expected,
  connection: Connection,
): Promise<Response | undefined> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const total = range?.[2] === undefined || range[2] === '*' ? undefined : Number(range[2]);
  if (status === 416 && part.size > 0) {
    await response.body?.cancel().catch(() => {});
    if (total === part.size) return undefined;
    await part.restart(undefined);
    throw new Outage('SERVICE_FAILED', 'the file has changed', { waitMs: 0 });
  }
  if (!response.ok) throw await refusal(response, connection);
  const etag = headers.get('etag') ?? undefined;
  if (status === 206 && part.size > 0) {
    if (Number(range?.[1]) === part.size && (etag === undefined || etag === part.etag)) {
      expected.note(total, headers);
      return response;
    }
    await response.body?.cancel().catch(() => {});
    await part.restart(undefined);
    throw new Outage('SERVICE_FAILED', 'the service returned another range than requested', { waitMs: 0 });
  }
  if (status !== 200) throw new SluiceError('SERVICE_FAILED', 'client', `the service responded ${status} for a file`);
  // Only a strong tag promises the same bytes; encoded bytes, which were not requested, cannot be resumed.
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  await part.restart(isPlain && !etag?.startsWith('W/') ? etag : undefined);
  expected.restart();
  const length = headers.get('content-length');
  expected.note(isPlain && length !== null ? Number(length) : undefined, headers);
  return response;
}
