/** Iterables that give their items once: what was opened, or read by somebody else, is an error and no empty input. */
import { isErrored, isReadable, Readable } from 'node:stream';
import { messageOf, SluiceError } from '../terms/errors.js';

/** Items of either kind. */
export type Items<T> = AsyncIterable<T> | Iterable<T>;

/** What was opened: streams and iterators themselves, and the iterators that other iterables have answered. */
const OPENED = new WeakSet<object>();

/**
 * Refuses what cannot be iterated over, as plain JavaScript lets through, and a name that is none.
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
 * Whether the items come again when they are asked for again. An array, or an iterable that answers a new iterator each
 * time, can be opened again; a stream, a generator and any other iterator cannot. The iterable is not asked.
 */
export function isReopenable(items: Items<unknown>): boolean {
  return typeof items !== 'object' || !('next' in items || isStream(items));
}

/**
 * The items, to be iterated over once.
 * @throws SluiceError `ALREADY_USED`, here or when the iteration begins, for what was opened before, was read to its end
 * or is read elsewhere; `READ_FAILED` for a stream that has failed or was destroyed
 */
export function opened<T>(items: Items<T>, name: string): Items<T> {
  if (typeof items === 'object' && isStream(items)) {
    takeStream(items, name);
    // It can be given up while it is being read, which no iterator of a web stream can.
    return items instanceof ReadableStream ? Readable.fromWeb(items, { objectMode: true, highWaterMark: 1 }) : items;
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

/** A stream of Node or of the web, or what else tells events while it is read, such as lines of `node:readline`. */
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
  // A web stream without content is over from the start.
  if (isOver && (wasRead || !('getReader' in stream))) throw alreadyUsed(name, 'it was read to its end, or destroyed');
  if (wasRead && 'readableFlowing' in stream && stream.readableFlowing === true) {
    throw alreadyUsed(name, 'another reader has begun to read it');
  }
}

/** Node takes streams of both kinds here, which its types do not say. */
function ask(question: (stream: Readable) => boolean, stream: object): unknown {
  return Reflect.apply(question, undefined, [stream]);
}

function alreadyUsed(name: string, how: string): SluiceError {
  const message = `${name}: ${how}, and gives its content once; hand over a new one, or what can be opened again`;
  return new SluiceError('ALREADY_USED', 'read', message, { source: name });
}
