/** Async iterables of chunks as Node streams. */
import { newRun } from './create-run.js';
import { GeneratorReadable } from './generator-readable.js';

/** A stream of the chunks; destroying the stream calls the iterator's `return`. */
export function readableOf(chunks: AsyncIterable<Buffer>): GeneratorReadable {
  async function* each(): AsyncGenerator<Buffer, void> {
    yield* chunks;
  }
  return new GeneratorReadable(each, newRun(), { output: 'bytes' });
}
