/** Files beside a result: rejected records and the receipt. They appear when the export is done. */
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describeReject } from '../destinations/describe-reject.js';
import type { Destination } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { isSamePlace } from '../destinations/place.js';
import { writeError } from '../destinations/write-error.js';
import { SluiceError } from '../terms/errors.js';
import type { Note, Receipt, Reject } from '../terms/receipt.js';
import { namesStdout } from './standard-output.js';
import { usage } from './usage.js';

/** A file that is opened before the export, to fail early. */
export interface SideFile {
  /** Renames the temporary file to its final name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Receives rejects during a run: one JSON line each, with reason, position and the unchanged record. */
export interface RejectsFile extends SideFile {
  write(reject: Reject): Promise<void>;
}

/** Receives the receipt. */
export interface ReceiptFile extends SideFile {
  write(receipt: Receipt): void;
}

/** How a side file is opened. */
export interface SideFileOptions {
  readonly overwrite: boolean;
  /** Receives notes about the destination. */
  readonly note: (note: Note) => void;
  readonly signal: AbortSignal;
}

/** The path of an output; a dash is standard output. */
function pathOf(path: string): string {
  return path === '-' ? '/dev/stdout' : path;
}

/**
 * Refuses flags that name the same file, where one output would overwrite the other.
 * @throws SluiceError `INVALID`
 */
export async function refuseSharedPlaces(outputs: Readonly<Record<string, string | undefined>>): Promise<void> {
  const named = Object.entries(outputs).flatMap(([flag, path]) => (path === undefined ? [] : [{ flag, path }]));
  for (const [index, one] of named.entries()) {
    for (const other of named.slice(index + 1)) {
      const isStdout = one.path === '-' && other.path === '-';
      const isOne = isStdout || (await isSamePlace(pathOf(one.path), pathOf(other.path)));
      if (isOne) throw usage(`${one.flag} ${one.path} and ${other.flag} ${other.path} are the same file`);
    }
  }
}

/**
 * Refuses a side file in the folder of the result that would replace one of its files, whose names are known at the end.
 * @throws SluiceError `DESTINATION_EXISTS`
 */
export async function refuseFilesOfResult(
  folder: string,
  names: readonly string[],
  outputs: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const [flag, path] of Object.entries(outputs)) {
    if (path === undefined || path === '-') continue;
    // File systems may ignore case; what lies elsewhere is another place.
    const alike = names.filter((name) => basename(name).toLowerCase() === basename(path).toLowerCase());
    for (const name of alike) {
      if (!(await isSamePlace(path, join(folder, name)))) continue;
      throw new SluiceError('DESTINATION_EXISTS', 'write', `${flag} ${path} is a file of the result; name another`, {
        path,
      });
    }
  }
}

/** Suffixes of packed files. */
const PACKED = /\.(gz|tgz|zip|zst|xz|bz2|br|lz4|7z)$/i;

/**
 * Refuses names with the suffix of a packed file: side files are plain.
 * @throws SluiceError `INVALID`
 */
export function refusePackedNames(outputs: Readonly<Record<string, string | undefined>>): void {
  for (const [flag, path] of Object.entries(outputs)) {
    const [suffix] = PACKED.exec(path ?? '') ?? [];
    if (suffix !== undefined) throw usage(`${flag} ${path} is written plain; name a file without ${suffix}`);
  }
}

/** The side file as a destination, to compare its current file with others. */
export function sideDestination(path: string): Destination {
  return file(pathOf(path), { overwrite: true });
}

/** Opens the file of rejected records. */
export async function openRejectsFile(path: string, options: SideFileOptions): Promise<RejectsFile> {
  const { writable, name, ...side } = await openSideFile('--rejects', path, options);
  return {
    ...side,
    async write(reject) {
      try {
        if (writable.errored) throw writable.errored;
        const hasRoom = writable.write(`${JSON.stringify(describeReject(reject))}\n`);
        if (!hasRoom) await once(writable, 'drain', { signal: options.signal });
      } catch (cause) {
        throw writeError(cause, name);
      }
    },
  };
}

/** Opens the file of the receipt. */
export async function openReceiptFile(path: string, options: SideFileOptions): Promise<ReceiptFile> {
  const { writable, commit, discard } = await openSideFile('--receipt', path, options);
  return { commit, discard, write: (receipt) => void writable.write(`${JSON.stringify(receipt, null, 2)}\n`) };
}

async function openSideFile(
  flag: string,
  path: string,
  { overwrite, note, signal }: SideFileOptions,
): Promise<SideFile & { readonly writable: Writable; readonly name: string }> {
  const { writable, commit, discard } = await file(pathOf(path), { overwrite }).open({ note, signal });
  // The next write, or the commit, reports the error; without a listener it would be uncaught.
  writable.on('error', () => {});
  // A closed pipe is fine for a result, but an error for a receipt; another name tells them apart.
  const name = namesStdout(path) ? `${flag} on standard output` : path;
  return {
    writable,
    name,
    discard,
    async commit() {
      writable.end();
      await finished(writable).catch((cause: unknown) => {
        throw writeError(cause, name);
      });
      await commit();
    },
  };
}
