/** Results in a folder of this machine. */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../pipeline/write/sync.js';
import { writeError } from '../pipeline/write/write-error.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import { type BlobOwner, type BlobStore, type BlobWriter, epochOf, type FoundOwner } from './blob-store.js';
import type { Part } from './engine.js';
import type { ByteRange } from './tenant-jobs.js';

/** Bytes read at a time: what base64 and sockets take well. */
const READ_BYTES = 192 * 1024;

/** One folder a job. Ids are UUIDs of ours and names are made by attempts, so that neither can lead elsewhere. */
export class DirectoryStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async create({ job }: BlobOwner, name: string): Promise<BlobWriter> {
    const folder = join(this.#root, job);
    const path = join(folder, name);
    // Nobody else writes under this name, for it bears the epoch.
    const temporary = `${path}.tmp`;
    const named = <T>(work: Promise<T>): Promise<T> =>
      work.catch((cause: unknown) => {
        throw writeError(cause, path);
      });
    await named(mkdir(folder, { recursive: true }));
    const handle = await named(open(temporary, 'w'));
    let bytes = 0;
    return {
      async write(chunk) {
        await named(handle.writeFile(chunk));
        bytes += chunk.length;
      },
      async commit(): Promise<Part> {
        await named(handle.sync());
        await handle.close();
        await named(rename(temporary, path));
        await syncDirectory(folder);
        return { name, bytes };
      },
      async discard() {
        await handle.close();
        await rm(temporary, { force: true });
      },
    };
  }

  async *read({ job }: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncGenerator<Buffer, void> {
    const { start, end } = range ?? { start: 0, end: Number.POSITIVE_INFINITY };
    let offset = 0;
    for (const { name, bytes } of parts) {
      const from = Math.max(0, start - offset);
      const to = Math.min(bytes, end - offset);
      if (from < to) yield* readFile(join(this.#root, job, name), from, to);
      offset += bytes;
    }
  }

  async sweep({ job }: BlobOwner, keep: ReadonlySet<string>, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const folder = join(this.#root, job);
    if (keep.size === 0 && upTo === Number.POSITIVE_INFINITY) return this.forget({ job });
    for (const name of await namesIn(folder)) {
      if (!keep.has(name) && epochOf(name) <= upTo) await rm(join(folder, name), { force: true });
    }
  }

  async *jobs(): AsyncGenerator<FoundOwner, void> {
    for (const job of await namesIn(this.#root)) yield { job };
  }

  async forget({ job }: FoundOwner): Promise<void> {
    await rm(join(this.#root, job), { recursive: true, force: true });
  }
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

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw readError(cause, folder);
  });
}

function readError(cause: unknown, path: string): SluiceError {
  return new SluiceError('READ_FAILED', 'job', `${path}: ${messageOf(cause)}`, { path, cause });
}
