/** JavaScript objects as a source: from a database, an API, or code. */
import type { Source } from './source.js';

/**
 * Reads entities that are objects already; they are written as `JSON.stringify` would write them.
 * @param iterable the entities; its iterator gets `return()` when the run ends before it does
 * @param name how errors call it
 */
export function objects(iterable: AsyncIterable<unknown> | Iterable<unknown>, name = 'the objects'): Source {
  return {
    async *inputs() {
      yield { kind: 'objects', name, objects: iterable };
    },
  };
}
