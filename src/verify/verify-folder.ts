/** Which files of a folder belong to a result: those of the receipt, else those of the manifest, else all. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chunkInput } from '../sources/bytes.js';
import { fileError } from '../sources/file-error.js';
import type { Source } from '../sources/source.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import { MANIFEST_NAME } from '../terms/plan.js';
import type { ExpectedReceipt } from './verification.js';
import { refusePipe } from './verify-input.js';
import { LARGEST_MANIFEST_BYTES, parseManifest } from './verify-manifest.js';

/** Whether a path is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * The files of the result in their order, with the manifest at the end; without receipt and manifest, all files that are
 * not hidden, by their names.
 * @throws SluiceError (rejects) `VERIFY_FAILED` for a receipt or manifest that names a file elsewhere; `UNSUPPORTED_INPUT`
 *   for a pipe; `READ_FAILED` and its like
 */
export async function filesOfFolder(path: string, receipt: ExpectedReceipt | undefined): Promise<readonly string[]> {
  const listed = receipt?.files.map(({ name }) => name);
  const manifest = await manifestOf(path);
  // A manifest beside the files may be that of an earlier result: the bytes of the receipt show whether there is one, or
  // where they are compressed, its list.
  const isPart =
    !receipt ||
    receipt.output.bytes > receipt.files.reduce((sum, { bytes }) => sum + bytes, 0) ||
    (receipt.files.some(({ name }) => /\.(gz|zst)$/.test(name)) && manifest?.join('\n') === listed?.join('\n'));
  const names = listed ?? manifest ?? (await visible(path));
  for (const name of names) {
    if (name !== basename(name) || name === '..' || name === '.') throw elsewhere(path, name);
  }
  for (const name of names) await refusePipe(join(path, name));
  return manifest && isPart && !names.includes(MANIFEST_NAME) ? [...names, MANIFEST_NAME] : names;
}

async function manifestOf(path: string): Promise<readonly string[] | undefined> {
  const file = join(path, MANIFEST_NAME);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > LARGEST_MANIFEST_BYTES) return undefined;
  return parseManifest(await readFile(file))?.files.map(({ name }) => name);
}

async function visible(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  return names.sort();
}

function elsewhere(path: string, name: string): SluiceError {
  const message = `${path}: ${JSON.stringify(name)} is not the name of a file in it`;
  return new SluiceError('VERIFY_FAILED', 'verify', message, { path });
}

function missing(path: string, name: string): SluiceError {
  return new SluiceError('VERIFY_FAILED', 'verify', `${path}: ${name} is missing`, { path });
}

/** The files as a source; their names are without the folder. */
export function folderFiles(path: string, names: readonly string[]): Source {
  return {
    async *inputs(signal) {
      for (const name of names) {
        const file = join(path, name);
        const handle = await open(file, 'r').catch((cause: unknown) => {
          throw systemCode(cause) === 'ENOENT' ? missing(path, name) : fileError(cause, file);
        });
        yield chunkInput(handle.createReadStream(), name, signal);
      }
    },
  };
}
