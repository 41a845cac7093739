/** Chunks that are pulled, as a Node stream. */
import { newRun } from './create-run.js';
import { GeneratorReadable } from './generator-readable.js';

/** A stream of the chunks; the iterator is told to return when the stream is destroyed. */
export function readableOf(chunks: AsyncIterable<Buffer>): GeneratorReadable {
  async function* each(): AsyncGenerator<Buffer, void> {
    yield* chunks;
  }
  return new GeneratorReadable(each, newRun(), { output: 'bytes' });
}
