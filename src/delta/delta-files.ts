/** The index of an earlier export and that of this one, as files. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Delivery } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { findPlace, isSamePlace } from '../destinations/place.js';
import { writeError } from '../destinations/write-error.js';
import { invalid, messageOf, SluiceError, systemCode } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';
import type { DeltaPorts } from './comparison.js';
import { type IndexPlan, notAnIndex } from './index-format.js';
import { IndexReader } from './index-reader.js';

/** The files of a delta. */
export interface DeltaFiles {
  /** The index of the earlier export; may be missing if `to` is the same file. */
  readonly from?: string | undefined;
  /** Where the index of this export goes. */
  readonly to?: string | undefined;
}

/** How they are opened. */
export interface DeltaFilesOptions {
  readonly plan: IndexPlan;
  /** Receives notes about the place of the index. */
  readonly note: (note: Note) => void;
}

/** The open files of a delta. */
export interface OpenDelta {
  readonly ports: DeltaPorts;
  /** The result is in place: the index gets its name. @throws SluiceError (rejects) after which the earlier one is there */
  place(): Promise<void>;
  /** There is no result: nothing is left of the index. */
  discard(): Promise<void>;
}

/**
 * Opens the files, before anything is read.
 * @throws SluiceError (rejects) `NOT_FOUND`, `VERIFY_FAILED`, `PLAN_CHANGED` for the earlier index; `DESTINATION_EXISTS` for a
 *   file at `to` that is not the earlier index
 */
export async function openDelta({ from, to }: DeltaFiles, { plan, note }: DeltaFilesOptions): Promise<OpenDelta> {
  const isSame = from !== undefined && to !== undefined && (await isSamePlace(from, to));
  const handle = from === undefined ? undefined : await openIndex(from, isSame);
  try {
    const index = handle && (await IndexReader.open(handle, from ?? '', plan));
    const target = to === undefined ? undefined : await IndexFile.open(to, handle !== undefined && isSame, note);
    return {
      ports: { index, sink: target, plan },
      async place() {
        await handle?.close();
        await target?.place();
      },
      async discard() {
        await handle?.close();
        await target?.discard();
      },
    };
  } catch (cause) {
    await handle?.close();
    throw cause;
  }
}

/** @param mayLack whether a missing file means that this is the first export */
async function openIndex(path: string, mayLack: boolean): Promise<FileHandle | undefined> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw openError(path, cause);
    if (mayLack) return undefined;
    const message = `${path}: there is no such index; name the same file as place of the new one to begin with a full export`;
    throw new SluiceError('NOT_FOUND', 'read', message, { path, cause });
  });
  if (!handle || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notAnIndex(path, 'it is not a regular file');
}

function openError(path: string, cause: unknown): SluiceError {
  const code = systemCode(cause) === 'EACCES' || systemCode(cause) === 'EPERM' ? 'PERMISSION_DENIED' : 'READ_FAILED';
  return new SluiceError(code, 'read', `${path}: ${messageOf(cause)}`, { path, cause });
}

/** The index in progress. */
class IndexFile {
  readonly #path: string;
  readonly #delivery: Delivery;
  /** The file that it replaces, as it was found; empty: none. */
  readonly #before: string;

  private constructor(path: string, delivery: Delivery, before: string) {
    this.#path = path;
    this.#delivery = delivery;
    this.#before = before;
  }

  static async open(path: string, replaces: boolean, note: (note: Note) => void): Promise<IndexFile> {
    const place = await findPlace(path, true);
    if (place.kind !== 'file')
      throw invalid('plan', `${path} is no regular file, so no delta could be made against it`, 'deltaTo');
    const before = replaces ? await stateOf(path) : '';
    const delivery = await file(path, { overwrite: replaces }).open({ note });
    // The next write, or placing it, reports the error; without a listener it would be uncaught.
    delivery.writable.on('error', () => {});
    return new IndexFile(path, delivery, before);
  }

  async write(bytes: Buffer): Promise<void> {
    const { writable } = this.#delivery;
    await new Promise<void>((resolve, reject) => {
      writable.write(bytes, (cause) => (cause ? reject(writeError(cause, this.#path)) : resolve()));
    });
  }

  async place(): Promise<void> {
    try {
      await this.#end();
      if (this.#before !== '' && (await stateOf(this.#path)) !== this.#before) throw replacedError(this.#path);
      await this.#delivery.commit();
    } catch (cause) {
      await this.discard();
      const { code, message } = asSluiceError(writeError(cause, this.#path));
      const whole = `${message}; the result itself is complete, and the next delta repeats what is in it`;
      throw new SluiceError(code, 'write', whole, { path: this.#path, cause });
    }
  }

  async discard(): Promise<void> {
    await this.#delivery.discard();
  }

  async #end(): Promise<void> {
    const { writable } = this.#delivery;
    if (writable.errored) throw writable.errored;
    await new Promise<void>((resolve, reject) => {
      writable.once('error', reject);
      writable.end(resolve);
    });
  }
}

function asSluiceError(cause: unknown): { readonly code: SluiceError['code']; readonly message: string } {
  return cause instanceof SluiceError ? cause : { code: 'WRITE_FAILED', message: messageOf(cause) };
}

/** What changes when another process replaces or writes the file. */
async function stateOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) return 'missing';
  try {
    const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
    return [dev, ino, size, mtimeNs].join(':');
  } finally {
    await handle.close();
  }
}

function replacedError(path: string): SluiceError {
  const message = `${path}: another process has replaced this index meanwhile, and its own stays`;
  return new SluiceError('WRITE_FAILED', 'write', message, { path });
}
