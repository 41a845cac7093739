/** For tests: the complete content of a source, input by input. */
import type { ByteInput, Source } from '../../src/sources/source.js';

/** Reads an input to its end, `size` bytes at a time. */
export async function textOf(input: ByteInput, size = 1000): Promise<string> {
  const chunks: Buffer[] = [];
  const into = Buffer.alloc(size);
  for (let length = await input.read(into); length > 0; length = await input.read(into)) {
    chunks.push(Buffer.from(into.subarray(0, length)));
  }
  return Buffer.concat(chunks).toString();
}

/** Name and text of every input; each is closed before the next one is opened. */
export async function readAll(source: Source, size?: number): Promise<readonly (readonly [string, string])[]> {
  const read: (readonly [string, string])[] = [];
  for await (const input of source.inputs(new AbortController().signal)) {
    if (input.kind !== 'bytes') throw new Error(`${input.name} is not of bytes`);
    try {
      read.push([input.name, await textOf(input, size)]);
    } finally {
      await input.close();
    }
  }
  return read;
}

/** The only input of a source of bytes. */
export async function onlyInput(source: Source, signal = new AbortController().signal): Promise<ByteInput> {
  for await (const input of source.inputs(signal)) if (input.kind === 'bytes') return input;
  throw new Error('the source has no input of bytes');
}
