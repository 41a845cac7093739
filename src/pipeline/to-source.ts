/** What callers name a source by: a path, several, or a source. */
import { files } from './read/files.js';
import type { Source } from './read/source.js';

/** Answers the source; strings are paths or globs. */
export function toSource(source: Source | string | readonly string[]): Source {
  if (typeof source === 'string') return files(source);
  return 'inputs' in source ? source : files(...source);
}
