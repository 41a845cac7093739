/** The file of rejected records: one JSON line each, with reason, position and the record as it stands. */
import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { file } from '../pipeline/write/file.js';
import { writeError } from '../pipeline/write/write-error.js';
import type { Reject } from '../terms/receipt.js';

/** Takes rejects while a run goes on. */
export interface RejectsFile {
  write(reject: Reject): Promise<void>;
  /** Gives the file its name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Opens the file; it appears under its name when the export is done. */
export async function openRejectsFile(path: string, overwrite: boolean): Promise<RejectsFile> {
  const { writable, commit, discard } = await file(path, { overwrite }).open();
  return {
    async write(reject) {
      if (writable.errored) throw writeError(writable.errored, path);
      if (!writable.write(`${JSON.stringify(describe(reject))}\n`)) await once(writable, 'drain');
    },
    async commit() {
      writable.end();
      await finished(writable).catch((cause: unknown) => {
        throw writeError(cause, path);
      });
      await commit();
    },
    discard,
  };
}

/** The record itself as text; in base64 where it is not UTF-8 and no JSON text could hold it. */
function describe({ source, recordIndex, byteOffset, error, raw }: Reject): object {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const record = isUtf8(bytes) ? { raw: bytes.toString() } : { rawBase64: bytes.toString('base64') };
  return { source, recordIndex, byteOffset, code: error.code, message: error.message, ...record };
}
