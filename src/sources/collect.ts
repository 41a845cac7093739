/** Collects items of an iterable into groups of some hundreds, without waiting for more while there are some. */
import { turnEnd } from '../loop/turn.js';
import { pull } from './until-aborted.js';

/** Some items, and the failure that ended the iterable after them, if there is one. */
export interface Collected<T> {
  readonly items: readonly T[];
  readonly failure?: { readonly cause: unknown };
}

/**
 * Collects up to `size` items. Available items are returned as soon as the next one makes us wait, since that one may
 * never come: a limit may be reached already. The iterator gets `return()` when the caller stops early.
 */
export async function* collect<T>(
  source: AsyncIterable<T> | Iterable<T>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<Collected<T>, void> {
  const closing = new AbortController();
  const iterator = pull(source, signal, closing.signal);
  const mayWait = Symbol.asyncIterator in source;
  let items: T[] = [];
  try {
    for (;;) {
      const next = iterator.next();
      if (items.length === size || (mayWait && items.length > 0 && !(await settlesSoon(next)))) {
        // The caller may stop here, and then nothing handles a failure of the pending item.
        next.catch(() => {});
        yield { items };
        items = [];
      }
      const { value, done } = await next;
      if (done) break;
      items.push(value);
    }
  } catch (cause) {
    yield { items, failure: { cause } };
    return;
  } finally {
    // The next item may still be pending.
    closing.abort();
    await iterator.return();
  }
  if (items.length > 0) yield { items };
}

/** Whether the promise settles before the event loop continues with other work. */
function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, turnEnd().then(() => false)]);
}
