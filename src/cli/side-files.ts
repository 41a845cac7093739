/** The files beside a result: rejected records and the receipt. They appear when the export is done. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describeReject } from '../pipeline/write/describe-reject.js';
import { file } from '../pipeline/write/file.js';
import { writeError } from '../pipeline/write/write-error.js';
import type { Receipt, Reject } from '../terms/receipt.js';

/** A file that is opened before the export, so that an impossible one costs nothing. */
export interface SideFile {
  /** Gives the file its name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Takes rejects while a run goes on: one JSON line each, with reason, position and the record as it stands. */
export interface RejectsFile extends SideFile {
  write(reject: Reject): Promise<void>;
}

/** Takes the receipt. */
export interface ReceiptFile extends SideFile {
  write(receipt: Receipt): void;
}

/** Opens the file of rejected records. */
export async function openRejectsFile(path: string, overwrite: boolean): Promise<RejectsFile> {
  const { writable, ...side } = await openSideFile(path, overwrite);
  return {
    ...side,
    async write(reject) {
      if (writable.errored) throw writeError(writable.errored, path);
      if (!writable.write(`${JSON.stringify(describeReject(reject))}\n`)) await once(writable, 'drain');
    },
  };
}

/** Opens the file of the receipt. */
export async function openReceiptFile(path: string, overwrite: boolean): Promise<ReceiptFile> {
  const { writable, ...side } = await openSideFile(path, overwrite);
  return { ...side, write: (receipt) => void writable.write(`${JSON.stringify(receipt, null, 2)}\n`) };
}

async function openSideFile(path: string, overwrite: boolean): Promise<SideFile & { readonly writable: Writable }> {
  const { writable, commit, discard } = await file(path, { overwrite }).open();
  return {
    writable,
    discard,
    async commit() {
      writable.end();
      await finished(writable).catch((cause: unknown) => {
        throw writeError(cause, path);
      });
      await commit();
    },
  };
}
