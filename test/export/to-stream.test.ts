/** Stages that answer in pieces: in order, not faster than the reader, and abandoned at once when it leaves. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { append, type Chain, chain } from '../../src/export/chain.js';
import { newRun } from '../../src/export/create-run.js';
import { bytesOf, fuse } from '../../src/export/fuse.js';
import { toTransform } from '../../src/export/to-stream.js';
import { NOTHING, type Stage } from '../../src/terms/stage.js';

const PIECE_BYTES = 256 * 1024;

/** Answers each input and the end with this many pieces; counts the requested ones. */
function repeating(pieces: number, bytes = PIECE_BYTES) {
  const seen = { asked: 0, closed: 0 };
  let left = 0;
  let text = '';
  const next = () => {
    if (left === 0) return NOTHING;
    left--;
    seen.asked++;
    return [Buffer.alloc(bytes, text)];
  };
  const begin = (input: string) => {
    text = input;
    left = pieces;
    return next();
  };
  const stage: Stage<Buffer, Buffer> = {
    name: 'repeating',
    step: 'wrap',
    push: (input) => begin(input.toString('latin1', 0, 1)),
    more: async () => next(),
    flush: () => begin('.'),
    close: () => void seen.closed++,
  };
  return { stage, seen };
}

/** Passes its input on, and adds its size at the end. */
function marking(): Stage<Buffer, Buffer> {
  let bytes = 0;
  return {
    name: 'marking',
    step: 'wrap',
    push(input) {
      bytes += input.length;
      return [input];
    },
    flush: () => [Buffer.from(`<${bytes}>`)],
  };
}

const bytesChain = (...stages: readonly Stage<Buffer, Buffer>[]): Chain<Buffer, Buffer> =>
  stages.slice(1).reduce((all, stage) => append(all, stage), chain(stages[0]));

async function* inputs(...texts: readonly string[]): AsyncGenerator<Buffer, void> {
  for (const text of texts) yield Buffer.from(text);
}

/** The output of the fused form. */
async function fused(stages: Chain<Buffer, Buffer>, ...texts: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(fuse(inputs(...texts), stages, newRun()))) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The output of the composable form. */
function piped(stages: Chain<Buffer, Buffer>, ...texts: readonly string[]): Promise<string> {
  const transform = toTransform(stages, { input: 'bytes', output: 'bytes' });
  return buffer(Readable.from(inputs(...texts), { objectMode: true }).pipe(transform)).then(String);
}

test.each([
  ['in one pass', fused],
  ['as a stream', piped],
])('%s: every piece arrives in order, also through further stages that yield pieces', async (_form, flow) => {
  const short = (pieces: number) => repeating(pieces, 1).stage;
  expect(await flow(bytesChain(short(3)), 'a', 'b')).toBe('aaabbb...');
  expect(await flow(bytesChain(marking(), short(2), marking()), 'a', 'b')).toBe('aabb<<..<8>');
  expect(await flow(bytesChain(short(2), short(3), marking()), 'a')).toBe('aaaaaa.........<15>');
  expect(await flow(bytesChain(short(0), marking()), 'a')).toBe('<0>');
});

test('in one pass: pieces are produced on request', async () => {
  const { stage, seen } = repeating(1000);
  const items = fuse(inputs('a'), bytesChain(marking(), stage, marking()), newRun());
  for (let count = 1; count <= 5; count++) {
    await items.next();
    expect(seen.asked).toBeLessThanOrEqual(count);
  }
  await items.return();
  expect(seen).toStrictEqual({ asked: 5, closed: 1 });
});

describe('as a stream', () => {
  test.each(['an input', 'the end'])('pieces of %s wait until they are read', async (what) => {
    const { stage, seen } = repeating(100);
    const transform = toTransform(bytesChain(stage, marking()), { input: 'bytes', output: 'bytes' });
    if (what === 'an input') transform.write('a');
    transform.end();
    let read = 0;
    for await (const chunk of transform) {
      if (!Buffer.isBuffer(chunk)) throw new Error('no bytes');
      read += chunk.length;
      await new Promise(setImmediate);
      // A megabyte may be buffered, and the piece that did not fit.
      expect(seen.asked - Math.floor(read / PIECE_BYTES)).toBeLessThanOrEqual(6);
    }
    expect(read).toBeGreaterThan(100 * PIECE_BYTES);
    expect(seen).toStrictEqual({ asked: what === 'an input' ? 200 : 100, closed: 1 });
  });

  test('a slow writer gets everything', async () => {
    const { stage } = repeating(50);
    let bytes = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        setImmediate(done);
      },
    });
    await pipeline(inputs('a', 'b'), toTransform(chain(stage), { input: 'bytes', output: 'bytes' }), slow);
    expect(bytes).toBe(150 * PIECE_BYTES);
  });

  test('requests no more when it is left while pieces wait, and closes its stages', async () => {
    const { stage, seen } = repeating(100);
    const transform = toTransform(chain(stage), { input: 'bytes', output: 'bytes' });
    transform.end('a');
    await once(transform, 'readable');
    transform.destroy();
    await once(transform, 'close');
    // One request may be on its way.
    await new Promise(setImmediate);
    const { asked } = seen;
    expect(asked).toBeLessThan(10);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(seen).toStrictEqual({ asked, closed: 1 });
  });
});
