/** The memory of output is used again by destinations that say when they have taken it, and by no others. */
import { Buffer } from 'node:buffer';
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Destination } from '../../src/destinations/destination.js';
import { writable } from '../../src/destinations/writable.js';
import { bytes, exportEntities } from '../../src/index.js';
import { runs } from '../runs.js';

const PACKS = ['none', 'gzip', 'zip', 'envelope'] as const;

function chunks(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, chunk) => {
    const entity = (index: number) => ({ id: `${chunk}-${index}`, type: 'a', name: `${index}`.repeat(400 + chunk) });
    return Buffer.from(`${Array.from({ length: 50 }, (_, index) => JSON.stringify(entity(index))).join('\n')}\n`);
  });
}

/** A destination, what it has been given at the end, and the memories that came. */
function shelf(releasesBytes: boolean, copiesAfter: number): Destination & { text(): string; memories: Set<unknown> } {
  const parts: Buffer[] = [];
  const memories = new Set<unknown>();
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, callback) {
      if (chunk.length >= 16 * 1024) memories.add(chunk.buffer);
      const take = (left: number): void => {
        if (left > 0) {
          setImmediate(() => take(left - 1));
          return;
        }
        // At the last moment: earlier the memory must be untouched.
        parts.push(releasesBytes ? Buffer.from(chunk) : chunk);
        callback();
      };
      take(copiesAfter);
    },
  });
  return {
    name: 'the shelf',
    open: async () => ({
      writable: stream,
      releasesBytes: releasesBytes ? stream : undefined,
      commit: async () => {},
      discard: async () => {},
    }),
    text: () => Buffer.concat(parts).toString('latin1'),
    memories,
  };
}

test('the bytes are the same wherever they go, however long it takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PACKS),
      fc.constantFrom('ndjson', 'json', 'array'),
      fc.boolean(),
      fc.integer({ min: 0, max: 4 }),
      async (pack, format, releases, delay) => {
        const source = () => bytes(chunks(6));
        const options = { pack, format, id: 'same', level: pack === 'envelope' ? 0 : 1, now: 0 } as const;
        const expected = await exportEntities({ ...options, source: source() }).toBuffer();
        const destination = shelf(releases, delay);
        const { output } = await exportEntities({ ...options, source: source() }).to(destination);
        expect(destination.text()).toBe(expected.toString('latin1'));
        expect(output.bytes).toBe(expected.length);
      },
    ),
    runs(40),
  );
});

test.each(['none', 'envelope'] as const)(
  'pack %s: few memories carry all bytes where they are released',
  async (pack) => {
    const many = chunks(40);
    const run = async (releases: boolean) => {
      const destination = shelf(releases, 1);
      await exportEntities({ source: bytes(many), format: 'ndjson', pack }).to(destination);
      return destination.memories.size;
    };
    const [released, kept] = [await run(true), await run(false)];
    expect(released).toBeLessThanOrEqual(4);
    if (pack === 'none') expect(kept).toBeGreaterThanOrEqual(40);
  },
);

test('streams of which it is unknown what they do with bytes do not release them', async () => {
  const releases = async (stream: Writable) => (await writable(stream).open()).releasesBytes === stream;
  const patched = new Socket();
  patched.write = () => true;
  class OwnSocket extends Socket {}
  const { IncomingMessage } = await import('node:http');
  expect(await releases(new PassThrough())).toBe(false);
  expect(await releases(new Writable())).toBe(false);
  expect(await releases(patched)).toBe(false);
  expect(await releases(new OwnSocket())).toBe(false);
  const patchedLater = new Socket();
  expect(await releases(patchedLater)).toBe(true);
  patchedLater.write = () => true;
  expect(await releases(patchedLater)).toBe(false);
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  expect(await releases(response)).toBe(false);
  response.assignSocket(new Socket());
  expect(await releases(response)).toBe(true);
});
