/** Where the built console is: beside the built library. */

/** The folder with its files, also for the source of the library. */
export function consoleFolder(): URL {
  return new URL('../../dist/console/', import.meta.url);
}
