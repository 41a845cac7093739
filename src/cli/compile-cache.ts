/** The cache of compiled code, with which Node 22 and later start faster. */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Node 20 has no such cache. */
type Caching = Pick<typeof nodeModule, 'builtinModules'> & { enableCompileCache?(folder: string): unknown };

/** Lets Node cache the compiled code of packages in a folder; it skips one that it may not write. */
export function cacheCompiledCode(folder: string): void {
  const { enableCompileCache }: Caching = nodeModule;
  enableCompileCache?.(folder);
}

/**
 * The folder of the cache, which is the user's: code in a shared folder could be another user's. `NODE_COMPILE_CACHE` names
 * another one, `NODE_DISABLE_COMPILE_CACHE` turns it off; undefined where none is wanted or possible.
 */
export function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: named = '', NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: isOff } = process.env;
  if (isOff || process.permission) return undefined;
  if (chosen) return resolve(chosen);
  if (isAbsolute(named)) return join(named, 'sluice');
  // Accounts of services have a home that does not exist, which Node would create.
  const home = homedir();
  return existsSync(home) ? join(home, '.cache', 'sluice') : undefined;
}
