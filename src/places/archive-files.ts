/** The files inside an archive that are inputs: JSON files, without hidden ones and manifests. */
import type { FileHandle } from 'node:fs/promises';
import { OFFICE_FILE, OFFICE_NAMES } from '../options/known-format.js';
import { unlessManifest } from '../sources/manifest.js';
import type { ByteInput } from '../sources/source.js';
import { failingInput, zipEntries } from '../sources/zip-entries.js';
import { SluiceError } from '../terms/errors.js';

/** Names of tables, which are results but no inputs. */
const TABLE = /\.(csv|tsv|dsv|xlsx)$/i;

/** Hidden files, and what macOS adds to archives. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/)/;

/**
 * Yields the files in the order of the archive's directory, each with the name of the archive before its own. Hidden files
 * and a manifest are left out.
 * @param readBefore bytes that were read of the input that holds the archive, if they are not those of its files
 * @throws SluiceError `UNSUPPORTED_INPUT` for an archive without files, and when a table is read; `VERIFY_FAILED`
 */
export async function* filesOfArchive(
  handle: FileHandle,
  name: string,
  readBefore: number,
  signal: AbortSignal,
): AsyncGenerator<ByteInput, void> {
  let files = 0;
  let left = readBefore;
  for await (const input of zipEntries(handle, name).inputs(signal)) {
    if (input.kind === 'objects') continue;
    if (files === 0 && OFFICE_NAMES.includes(input.name)) {
      await input.close();
      throw noInput(name, `is ${OFFICE_FILE}, not JSON`);
    }
    if (HIDDEN.test(input.name)) {
      await input.close();
      continue;
    }
    if (TABLE.test(input.name)) {
      const full = `${name}/${input.name}`;
      yield failingInput({ ...input, name: full }, noInput(full, `is ${kindOf(input.name)}, not JSON`));
      files++;
      continue;
    }
    const entry = files === 0 ? input : await unlessManifest(input, input.name);
    if (!entry) continue;
    files++;
    yield { ...entry, name: `${name}/${input.name}`, sourceBytes: readBefore > 0 ? left : entry.sourceBytes };
    left = 0;
  }
  if (files === 0) throw noInput(name, 'is an archive without files');
}

function kindOf(name: string): string {
  return /xlsx$/i.test(name) ? 'a workbook' : 'a table of delimiter-separated values';
}

/** The error of a file that is no input. */
export function noInput(name: string, what: string): SluiceError {
  return new SluiceError('UNSUPPORTED_INPUT', 'read', `${name} ${what}`, { source: name });
}
