/** What is JSON in files that flags name. */
import { isObject } from '../remote/members.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { readText } from './text-file.js';

/**
 * The value that a file holds.
 * @throws SluiceError as `readText` does, `INVALID` for what is no JSON
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError('INVALID', 'accept', `${path} is no JSON: ${messageOf(cause)}`, { path, cause });
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
