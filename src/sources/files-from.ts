/** Files as a source whose paths are in a list, of any length. */
import { acceptArgument, acceptOptions, boolean, filledText, type OptionTable } from '../options/accept-options.js';
import { markedEncoding } from '../options/known-format.js';
import { SluiceError } from '../terms/errors.js';
import { type ByteSource, bytes } from './bytes.js';
import { sortedByName } from './file-order.js';
import { FILES_OPTIONS, type FilesOptions, fileSource, files } from './files.js';
import type { Source } from './source.js';

/** Options of `filesFrom`. */
export interface FilesFromOptions extends FilesOptions {
  /** The list ends each path with a NUL character, as `find -print0` does; default: with a line break. */
  readonly null?: boolean;
}

const FILES_FROM: OptionTable<FilesFromOptions> = { ...FILES_OPTIONS, null: boolean };

/** Bytes of the longest path that is read; systems allow fewer. */
const LONGEST_PATH = 64 * 1024;

const LIST_READ_BYTES = 64 * 1024;

/** Bytes of the longest byte order mark. */
const LONGEST_MARK = 4;

/**
 * Reads the files that a list names, a path a line, relative to the current folder. Blank lines are skipped; a folder stands
 * for the files below it, and nothing is a glob. The order is that of the list unless `sort` is set; the list is read as the
 * files are, so that its length does not matter.
 * @param list its path, or a stream of its bytes, which can be read once
 * @throws SluiceError `INVALID`; (while reading) `NOT_FOUND` for a list without paths, `INVALID_UTF8`; as `files` does
 */
export function filesFrom(list: string | URL | ByteSource, options: FilesFromOptions = {}): Source {
  acceptOptions(options, FILES_FROM);
  const { sort, null: isNull = false } = options;
  const isStream = typeof list === 'object' && !(list instanceof URL);
  if (!isStream && !(list instanceof URL)) acceptArgument('list', list, filledText);
  const source = isStream ? bytes(list, 'the list of files') : files(list);
  const described = { filesFrom: String(list), null: isNull, sort };
  return {
    ...fileSource(() => pathsIn(source, isNull ? 0 : LINE_FEED, sort), {
      sort,
      isPlain: true,
      describe: isStream ? undefined : () => described,
    }),
    // What can be read once is read when the files are opened.
    ...(source.reopenable === false ? { reopenable: false, files: undefined, totalBytes: undefined } : {}),
  };
}

const LINE_FEED = 0x0a;

async function* pathsIn(source: Source, end: number, sort: FilesOptions['sort']): AsyncGenerator<string, void> {
  const all: string[] = [];
  let any = false;
  let name = 'the list of files';
  for await (const input of source.inputs(new AbortController().signal)) {
    if (input.kind === 'objects') break;
    name = input.name;
    try {
      for await (const path of partsOf(input, end)) {
        any = true;
        if (sort !== undefined && sort !== 'none') all.push(path);
        else yield path;
      }
    } finally {
      await input.close();
    }
  }
  if (!any) throw new SluiceError('NOT_FOUND', 'read', `${name} names no file`, { source: name });
  yield* await sortedByName(all, (path) => path, sort ?? 'none');
}

/** The text of a list. */
interface ListText {
  readonly name: string;
  read(into: Buffer): Promise<number>;
}

/**
 * The bytes of the list in UTF-8: a list in UTF-16 that begins with a byte order mark, as PowerShell writes one, is
 * decoded. A chunk is valid until the next is requested.
 */
async function* inUtf8({ name, read }: ListText): AsyncGenerator<Buffer, void> {
  const memory = Buffer.allocUnsafe(LIST_READ_BYTES);
  let length = 0;
  // The mark may come in several reads.
  for (let more = 1; more > 0 && length < LONGEST_MARK; length += more) more = await read(memory.subarray(length));
  const encoding = markedEncoding(memory.subarray(0, length));
  const damaged = (how: string, cause?: unknown) =>
    new SluiceError('INVALID_UTF8', 'read', `${name} is not UTF-8: it ${how}`, { source: name, cause });
  if (encoding?.startsWith('UTF-32')) throw damaged(`looks like ${encoding}; write it in UTF-8`);
  const decoder = encoding === undefined ? undefined : new TextDecoder(encoding, { fatal: true });
  try {
    for (; length > 0; length = await read(memory)) {
      const chunk = memory.subarray(0, length);
      yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
    }
    decoder?.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw damaged(`begins as ${encoding} but is truncated or damaged`, cause);
  }
}

/** The paths between the ends, without blank ones. */
async function* partsOf(list: ListText, end: number): AsyncGenerator<string, void> {
  const { name } = list;
  let rest = Buffer.alloc(0);
  let line = 1;
  const pathOf = (bytes: Buffer): string => {
    try {
      if (bytes.includes(0)) throw nulInside(name, line);
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: line > 1 }).decode(bytes);
      return end === LINE_FEED && text.endsWith('\r') ? text.slice(0, -1) : text;
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      const message = `${name}: the path in line ${line} is not UTF-8`;
      throw new SluiceError('INVALID_UTF8', 'read', message, { source: name, line, cause });
    }
  };
  for await (const more of inUtf8(list)) {
    const chunk = Buffer.concat([rest, more]);
    let from = 0;
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, from)) {
      const path = pathOf(chunk.subarray(from, at));
      if (path.trim() !== '') yield path;
      from = at + 1;
      line++;
    }
    rest = chunk.subarray(from);
    if (rest.length > LONGEST_PATH) {
      const message = `${name}: line ${line} has more than ${LONGEST_PATH} bytes, which is no path; is it a list, or the data itself?`;
      throw new SluiceError('INVALID', 'read', message, { source: name, line });
    }
  }
  const path = pathOf(rest);
  if (path.trim() !== '') yield path;
}

function nulInside(name: string, line: number): SluiceError {
  const message = `${name}: line ${line} has a NUL character; for paths that end with one set null (--null, -0)`;
  return new SluiceError('INVALID', 'read', message, { source: name, line });
}
