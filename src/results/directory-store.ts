/** Results in a folder of this machine. */
import { type BigIntStats, type Dirent, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import {
  type BlobOwner,
  type BlobStore,
  type BlobWriter,
  type ByteRange,
  type FoundOwner,
  isBlobName,
  isJobId,
  isSwept,
  type Part,
} from './blob-store.js';
import { FILE_MODE, FOLDER_MODE, MARK, ownFolder, readMark, requireMark, tighten } from './folder-owner.js';
import { spansOf } from './parts.js';
import { Room } from './room.js';

/** Size of reads, a multiple of 3 for base64. */
const READ_BYTES = 192 * 1024;

/** Bytes that a writer gathers before it writes. */
const MOST_SMALL_BYTES = 64 * 1024;

const GONE_OR_NOT_EMPTY: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST']);

/** Stores one folder per job. Ids are UUIDs and names come from attempts: neither can contain a path. */
export class DirectoryStore implements BlobStore {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #room: Room;
  readonly #isLocal: boolean;
  #owner: string | undefined;
  /** The file of the mark as it was when it was read. */
  #mark: string | undefined;
  #nextCheck: Promise<void> | undefined;
  #lastCheck: Promise<void> | undefined;
  #warnedUnsynced = false;

  /** @param isLocal whether the folder is on the disk of the database, which is examined without a trip to a thread */
  constructor(root: string, logger: Logger = SILENT, isLocal = false) {
    this.#root = root;
    this.#isLocal = isLocal;
    this.#room = new Room(root);
    this.#logger = logger;
  }

  async own(owner: string): Promise<number> {
    const isOwn = (entry: Dirent) => this.#isOwn(entry);
    const { takenOver } = await ownFolder({ path: this.#root, use: 'results', owner, isOwn });
    if (takenOver > 0) await this.#tighten();
    this.#owner = owner;
    return takenOver;
  }

  async check(): Promise<void> {
    await Promise.all([this.#requireMark(), this.#owner === undefined ? undefined : this.#room.require()]);
  }

  /** Calls that come before a check has begun share it. */
  #requireMark(): Promise<void> {
    this.#nextCheck ??= Promise.resolve(this.#lastCheck).then(() => {
      this.#nextCheck = undefined;
      const check = this.#checkMark();
      this.#lastCheck = check.catch(() => {});
      return check;
    });
    return this.#nextCheck;
  }

  async #checkMark(): Promise<void> {
    const owner = this.#owner;
    if (owner === undefined) return;
    const path = this.#root;
    const file = join(path, MARK);
    const found = this.#isLocal ? stateHere(file) : await stateOf(file);
    // Unchanged since it was read.
    if (found !== undefined && found === this.#mark) return;
    const mark = await readMark(path);
    if (mark) {
      requireMark(mark, { use: 'results', owner }, path);
      this.#mark = found;
      return;
    }
    throw new SluiceError('WRITE_FAILED', 'job', `${path} was removed while in use, or has lost its mark`, {
      path,
    });
  }

  async create({ job }: BlobOwner, name: string): Promise<BlobWriter> {
    const folder = join(this.#root, job);
    const path = join(folder, name);
    // The name contains the epoch: no other attempt writes to it.
    const temporary = `${path}.tmp`;
    const named = <T>(work: Promise<T>): Promise<T> =>
      work.catch((cause: unknown) => {
        const error = writeError(cause, path);
        this.#room.note(error);
        throw error;
      });
    // After an unmount, results would be written below the mount point.
    await this.#requireMark();
    await named(makeFolder(folder, this.#owner === undefined));
    const handle = await named(open(temporary, 'w', FILE_MODE));
    const warnUnsynced = () => this.#warnUnsynced();
    let bytes = 0;
    let isCommitted = false;
    /** Copies of small chunks, which are written together: a small result takes one trip to the system. */
    let small: Buffer[] = [];
    let smallBytes = 0;
    const writeSmall = async () => {
      if (small.length === 0) return;
      const together = Buffer.concat(small);
      [small, smallBytes] = [[], 0];
      await named(handle.writeFile(together));
    };
    return {
      async write(chunk) {
        bytes += chunk.length;
        if (smallBytes + chunk.length <= MOST_SMALL_BYTES) {
          small.push(Buffer.from(chunk));
          smallBytes += chunk.length;
          return;
        }
        await writeSmall();
        await named(handle.writeFile(chunk));
      },
      async commit(): Promise<Part> {
        await writeSmall();
        // Nobody reads the file before this returns: its name and its bytes are synced at the same time.
        await named(rename(temporary, path));
        const syncs = [named(syncFile(handle).finally(() => handle.close())), syncDirectory(folder)] as const;
        await Promise.allSettled(syncs);
        if (!(await syncs[0])) warnUnsynced();
        isCommitted = true;
        return { name, bytes };
      },
      async discard() {
        if (isCommitted) return;
        await handle.close();
        for (const made of [temporary, path]) await rm(made, { force: true });
      },
    };
  }

  #warnUnsynced(): void {
    if (this.#warnedUnsynced) return;
    this.#warnedUnsynced = true;
    this.#logger.warn(
      { results: this.#root },
      'the file system of the results cannot sync: a power failure may lose some',
    );
  }

  async *read({ job }: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncGenerator<Buffer, void> {
    for (const { name, start, end } of spansOf(parts, range)) yield* readFile(join(this.#root, job, name), start, end);
  }

  async sweep({ job }: BlobOwner, keep: ReadonlySet<string>, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const folder = join(this.#root, job);
    if (keep.size === 0 && upTo === Number.POSITIVE_INFINITY) return this.forget({ job });
    for (const { name } of await blobsIn(folder)) {
      if (isSwept(name, keep, upTo)) await rm(join(folder, name), { force: true });
    }
  }

  async *jobs(): AsyncGenerator<FoundOwner, void> {
    for (const entry of await entriesIn(this.#root)) if (isJobFolder(entry)) yield { job: entry.name };
  }

  async forget({ job }: FoundOwner): Promise<void> {
    const folder = join(this.#root, job);
    for (const { name } of await blobsIn(folder)) await rm(join(folder, name), { force: true });
    await rmdir(folder).catch((cause: unknown) => {
      // The folder contains foreign files.
      if (!GONE_OR_NOT_EMPTY.has(systemCode(cause))) throw writeError(cause, folder);
    });
  }

  /** Whether an entry was made by a version without marks. */
  async #isOwn(entry: Dirent): Promise<boolean> {
    if (!isJobFolder(entry)) return false;
    const entries = await entriesIn(join(this.#root, entry.name));
    return entries.every((one) => one.isFile() && isBlobName(one.name));
  }

  async #tighten(): Promise<void> {
    for await (const { job } of this.jobs()) {
      const folder = join(this.#root, job);
      await tighten(folder, FOLDER_MODE);
      for (const { name } of await blobsIn(folder)) await tighten(join(folder, name), FILE_MODE);
    }
  }
}

/** What changes with a file; undefined if it cannot be examined. */
async function stateOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(stateIn, () => undefined);
}

function stateHere(path: string): string | undefined {
  try {
    return stateIn(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function stateIn({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function isJobFolder(entry: Dirent): boolean {
  return entry.isDirectory() && isJobId(entry.name);
}

async function makeFolder(path: string, recursive: boolean): Promise<void> {
  await mkdir(path, { mode: FOLDER_MODE, recursive }).catch((cause: unknown) => {
    if (systemCode(cause) !== 'EEXIST') throw cause;
  });
}

async function* readFile(path: string, from: number, to: number): AsyncGenerator<Buffer, void> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw readError(cause, path);
  });
  try {
    for (let at = from; at < to; ) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, to - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Error(`it ends at byte ${at}`);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw readError(cause, path);
  } finally {
    await handle.close();
  }
}

async function blobsIn(folder: string): Promise<readonly Dirent[]> {
  return (await entriesIn(folder)).filter((entry) => entry.isFile() && isBlobName(entry.name));
}

async function entriesIn(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw readError(cause, folder);
  });
}

function readError(cause: unknown, path: string): SluiceError {
  return new SluiceError('READ_FAILED', 'job', `${path}: ${messageOf(cause)}`, { path, cause });
}
