/** A small JSON file that appears when it is whole: a receipt. */
import { Readable } from 'node:stream';
import { deliver } from '../pipeline/write/deliver.js';
import { file } from '../pipeline/write/file.js';

/** Writes a value as indented JSON. */
export async function writeJson(path: string, value: unknown, overwrite: boolean): Promise<void> {
  const text = Readable.from([`${JSON.stringify(value, null, 2)}\n`]);
  await deliver(text, file(path, { overwrite }), Promise.resolve());
}
