/** Where the built console is: beside the built library. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder with its files, also for the source of the library. Bundlers take `new URL(…)` for a file that they copy. */
export function consoleFolder(): URL {
  return pathToFileURL(join(dirname(fileURLToPath(import.meta.url)), '../../dist/console/'));
}
