/** The cache of compiled code, with which Node 22 and later start faster. */
import { existsSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Node 20 has no such cache. */
type Caching = Pick<typeof nodeModule, 'builtinModules'> & { enableCompileCache?(folder: string): unknown };

/** Lets Node cache the compiled code of packages in a folder that exists; it skips one that it may not write. */
export function cacheCompiledCode(folder: string): void {
  const { enableCompileCache }: Caching = nodeModule;
  enableCompileCache?.(folder);
}

/**
 * The folder of the cache, which is the user's: code in a shared folder could be another user's. `NODE_COMPILE_CACHE` names
 * another one, `NODE_DISABLE_COMPILE_CACHE` turns it off. It is made if it is missing; undefined where none is wanted or
 * possible.
 */
export function cacheFolder(): string | undefined {
  const folder = wantedFolder();
  return folder !== undefined && isMade(folder) ? folder : undefined;
}

function wantedFolder(): string | undefined {
  const { XDG_CACHE_HOME: named = '', NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: isOff } = process.env;
  if (isOff || process.permission) return undefined;
  if (chosen) return resolve(chosen);
  if (isAbsolute(named)) return join(named, 'sluice');
  // Accounts of services have a home that does not exist, which is not made.
  const home = homedir();
  return existsSync(home) ? join(home, '.cache', 'sluice') : undefined;
}

/** Makes a folder and its parent. Node's recursive mkdir never ends below a folder such as `/proc`, which takes no entry. */
function isMade(folder: string): boolean {
  if (existsSync(folder)) return true;
  for (const path of [dirname(folder), folder]) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch {
      // It exists, or the next one fails as well.
    }
  }
  return existsSync(folder);
}
