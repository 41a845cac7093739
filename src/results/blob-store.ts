/** Storage of results: the port, and one implementation per kind of storage. */

/** Bytes that one slice produced, in the store. */
export interface Part {
  /** Name in the store; contains the epoch. */
  readonly name: string;
  /** Size. */
  readonly bytes: number;
}

/** How far the parts of a file have been joined into one blob; plain JSON. */
export interface JoinProgress {
  /** Name of the blob that results. */
  readonly name: string;
  /** Bytes of the consecutive parts that it already contains. */
  readonly bytes: number;
  /** The store's id of the unfinished upload. */
  readonly upload: string;
  /** The store's ids of the uploaded pieces, in order. */
  readonly pieces: readonly string[];
}

/** A range of bytes: `[start, end)`. */
export interface ByteRange {
  /** Offset of the first byte, from 0. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
}

/** The job that bytes belong to. */
export interface BlobOwner {
  /** Tenant of the job. */
  readonly tenant: string;
  /** Id of the job. */
  readonly job: string;
}

/** A blob being written: it exists under its name once committed, or not at all. */
export interface BlobWriter {
  /** Takes the next bytes, whose memory is used again afterwards; resolves once there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the complete bytes durable under their name. */
  commit(): Promise<Part>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/**
 * What an attempt stores: bytes of the result, bytes of the file of rejected records, rows that wait for the end of the
 * input, the state of its checkpoint, a joined file, or the index for the next delta.
 */
export const BLOB_KINDS = ['part', 'rejects', 'spooled', 'state', 'joined', 'index'] as const;

export type BlobKind = (typeof BLOB_KINDS)[number];

/** Names contain the epoch, so that no attempt overwrites the bytes of another one. */
export function blobName(kind: BlobKind, index: number, epoch: number): string {
  return `${kind}-${String(index).padStart(5, '0')}-e${epoch}`;
}

/** Names that `blobName` makes, complete or not. Files with other names are foreign and are left alone. */
const BLOB_NAME = new RegExp(`^(${BLOB_KINDS.join('|')})-\\d{5,}-e\\d+(\\.tmp)?$`);

export function isBlobName(name: string): boolean {
  return BLOB_NAME.test(name);
}

/** The form of job ids; folders with other names are foreign. */
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isJobId(name: string): boolean {
  return JOB_ID.test(name);
}

/** Whether a sweep removes a blob: it is not kept, and no newer attempt than `upTo` wrote it. */
export function isSwept(name: string, keep: ReadonlySet<string>, upTo: number): boolean {
  return !keep.has(name) && epochOf(name) <= upTo;
}

/** The epoch in the name of a blob, complete or not; 0 for any other name. */
function epochOf(name: string): number {
  return Number(/-e(\d+)(\.tmp)?$/.exec(name)?.[1] ?? 0);
}

/** A job that has bytes in a store; not every store knows the tenant. */
export interface FoundOwner {
  /** Id of the job. */
  readonly job: string;
  /** Its tenant, where the store knows it. */
  readonly tenant?: string;
}

/** How a presigned link responds. */
export interface PresignOptions {
  /** Name under which clients save the file. */
  readonly fileName: string;
  /** Its `Content-Type`. */
  readonly mediaType: string;
  /** Lifetime of the link in milliseconds. */
  readonly expiresInMs: number;
}

/**
 * Joins the parts of a file into one blob within the store, while further parts are still being written. Starts under a
 * name, or continues from the progress that another attempt may have left. Rejects if the unfinished blob is gone or was
 * changed by another process; the parts themselves are never changed.
 */
export interface PartJoiner {
  /**
   * Joins as much as possible before the last part exists.
   * @returns undefined while there is too little to begin
   */
  join(
    owner: BlobOwner,
    parts: readonly Part[],
    from: string | JoinProgress,
    signal: AbortSignal,
  ): Promise<JoinProgress | undefined>;
  /** Joins the rest: `parts` is complete and not empty. The blob then exists under its name. */
  finish(owner: BlobOwner, parts: readonly Part[], from: string | JoinProgress, signal: AbortSignal): Promise<Part>;
  /** Removes an unfinished blob. */
  abandon(owner: BlobOwner, progress: JoinProgress): Promise<void>;
}

/** Stores named bytes of jobs. */
export interface BlobStore {
  /**
   * Ensures that the storage belongs to these jobs alone, and marks it as theirs.
   * @param owner the id of the jobs
   * @returns how many jobs of a version without marks were found and taken over
   * @throws SluiceError `NOT_OWNED`, before anything was changed
   */
  own?(owner: string): Promise<number>;
  /**
   * Checks that the storage still exists and has room. Called at each submission: it must be cheap.
   * @throws SluiceError
   */
  check?(): Promise<void>;
  /** Absent where consecutive parts are as good as one blob. */
  readonly joiner?: PartJoiner;
  /** Begins a blob of a job under a name that `blobName` makes. */
  create(owner: BlobOwner, name: string): Promise<BlobWriter>;
  /** The consecutive parts, within the range; each is opened when it is reached. */
  read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncIterable<Buffer>;
  /**
   * Deletes the blobs of a job, also unfinished ones, except those whose names are kept.
   * @param upTo only blobs of attempts up to this epoch: an attempt must not touch those of a newer one; default all
   */
  sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo?: number): Promise<void>;
  /** All jobs with bytes in the store; foreign entries are skipped. */
  jobs(): AsyncIterable<FoundOwner>;
  /** Deletes all blobs of a job that `jobs` or its row names; foreign entries stay. */
  forget(owner: FoundOwner): Promise<void>;
  /** A temporary link to the blob in the storage itself; absent where only this process serves it. */
  presign?(owner: BlobOwner, part: Part, options: PresignOptions): Promise<string>;
}
