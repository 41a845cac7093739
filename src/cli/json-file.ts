/** Files that flags name: their text, and what is JSON in them. */
import { readFile } from 'node:fs/promises';
import { isObject } from '../remote/members.js';
import { messageOf, SluiceError } from '../terms/errors.js';

/**
 * The text of a file.
 * @throws SluiceError `READ_FAILED`
 */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SluiceError('READ_FAILED', 'accept', `${path}: ${messageOf(cause)}`, { path, cause });
  });
}

/**
 * The value that a file holds.
 * @throws SluiceError `READ_FAILED`, `INVALID` for what is no JSON
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
