/** The files that a glob matches: all of them, or the reason why nobody can know. */
import { readdir as readdirByCallback } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { glob } from 'tinyglobby';
import { SluiceError, systemCode } from '../terms/errors.js';
import { fileError } from './file-error.js';

/** An entry of a folder, as far as the glob library looks at it: a folder, or something else that is read. */
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

/** What files are called that sluice makes beside results, while it writes them and later: never input of a glob. */
const OWN = /^\.sluice-/;

/** A segment that begins with a dot of its own, and not one of `.` and `..`. */
const NAMES_HIDDEN = /(^|[/{(,|])\.(?!\.?(\/|$))/;

/** A glob below which a folder that is an ancestor too holds nothing new. */
const IS_PLAIN_TREE = /^[^*?[\]{}()!+@]*\*\*(\/[^/]*)?$/;

/**
 * Matches names of files of any kind, sorted. Links are followed, in folders too, but not round and round. Hidden names
 * match where the glob itself says so; those of sluice's own files never do.
 * @throws SluiceError for a folder that cannot be read and a link that leads nowhere, where matches might have been
 */
export async function matchFiles(pattern: string): Promise<readonly string[]> {
  const walk = new Walk(pattern);
  const matches = await glob(pattern, {
    expandDirectories: false,
    followSymbolicLinks: false,
    absolute: isAbsolute(pattern),
    fs: { readdir: walk.readdir },
  });
  walk.throwFailure();
  return matches.sort();
}

/** What is listed for one glob. The library passes over what it cannot list; here it is remembered. */
class Walk {
  readonly #pattern: string;
  readonly #hidden: boolean;
  /** Folders that were reached by a link, as the library names them. */
  readonly #links = new Set<string>();
  readonly #failures = new Map<string, unknown>();
  #root: string | undefined;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#hidden = NAMES_HIDDEN.test(pattern);
  }

  /** Node's `readdir`, as the library calls it. */
  readonly readdir = new Proxy(readdirByCallback, {
    apply: (_target, _self, [path, , answer]: [string, unknown, AnswerEntries]) => {
      this.#list(path).then((entries) => answer(null, entries), answer);
    },
  });

  /** @throws SluiceError of the first folder, by its name, that could not be listed */
  throwFailure(): void {
    const [path] = [...this.#failures.keys()].sort();
    if (path === undefined) return;
    const name = (isAbsolute(this.#pattern) ? path : relative('', path)).replace(/\/$/, '');
    const cause = this.#failures.get(path);
    if (!this.#links.has(path) || systemCode(cause) !== 'ENOENT') {
      throw fileError(cause, name, `where ${this.#pattern} may match`);
    }
    const message = `${name} is a symbolic link that leads nowhere, where ${this.#pattern} may match`;
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
      // Where the fixed part of a glob leads nowhere, nothing matches, and that is told.
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '');
      if (!(isRoot && isMissing)) this.#failures.set(path, cause);
      return [];
    }
  }

  async #follow(path: string, name: string): Promise<readonly Entry[]> {
    const target = await stat(join(path, name)).catch(() => undefined);
    if (target && !target.isDirectory()) return [new Entry(name, false)];
    this.#links.add(join(path, name, '/'));
    // A link that leads nowhere may stand for either: a file that is opened, or a folder that is listed, in vain.
    return target ? [new Entry(name, true)] : [new Entry(name, false), new Entry(name, true)];
  }

  /** Whether a link has led to a folder that the way here went through already. */
  async #turnsRound(path: string): Promise<boolean> {
    if (!this.#links.has(path)) return false;
    const { dev, ino } = await stat(path, { bigint: true });
    let met = 0;
    for (let above = dirname(path); above.length + 1 >= (this.#root ?? '').length; above = dirname(above)) {
      const folder = await stat(above, { bigint: true });
      if (folder.dev === dev && folder.ino === ino) met++;
      if (above === dirname(above)) break;
    }
    // Of `*/x` the second time round may match what the first does not.
    return met > (IS_PLAIN_TREE.test(this.#pattern) ? 0 : 1);
  }
}
