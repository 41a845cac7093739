/** Where results lie: the port, one store behind it per place where bytes can be kept. */

/** Bytes that one slice made, in the store. */
export interface Part {
  /** Name in the store; it bears the epoch. */
  readonly name: string;
  readonly bytes: number;
}

/** How far the parts of a file were put together to one blob; plain JSON. */
export interface JoinStanding {
  /** Name of the blob it becomes. */
  readonly name: string;
  /** Bytes of the parts, one behind the other, that are in it. */
  readonly bytes: number;
  /** What the store calls what was begun. */
  readonly upload: string;
  /** What the store calls its pieces, in their order. */
  readonly pieces: readonly string[];
}

/** Bytes of a file: `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which job bytes belong to. */
export interface BlobOwner {
  readonly tenant: string;
  readonly job: string;
}

/** Bytes on their way into the store: there under their name once committed, or not at all. */
export interface BlobWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** The bytes are complete: makes them durable under their name. */
  commit(): Promise<Part>;
  /** Leaves nothing. */
  discard(): Promise<void>;
}

/**
 * What an attempt stores: bytes of the result, of the file of rejected records, what the next one must know, or a file
 * in one piece.
 */
export type BlobKind = 'part' | 'rejects' | 'state' | 'joined';

/** Names bear the epoch, so that no attempt writes over what another one has written. */
export function blobName(kind: BlobKind, index: number, epoch: number): string {
  return `${kind}-${String(index).padStart(5, '0')}-e${epoch}`;
}

/** Names that `blobName` makes, complete or not. What is called otherwise is nobody's here, and stays. */
const BLOB_NAME = /^(part|rejects|state|joined)-\d{5,}-e\d+(\.tmp)?$/;

export function isBlobName(name: string): boolean {
  return BLOB_NAME.test(name);
}

/** The form of ids of jobs; what lies under another name is nobody's here. */
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isJobId(name: string): boolean {
  return JOB_ID.test(name);
}

/** The epoch that a name bears, also that of bytes which are not complete; 0 for any other name. */
export function epochOf(name: string): number {
  return Number(/-e(\d+)(\.tmp)?$/.exec(name)?.[1] ?? 0);
}

/** Something that lies in a store; some do not know whose it is. */
export interface FoundOwner {
  readonly job: string;
  readonly tenant?: string;
}

/** How a link answers. */
export interface PresignOptions {
  readonly fileName: string;
  readonly mediaType: string;
  readonly expiresInMs: number;
}

/**
 * Puts the parts of a file together to one blob, while they come, without bringing them here. Begins under a name, or
 * goes on from a standing, which another attempt may have left. Rejects when what was begun is gone, or was changed by
 * somebody else; the parts themselves stay as they are.
 */
export interface PartJoiner {
  /**
   * Joins as much as can be joined before the last part has come.
   * @returns undefined while there is too little to begin
   */
  join(
    owner: BlobOwner,
    parts: readonly Part[],
    from: string | JoinStanding,
    signal: AbortSignal,
  ): Promise<JoinStanding | undefined>;
  /** Joins the rest: these are all parts, one at least. The blob is there under its name. */
  finish(owner: BlobOwner, parts: readonly Part[], from: string | JoinStanding, signal: AbortSignal): Promise<Part>;
  /** Leaves nothing of what was begun. */
  abandon(owner: BlobOwner, standing: JoinStanding): Promise<void>;
}

/** Keeps named bytes of jobs. */
export interface BlobStore {
  /**
   * Makes sure that the place is these jobs' alone, and marks it as theirs.
   * @param owner the id of the jobs
   * @returns how many jobs of a version before marks were found where it was taken over
   * @throws SluiceError `NOT_OWNED`, before anything was touched
   */
  own?(owner: string): Promise<number>;
  /**
   * Sees whether the place is still there and has room. Asked at each submission, so that it must be cheap.
   * @throws SluiceError
   */
  check?(): Promise<void>;
  /** Absent where parts are read one behind the other as well as one blob. */
  readonly joiner?: PartJoiner;
  create(owner: BlobOwner, name: string): Promise<BlobWriter>;
  /** The parts one behind the other, as far as the range goes; each is opened when its turn comes. */
  read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncIterable<Buffer>;
  /**
   * Deletes what a job has but the names that are kept, unfinished bytes too.
   * @param upTo only of attempts up to this epoch: an attempt must touch nothing of a newer one. Default: of all
   */
  sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo?: number): Promise<void>;
  /** The jobs that have something here, whoever made it; what has another form than theirs is not told. */
  jobs(): AsyncIterable<FoundOwner>;
  /** Deletes all that a job has, as `jobs` or its row names it; what is of no form of ours stays. */
  forget(owner: FoundOwner): Promise<void>;
  /** A link from which the blob can be fetched for some time, by itself; absent where only this process serves it. */
  presign?(owner: BlobOwner, part: Part, options: PresignOptions): Promise<string>;
}
