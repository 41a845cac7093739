/** Fetching a file of a result: goes on where a cut connection or an earlier call left off, and proves what it got. */

import { findPlace } from '../destinations/place.js';
import { abortSignal, boolean, callback, type OptionTable, text } from '../options/accept-options.js';
import { bodyOf } from '../remote/answers.js';
import { type BackOff, Outage } from '../remote/back-off.js';
import type { Connection } from '../remote/connection.js';
import { SluiceError } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';
import { refusal } from './answers.js';
import type { Part } from './part.js';
import { PartFile } from './part-file.js';
import type { RemoteFile } from './remote-job.js';
import { ThroughPart } from './through-part.js';

/** How a file is fetched. */
export interface DownloadOptions {
  /** Replace a file that exists; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
  /** Which file of the result, by its name; default: the export itself. */
  readonly file?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

export const DOWNLOAD_OPTIONS: OptionTable<DownloadOptions> = {
  overwrite: boolean,
  file: text,
  onProgress: callback,
  signal: abortSignal,
};

/** How far a download has come. */
export interface DownloadProgress {
  readonly bytes: number;
  readonly totalBytes?: number;
}

/** A file that was fetched. */
export interface Downloaded {
  readonly path: string;
  /** Its name in the result. */
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the bytes on disk. */
  readonly sha256: string;
  /** Whether the service told a digest that this one equals; the documented platform tells none. */
  readonly verified: boolean;
  /** Bytes that an earlier call had fetched. */
  readonly resumedFrom: number;
  /** What a user should know of the place it went to. */
  readonly notes: readonly Note[];
}

/** What is to be fetched. */
export interface Target {
  readonly id: string;
  readonly file: RemoteFile;
  readonly path: string;
  /** Asks for the file, with headers that may ask for a part of it. */
  readonly ask: (headers: Readonly<Record<string, string>>) => Promise<Response>;
}

/** What the service says of the file: in the job, and with each answer. */
class Expected {
  readonly #file: RemoteFile;
  bytes: number | undefined;
  readonly digests = new Set<string>();

  constructor(file: RemoteFile) {
    this.#file = file;
    this.restart();
  }

  /** Forgets what answers said of a file that may have been another one. */
  restart(): void {
    this.bytes = this.#file.bytes;
    this.digests.clear();
    if (this.#file.sha256 !== undefined) this.digests.add(this.#file.sha256);
  }

  /** Notes the size of the whole file, and the digest of it, that an answer bears. */
  note(total: number | undefined, headers: Headers): void {
    this.bytes ??= total;
    const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(headers.get('repr-digest') ?? '')?.[1];
    if (base64 !== undefined) this.digests.add(Buffer.from(base64, 'base64').toString('hex'));
  }
}

/**
 * Fetches a file. It appears under its name when it is whole, proven and on disk; what was fetched of it stays beside
 * it for a later call when the connection does not come back, or the signal fires.
 * @throws SluiceError `VERIFY_FAILED` when the bytes are not those that the service promised: nothing of them stays
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
  const tell = () => onProgress?.({ bytes: part.size, totalBytes: expected.bytes });
  const resumedFrom = part.size;
  let furthest = part.size;
  let whole = expected.bytes !== undefined && part.size === expected.bytes && part.size > 0;
  try {
    while (!whole) {
      try {
        const response = await position(part, await ask(rangeOf(part)), expected, connection);
        if (response) {
          for await (const chunk of bodyOf(response, connection, signal)) {
            await part.append(chunk);
            // Bytes that had come before are no sign that things have become better.
            if (part.size > furthest) backOff.reset();
            furthest = Math.max(furthest, part.size);
            tell();
          }
        }
        if (part.size < (expected.bytes ?? 0)) throw new Outage('SERVICE_FAILED', `${file.name}: the answer was cut`);
        whole = true;
      } catch (cause) {
        await backOff.after(cause);
      }
    }
    const sha256 = part.digest();
    const { bytes = part.size, digests } = expected;
    const fault =
      part.size === bytes ? [...digests].find((digest) => digest !== sha256) : `${bytes} bytes, not ${part.size}`;
    if (fault !== undefined) {
      await part.discard();
      throw new SluiceError('VERIFY_FAILED', 'client', `${file.name}: ${mismatch(fault, sha256)}`, { path });
    }
    await part.commit(overwrite);
    return { path, name: file.name, bytes, sha256, verified: digests.size > 0, resumedFrom, notes };
  } finally {
    await part.close();
  }
}

function mismatch(fault: string, sha256: string): string {
  if (fault.includes(' ')) return `the service promised ${fault}`;
  return `the SHA-256 is ${sha256}, but the service promised ${fault}; what was fetched is deleted`;
}

/** Asks for what is missing, if the file is still the same. */
function rangeOf({ size, etag }: Part): Readonly<Record<string, string>> {
  // Coded bytes could not be gone on with.
  const plain = { 'accept-encoding': 'identity', accept: '*/*' };
  return size === 0 || etag === undefined ? plain : { ...plain, range: `bytes=${size}-`, 'if-range': etag };
}

/**
 * Brings the part to where the answer begins.
 * @returns the answer, of which the body is to be appended; undefined where nothing is missing
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
    throw new Outage('SERVICE_FAILED', 'the file has become another one', { waitMs: 0 });
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
    throw new Outage('SERVICE_FAILED', 'the service answers another part than it was asked for', { waitMs: 0 });
  }
  if (status !== 200) throw new SluiceError('SERVICE_FAILED', 'client', `the service answers ${status} for a file`);
  // Only a strong tag promises the same bytes; of coded bytes, which were not asked for, nothing can be gone on with.
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  await part.restart(isPlain && !etag?.startsWith('W/') ? etag : undefined);
  expected.restart();
  const length = headers.get('content-length');
  expected.note(isPlain && length !== null ? Number(length) : undefined, headers);
  return response;
}
