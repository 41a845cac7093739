/** Loads the file of a command with what V8 has compiled of it in an earlier run. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** Only short runs write the cache: V8 drops the code of functions that were not called for long. */
const LONGEST_RUN_S = 10;

/** Writable by others than the user. */
const OTHERS_WRITE = 0o022;

/** Ways of using a command whose functions are kept: each may write the cache once more. */
const MOST_WAYS = 8;

/** Compiled code, and the file where it is kept. */
interface CachedCode extends KeptCode {
  readonly path: string;
  /** What the code was compiled from. */
  readonly key: Buffer;
}

/** What a file of the cache has. */
interface KeptCode {
  /** Absent if there is none yet. */
  readonly code?: Buffer;
  /** The ways of use that compiled it, as short names. */
  readonly ways: readonly string[];
}

const NOTHING: KeptCode = { ways: [] };

/**
 * Loads a CommonJS file. Node's own cache has only what is compiled at once, and a command compiles most of its functions
 * when they are first called.
 * @param path its absolute path; its text is ASCII
 * @param folder of the cache, which exists; undefined: none is used
 * @param use how the command is used, as other functions are called in other ways; undefined: nothing is kept
 */
export function loadStartFile(path: string, folder: string | undefined, use: string | undefined): void {
  const load = createRequire(path);
  const cached = folder === undefined ? undefined : cachedCode(path, folder);
  if (!cached) {
    load(path);
    return;
  }
  const script = new Script(
    // The wrapper of Node, in a line of its own, so that places in errors are those of the file.
    `(function (exports, require, module, __filename, __dirname) {\n${readFileSync(path, 'latin1')}\n})`,
    { filename: path, lineOffset: -1, cachedData: cached.code },
  );
  if (use !== undefined) keepNew(script, cached, nameOf(use));
  // A script cannot import by itself: the build makes its imports calls of this function.
  const importPackage = (name: string): Promise<unknown> => import(name);
  const module = Object.assign(new Module(path), { filename: path, importPackage });
  load.cache[path] = module;
  script.runInThisContext()(module.exports, load, module, path, dirname(path));
}

/** What the cache has for a file; undefined if nothing can be known of it. */
function cachedCode(path: string, folder: string): CachedCode | undefined {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    // V8 compiles differently under some flags.
    const { NODE_OPTIONS: options = '' } = process.env;
    const place = [path, process.version, process.arch, options, ...process.execArgv].join('\n');
    const key = Buffer.from(`${place}\n${[ino, size, mtimeMs, ctimeMs].join(' ')}\n`);
    const cache = join(folder, `${nameOf(place)}.code`);
    return { path: cache, key, ...readCode(cache, key) };
  } catch {
    return undefined;
  }
}

/** A short name for a text: FNV-1a, 32 bits. Of two files with the same name, each replaces what the other has left. */
function nameOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Reads code that was compiled from the same file; code that another user can write is not run. */
function readCode(path: string, key: Buffer): KeptCode {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return NOTHING;
  }
  try {
    const { uid, mode } = fstatSync(fd);
    const { geteuid } = process;
    // Windows has neither.
    if (geteuid && (uid !== geteuid() || (mode & OTHERS_WRITE) !== 0)) return NOTHING;
    const bytes = readFileSync(fd);
    if (!key.equals(bytes.subarray(0, key.length))) return NOTHING;
    const line = bytes.indexOf('\n', key.length);
    const [sum, ...ways] = bytes.toString('latin1', key.length, line).split(' ');
    const code = bytes.subarray(line + 1);
    // V8 does not notice damaged code, and then does anything.
    return sum === sumOf(code) ? { ways, code } : NOTHING;
  } finally {
    closeSync(fd);
  }
}

function sumOf(code: Buffer): string {
  return crc32(code).toString(16);
}

/** Keeps what this run compiles, if the cache has no code or none for this way of use. */
function keepNew(script: Script, { path, key, code, ways: known }: CachedCode, way: string): void {
  const before = code && !script.cachedDataRejected ? known : [];
  if (before.includes(way) || before.length === MOST_WAYS) return;
  keepAtExit(script, path, key, [...before, way]);
}

/** Keeps what is compiled at the end of a run that has done its work. */
function keepAtExit(script: Script, path: string, key: Buffer, ways: readonly string[]): void {
  process.once('exit', (code) => {
    if (code !== 0 || process.uptime() > LONGEST_RUN_S) return;
    const made = `${path}.${process.pid}`;
    try {
      const fd = openSync(made, 'wx', 0o600);
      try {
        const compiled = script.createCachedData();
        const line = Buffer.from(`${[sumOf(compiled), ...ways].join(' ')}\n`);
        writeFileSync(fd, Buffer.concat([key, line, compiled]));
      } finally {
        closeSync(fd);
      }
      renameSync(made, path);
    } catch {
      discard(made);
    }
  });
}

/** Removes what could not be written; without the cache, the next run only starts slower. */
function discard(made: string): void {
  try {
    rmSync(made, { force: true });
  } catch {
    // It is in a folder of caches.
  }
}
