/** JavaScript objects as a source: from a database, an API, or code. */
import { isReopenable, opened, requireItems } from './once.js';
import type { Source } from './source.js';

/**
 * Reads entities that are objects already; they are written as `JSON.stringify` would write them. Streams and generators
 * can be read once: a second export of them fails with `ALREADY_USED`.
 * @param iterable the entities; its iterator gets `return()` when the run ends before it does
 * @param name of the source in errors
 * @throws SluiceError `INVALID` for a value that cannot be iterated over
 */
export function objects(iterable: AsyncIterable<unknown> | Iterable<unknown>, name = 'the objects'): Source {
  requireItems(iterable, 'objects', name);
  return {
    reopenable: isReopenable(iterable),
    async *inputs() {
      yield { kind: 'objects', name, objects: opened(iterable, name) };
    },
  };
}
