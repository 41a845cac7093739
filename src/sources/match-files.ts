/** Finds all files that a glob matches, or the reason why they cannot be known. */
import { readdir as readdirByCallback } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { SluiceError, systemCode } from '../terms/errors.js';
import { fileError } from './file-error.js';
import { type FileOrder, sortedByName } from './file-order.js';

/** An entry of a folder, as the glob library needs it: a folder, or something else that can be read. */
class Entry {
  readonly name: string;
  readonly #isFolder: boolean;

  constructor(name: string, isFolder: boolean) {
    this.name = name;
    this.#isFolder = isFolder;
  }

  isFile(): boolean {
    return !this.#isFolder;
  }

  isDirectory(): boolean {
    return this.#isFolder;
  }

  isSymbolicLink(): boolean {
    return false;
  }
}

type AnswerEntries = (error: unknown, entries?: readonly Entry[]) => void;

/** Whether a text has a character without which it is no glob. */
const MAY_BE_GLOB = /[*?[\](){}!+@|\\]/;

/** Whether a path is a glob. The library loads only for a path that may be one. */
export async function isGlob(path: string): Promise<boolean> {
  return MAY_BE_GLOB.test(path) && (await import('tinyglobby')).isDynamicPattern(path);
}

/** Names of files that sluice creates beside results: globs never match them. */
const OWN = /^\.sluice-/;

/** A segment that begins with a literal dot, other than `.` and `..`. */
const NAMES_HIDDEN = /(^|[/{(,|])\.(?!\.?(\/|$))/;

/** A glob for which a folder that is its own ancestor has no further matches. */
const IS_PLAIN_TREE = /^[^*?[\]{}()!+@]*\*\*(\/[^/]*)?$/;

/**
 * Matches names of files of any kind, in this order. Links are followed, to folders too, but not in circles. Hidden names match
 * only if the glob has the dot; those of sluice's own files never match.
 * @throws SluiceError for a folder that cannot be read, and for a broken link, where matches might have been
 */
export async function matchFiles(pattern: string, order: FileOrder): Promise<readonly string[]> {
  const walk = new Walk(pattern);
  const { glob } = await import('tinyglobby');
  const matches = await glob(pattern, {
    expandDirectories: false,
    followSymbolicLinks: false,
    absolute: isAbsolute(pattern),
    fs: { readdir: walk.readdir },
  });
  walk.throwFailure();
  return sortedByName(matches, (name) => name, order);
}

/** Lists folders for one glob. The library skips what it cannot list; this class remembers it. */
class Walk {
  readonly #pattern: string;
  readonly #hidden: boolean;
  /** Folders reached by a link, by the library's names. */
  readonly #links = new Set<string>();
  readonly #failures = new Map<string, unknown>();
  #root: string | undefined;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#hidden = NAMES_HIDDEN.test(pattern);
  }

  /** Node's `readdir`, as the library calls it. */
  readonly readdir = new Proxy(readdirByCallback, {
    apply: (_target, _self, [path, , callback]: [string, unknown, AnswerEntries]) => {
      this.#list(path).then((entries) => callback(null, entries), callback);
    },
  });

  /** @throws SluiceError of the first folder, by name, that could not be listed */
  throwFailure(): void {
    const [path] = [...this.#failures.keys()].sort();
    if (path === undefined) return;
    const name = (isAbsolute(this.#pattern) ? path : relative('', path)).replace(/\/$/, '');
    const cause = this.#failures.get(path);
    if (!this.#links.has(path) || systemCode(cause) !== 'ENOENT') {
      throw fileError(cause, name, `where ${this.#pattern} may match`);
    }
    const message = `${name} is a broken symbolic link, where ${this.#pattern} may match`;
    throw new SluiceError('NOT_FOUND', 'read', message, { source: name, cause });
  }

  async #list(path: string): Promise<readonly Entry[]> {
    const isRoot = this.#root === undefined;
    this.#root ??= path;
    try {
      if (await this.#turnsRound(path)) return [];
      const entries: Entry[] = [];
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const { name } = entry;
        if (OWN.test(name) || (name.startsWith('.') && !this.#hidden)) continue;
        if (entry.isSymbolicLink()) entries.push(...(await this.#follow(path, name)));
        else entries.push(new Entry(name, entry.isDirectory()));
      }
      return entries;
    } catch (cause) {
      // If the fixed part of a glob does not exist, nothing matches, and that is reported.
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '');
      if (!(isRoot && isMissing)) this.#failures.set(path, cause);
      return [];
    }
  }

  async #follow(path: string, name: string): Promise<readonly Entry[]> {
    const target = await stat(join(path, name)).catch(() => undefined);
    if (target && !target.isDirectory()) return [new Entry(name, false)];
    this.#links.add(join(path, name, '/'));
    // A broken link counts as both: a file that is opened, or a folder that is listed, in vain.
    return target ? [new Entry(name, true)] : [new Entry(name, false), new Entry(name, true)];
  }

  /** Whether a link leads to a folder that is on the current path already. */
  async #turnsRound(path: string): Promise<boolean> {
    if (!this.#links.has(path)) return false;
    const { dev, ino } = await stat(path, { bigint: true });
    let met = 0;
    for (let above = dirname(path); above.length + 1 >= (this.#root ?? '').length; above = dirname(above)) {
      const folder = await stat(above, { bigint: true });
      if (folder.dev === dev && folder.ino === ino) met++;
      if (above === dirname(above)) break;
    }
    // `*/x` may match in the second turn what it does not match in the first.
    return met > (IS_PLAIN_TREE.test(this.#pattern) ? 0 : 1);
  }
}
