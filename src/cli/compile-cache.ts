/** The cache of compiled code, with which Node 22 and later start faster. */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Node 20 has no such cache. */
type Caching = Pick<typeof nodeModule, 'builtinModules'> & { enableCompileCache?(folder: string): unknown };

/**
 * Caches the compiled code of this command in a folder of the user: code in a shared folder could be another user's. Node
 * skips a folder that it may not write; `NODE_COMPILE_CACHE` names another one, `NODE_DISABLE_COMPILE_CACHE` turns it off.
 */
export function cacheCompiledCode(): void {
  const { enableCompileCache }: Caching = nodeModule;
  if (!enableCompileCache) return;
  try {
    const folder = cacheFolder();
    if (folder !== undefined) enableCompileCache(folder);
  } catch {
    // Under the permission model the folder may be out of reach, and without the cache the command only starts slower.
  }
}

function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: named = '' } = process.env;
  if (isAbsolute(named)) return join(named, 'sluice');
  // Accounts of services have a home that does not exist, which Node would create.
  const home = homedir();
  return existsSync(home) ? join(home, '.cache', 'sluice') : undefined;
}
