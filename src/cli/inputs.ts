/** Opens the source that the arguments of a command name. */
import { stat } from 'node:fs/promises';
import { isatty } from 'node:tty';
import type { HttpFilesOptions } from '../places/http-files.js';
import { namedFiles } from '../places/named-source.js';
import { bytes } from '../sources/bytes.js';
import { descriptor } from '../sources/descriptor.js';
import type { FileOrder } from '../sources/file-order.js';
import { filesFrom } from '../sources/files-from.js';
import type { Source } from '../sources/source.js';
import { STANDARD } from './standard-input.js';
import { usage } from './usage.js';

/** The name of standard input in errors. */
const STDIN = 'standard input';

/** The flags that name files, or order them. */
export interface FileFlags {
  readonly filesFrom?: string;
  readonly null?: boolean;
  readonly sort?: FileOrder;
}

/**
 * Returns the source that arguments and flags name: paths, folders, globs, or `-` for standard input. Without any, piped
 * standard input is read.
 */
export function sourceOf(
  inputs: readonly string[],
  { filesFrom: list, null: isNull, sort }: FileFlags = {},
  http?: HttpFilesOptions,
): Source {
  if (list !== undefined) {
    if (inputs.length > 0) throw usage('--files-from cannot be combined with other inputs; put them into the list');
    return filesFrom(list === STANDARD ? process.stdin : list, { null: isNull, sort });
  }
  if (isNull) throw usage('--null: without effect; it needs --files-from');
  const named = inputs.length > 0 ? inputs : [STANDARD];
  if (inputs.length === 0 && isatty(0)) throw usage('name an input: files, folders, globs, or - for standard input');
  if (!named.includes(STANDARD)) return namedFiles(named, { sort, http });
  if (sort !== undefined) throw usage('--sort: without effect; the input is standard input');
  if (named.length > 1) throw usage('standard input (-) cannot be combined with files');
  return descriptor(0, STDIN) ?? bytes(process.stdin, STDIN);
}

/** Total bytes of the inputs; undefined unless each is a file, as a glob is not. */
export async function sizeOf(inputs: readonly string[]): Promise<number | undefined> {
  let total = 0;
  for (const path of inputs) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    total += found.size;
  }
  return total > 0 ? total : undefined;
}
