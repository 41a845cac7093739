/** JSON files that flags name. */
import { isObject } from '../options/faults.js';
import { parseJson } from '../options/parse-json.js';
import { SluiceError } from '../terms/errors.js';
import { readText } from './text-file.js';

/**
 * Reads a JSON file.
 * @throws SluiceError what `readText` and `parseJson` throw
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  return ofFile(path, () => parseJson(text, path));
}

/**
 * Accepts the content of a file.
 * @throws SluiceError what `act` throws, its message prefixed with the name of the file
 */
export function ofFile<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.path === file) throw cause;
    const { code, stage, message, path, faults, moreFaults } = cause;
    throw new SluiceError(code, stage, `${file}: ${message}`, { source: file, cause, path, faults, moreFaults });
  }
}

/**
 * Reads a JSON object from a file.
 * @throws SluiceError as `readJson` does, `INVALID` for any other value
 */
export async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJson(path);
  if (isObject(value)) return value;
  throw new SluiceError('INVALID', 'accept', `${path} must contain a JSON object`, { path });
}
