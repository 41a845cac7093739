/** Waits for a source, which may never respond, only until the run ends. */
import { Readable } from 'node:stream';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { SluiceError } from '../terms/errors.js';

/**
 * Settles as the promise does, or rejects with `ABORTED` once the signal fires.
 * The promise is then ignored; so is a later rejection of it.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  throwIfAborted(signal);
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortError(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** @throws SluiceError `ABORTED` */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}

function abortError(signal: AbortSignal): SluiceError {
  return new SluiceError('ABORTED', 'read', 'the export was aborted', { cause: signal.reason });
}

/**
 * Pulls from an iterable of either kind; the iterator gets `return()` when the caller stops early, fails or aborts.
 * @param signal ends the wait for the next item, and for `return()`
 * @param closing ends the wait for the next item only
 */
export async function* pull<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
  closing?: AbortSignal,
): AsyncGenerator<T, void> {
  const ending = new AbortController();
  const either = ending.signal;
  const end = () => ending.abort(signal.reason);
  // Not `AbortSignal.any`: the signal of a run keeps a reference, and a run may have any number of inputs.
  for (const one of [signal, closing]) {
    if (one?.aborted) end();
    else one?.addEventListener('abort', end, { once: true });
  }
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const mayWait = Symbol.asyncIterator in items;
  let pending = false;
  let done = false;
  try {
    for (;;) {
      // Available items never wait, and would keep the event loop busy: no timer and no signal would run.
      if (turnIsOver()) await nextTurn();
      throwIfAborted(either);
      pending = true;
      const next = iterator.next();
      const result = await (mayWait ? untilAborted(Promise.resolve(next), either) : next);
      pending = false;
      if (result.done) {
        done = true;
        return;
      }
      yield result.value;
    }
  } finally {
    for (const one of [signal, closing]) one?.removeEventListener('abort', end);
    // Its iterator waits for pending work before it destroys the stream.
    if (!done && items instanceof Readable) items.destroy();
    // A generator that is busy with `next` runs `return` only after it, which may be never.
    const returned = done ? undefined : Promise.resolve(iterator.return?.());
    if (pending) returned?.catch(() => {});
    else if (returned) await orAborted(returned, signal);
  }
}

/** Waits for the work, or until an abort. */
async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await untilAborted(work, signal).catch((cause: unknown) => {
    if (!signal.aborted) throw cause;
  });
}
