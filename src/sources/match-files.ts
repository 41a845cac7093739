/** Finds all files that a glob matches, or the reason why they cannot be known. */
import { readdir as readdirByCallback } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { nextTurn, turnIsOver } from '../loop/turn.js';
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
  const matches: string[] = [];
  const run = async (part?: Part) => {
    const found = await glob(pattern, {
      expandDirectories: false,
      followSymbolicLinks: false,
      absolute: isAbsolute(pattern),
      fs: { readdir: walk.readdir(part) },
    });
    for (const name of found) matches.push(name);
  };
  await run();
  for (const part of walk.parts()) {
    if (turnIsOver()) await nextTurn();
    await run(part);
  }
  walk.throwFailure();
  return sortedByName(matches, (name) => name, order);
}

/** Entries of a folder that the library matches at once; more would hold the event loop for too long. */
const MOST_ENTRIES = 1024;

/** Folders that are open at the same time. */
const MOST_OPEN = 32;

/** Some entries of a large folder, which the library matches by themselves. */
interface Part {
  readonly folder: string;
  readonly entries: readonly Entry[];
}

/** Lists folders for one glob. The library skips what it cannot list; this class remembers it. */
class Walk {
  readonly #pattern: string;
  readonly #hidden: boolean;
  /** Folders reached by a link, by the library's names. */
  readonly #links = new Set<string>();
  readonly #failures = new Map<string, unknown>();
  #root: string | undefined;
  /** Large folders, which are matched part by part. */
  readonly #large: Part[] = [];
  #open = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#hidden = NAMES_HIDDEN.test(pattern);
  }

  /**
   * Node's `readdir`, as the library calls it.
   * @param part of a folder, of which alone it is told; absent: it is told of all folders, but of large ones nothing
   */
  readdir(part?: Part): typeof readdirByCallback {
    return new Proxy(readdirByCallback, {
      apply: (_target, _self, [path, , callback]: [string, unknown, AnswerEntries]) => {
        this.#tell(path, part).then((entries) => callback(null, entries), callback);
      },
    });
  }

  /** The parts of large folders, also of those that are found in other parts. */
  *parts(): Generator<Part, void> {
    for (let large = this.#large.shift(); large; large = this.#large.shift()) {
      const { folder, entries } = large;
      for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
        yield { folder, entries: entries.slice(from, from + MOST_ENTRIES) };
      }
    }
  }

  async #tell(path: string, part: Part | undefined): Promise<readonly Entry[]> {
    if (part && withSlash(path) === withSlash(part.folder)) return part.entries;
    if (part && withSlash(part.folder).startsWith(withSlash(path))) {
      const [next] = part.folder.slice(withSlash(path).length).split('/');
      return [new Entry(next, true)];
    }
    const entries = await this.#list(path);
    if (entries.length <= MOST_ENTRIES) return entries;
    this.#large.push({ folder: path, entries });
    return [];
  }

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
      await this.#opening();
      return await this.#entriesOf(path).finally(() => this.#closed());
    } catch (cause) {
      // If the fixed part of a glob does not exist, nothing matches, and that is reported.
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '');
      if (!(isRoot && isMissing)) this.#failures.set(path, cause);
      return [];
    }
  }

  async #entriesOf(path: string): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for await (const entry of await opendir(path, { bufferSize: MOST_ENTRIES })) {
      if (turnIsOver()) await nextTurn();
      const { name } = entry;
      if (OWN.test(name) || (name.startsWith('.') && !this.#hidden)) continue;
      if (entry.isSymbolicLink()) entries.push(...(await this.#follow(path, name)));
      else entries.push(new Entry(name, entry.isDirectory()));
    }
    return entries;
  }

  /** Waits until another folder may be open: the library asks for all at once. */
  async #opening(): Promise<void> {
    if (this.#open >= MOST_OPEN) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#open++;
  }

  #closed(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#open--;
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

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
