/** Loads the file of a command with what V8 has compiled of it in an earlier run. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
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

/** Only short runs write the cache: V8 drops the code of functions that were not called for long. */
const LONGEST_RUN_S = 10;

/** Writable by others than the user. */
const OTHERS_WRITE = 0o022;

/** Compiled code, and the file where it is kept. */
interface CachedCode {
  readonly path: string;
  /** What the code was compiled from. */
  readonly key: Buffer;
  /** Absent if there is none yet. */
  readonly code: Buffer | undefined;
}

/**
 * Loads a CommonJS file. Node's own cache has only what is compiled at once, and a command compiles most of its functions
 * when they are first called.
 * @param path its absolute path; its text is ASCII
 * @param folder of the cache; undefined: none is used
 * @param keeps whether what this run compiles is worth keeping
 */
export function loadStartFile(path: string, folder: string | undefined, keeps: boolean): void {
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
  if (keeps && (!cached.code || script.cachedDataRejected)) keepAtExit(script, cached);
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
    return { path: cache, key, code: readCode(cache, key) };
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
function readCode(path: string, key: Buffer): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    const { uid, mode } = fstatSync(fd);
    const { geteuid } = process;
    // Windows has neither.
    if (geteuid && (uid !== geteuid() || (mode & OTHERS_WRITE) !== 0)) return undefined;
    const bytes = readFileSync(fd);
    // The key is at both ends: a file is complete.
    if (!key.equals(bytes.subarray(0, key.length)) || !key.equals(bytes.subarray(-key.length))) return undefined;
    return bytes.subarray(key.length, -key.length);
  } finally {
    closeSync(fd);
  }
}

/** Keeps what is compiled at the end of a run that has done its work. */
function keepAtExit(script: Script, { path, key }: CachedCode): void {
  process.once('exit', (code) => {
    if (code !== 0 || process.uptime() > LONGEST_RUN_S) return;
    const made = `${path}.${process.pid}`;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const fd = openSync(made, 'wx', 0o600);
      try {
        writeFileSync(fd, Buffer.concat([key, script.createCachedData(), key]));
        // V8 does not notice damaged code.
        fsyncSync(fd);
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
