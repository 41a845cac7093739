/** What is JSON in files that flags name. */
import { isObject } from '../options/faults.js';
import { parseJson } from '../options/parse-json.js';
import { SluiceError } from '../terms/errors.js';
import { readText } from './text-file.js';

/**
 * The value that a file holds.
 * @throws SluiceError what `readText` and `parseJson` throw
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  return ofFile(path, () => parseJson(text, path));
}

/**
 * Accepts what a file holds.
 * @throws SluiceError what the act throws, with the name of the file in front of faults within it
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
 * The object that a file holds.
 * @throws SluiceError as `readJson` does, `INVALID` for any other value
 */
export async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJson(path);
  if (isObject(value)) return value;
  throw new SluiceError('INVALID', 'accept', `${path} must hold a JSON object`, { path });
}
