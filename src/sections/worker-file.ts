/** Where the program of a thread is: a file of its own, since a thread loads many small modules slowly. */

/** The address of the file, in a form that bundlers recognise. */
export function workerFile(): URL {
  return new URL('./worker.cjs', import.meta.url);
}
