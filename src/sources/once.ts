/** Iterables that can be read once: a second reading is an error, not an empty input. */
import { isErrored, isReadable, Readable } from 'node:stream';
import { messageOf, SluiceError } from '../terms/errors.js';
import { isWebStream } from './web-values.js';

/** Items of either kind. */
export type Items<T> = AsyncIterable<T> | Iterable<T>;

/** Opened streams and iterators, and the iterators that other iterables have returned. */
const OPENED = new WeakSet<object>();

/**
 * Refuses values that cannot be iterated over, which plain JavaScript lets through, and names that are not strings.
 * @throws SluiceError `INVALID`
 */
export function requireItems(items: unknown, what: string, name: unknown): void {
  const isIterable =
    typeof items === 'object' && items !== null && (Symbol.asyncIterator in items || Symbol.iterator in items);
  if (!isIterable)
    throw new SluiceError('INVALID', 'accept', `${what} takes a stream or an iterable`, { path: 'source' });
  if (typeof name !== 'string') throw new SluiceError('INVALID', 'accept', 'name must be a string', { path: 'name' });
}

/**
 * Whether the items can be read again. An array, or an iterable that returns a new iterator each time, can be opened
 * again; a stream, a generator and any other iterator cannot. The iterable itself is not called.
 */
export function isReopenable(items: Items<unknown>): boolean {
  return typeof items !== 'object' || !('next' in items || isStream(items));
}

/**
 * Returns the items for one iteration.
 * @throws SluiceError `ALREADY_USED`, here or when the iteration begins, for items that were opened before, read to the
 * end or locked by another reader; `READ_FAILED` for a stream that has failed or was destroyed
 */
export function opened<T>(items: Items<T>, name: string): Items<T> {
  if (typeof items === 'object' && isStream(items)) {
    takeStream(items, name);
    // A Node stream can be aborted while it is read, unlike an iterator of a web stream.
    return isWebStream(items) ? Readable.fromWeb(items, { objectMode: true, highWaterMark: 1 }) : items;
  }
  if (Symbol.asyncIterator in items) {
    return { [Symbol.asyncIterator]: () => taken(items[Symbol.asyncIterator](), name) };
  }
  return { [Symbol.iterator]: () => taken(items[Symbol.iterator](), name) };
}

function taken<Iterator extends object>(iterator: Iterator, name: string): Iterator {
  if (OPENED.has(iterator)) throw alreadyUsed(name, 'it was opened before');
  OPENED.add(iterator);
  return iterator;
}

/** Whether it is a stream of Node or of the web, or another emitter of events such as `node:readline`. */
function isStream(items: object): boolean {
  return ('on' in items && typeof items.on === 'function') || 'getReader' in items;
}

function takeStream(stream: object, name: string): void {
  taken(stream, name);
  if (ask(isErrored, stream) === true) {
    const cause = 'errored' in stream ? stream.errored : undefined;
    const reason = cause === undefined ? '' : `: ${messageOf(cause)}`;
    const message = `${name}: the stream had failed before it was read${reason}`;
    throw new SluiceError('READ_FAILED', 'read', message, { source: name, cause });
  }
  if ('locked' in stream && stream.locked === true) throw alreadyUsed(name, 'another reader has locked the stream');
  const wasRead = ask(Readable.isDisturbed, stream) === true;
  const isOver = ask(isReadable, stream) === false || ('closed' in stream && stream.closed === true);
  // An empty web stream is closed from the start.
  if (isOver && (wasRead || !('getReader' in stream))) throw alreadyUsed(name, 'it was read to its end, or destroyed');
  if (wasRead && 'readableFlowing' in stream && stream.readableFlowing === true) {
    throw alreadyUsed(name, 'another reader has begun to read it');
  }
}

/** Node accepts streams of both kinds here, which its types do not state. */
function ask(question: (stream: Readable) => boolean, stream: object): unknown {
  return Reflect.apply(question, undefined, [stream]);
}

function alreadyUsed(name: string, how: string): SluiceError {
  const message = `${name}: ${how}, and its content can be read once; pass a new stream, or a source that can be opened again`;
  return new SluiceError('ALREADY_USED', 'read', message, { source: name });
}
