/** Gzip input is recognised and decompressed. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import type { ByteInput } from '../../src/sources/source.js';
import { SluiceError } from '../../src/terms/errors.js';
import { decompressed } from './decompressed.js';
import { failureOf } from './outcome.js';
import { onlyInput, textOf } from './read-all.js';

const { signal } = new AbortController();
const TEXT = Array.from({ length: 5000 }, (_, index) => `{"id":"e${index * 7919}"}\n`).join('');
const PACKED = gzipSync(TEXT);

/** An input that counts its closes. */
async function inputOf(chunks: Iterable<Uint8Array>): Promise<ByteInput & { closed: number }> {
  const input = await onlyInput(bytes(chunks));
  const noting = {
    ...input,
    closed: 0,
    async close() {
      noting.closed++;
      await input.close();
    },
  };
  return noting;
}

function cut(whole: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );
}

describe('other bytes pass unchanged', () => {
  test.each<[string, Buffer]>([
    ['text', Buffer.from(TEXT)],
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['the first byte of gzip', Buffer.of(0x1f)],
    ['two other bytes', Buffer.from('ab')],
    ['the second byte of gzip alone', Buffer.of(0x8b, 0x1f)],
  ])('%s', async (_kind, whole) => {
    for (const size of [1, 3, 1_000_000]) {
      const input = await inputOf(cut(whole, size));
      const opened = await decompressed(input, signal);
      expect(await textOf(opened, 70_000)).toBe(whole.toString());
      await opened.close();
      expect(input.closed).toBe(1);
    }
  });
});

describe('gzip data', () => {
  test('decompresses in any chunks, to any buffer', async () => {
    for (const [size, read] of [
      [7, 100_000],
      [1000, 100],
      [1_000_000, 1_000_000],
    ]) {
      const input = await inputOf(cut(PACKED, size));
      const opened = await decompressed(input, signal);
      expect(opened.name).toBe('the input');
      expect((await textOf(opened, read)) === TEXT).toBe(true);
      await opened.close();
      expect(input.closed).toBe(1);
    }
  });

  test('decompresses at every level, also empty data', async () => {
    for (const level of [0, 1, 9]) {
      const opened = await decompressed(await inputOf([gzipSync(TEXT, { level })]), signal);
      expect((await textOf(opened)) === TEXT).toBe(true);
    }
    expect(await textOf(await decompressed(await inputOf([gzipSync('')]), signal))).toBe('');
  });

  test('is read piece by piece if it decompresses to a thousand times its size', async () => {
    const input = await inputOf([gzipSync(Buffer.alloc(50_000_000, 0x20), { level: 9 })]);
    const opened = await decompressed(input, signal);
    expect(await opened.read(Buffer.alloc(10))).toBe(10);
    await opened.close();
    expect(input.closed).toBe(1);
  });

  test('inside gzip stays compressed', async () => {
    const opened = await decompressed(await inputOf([gzipSync(PACKED)]), signal);
    const first = Buffer.alloc(2);
    await opened.read(first);
    expect([...first]).toStrictEqual([0x1f, 0x8b]);
    await opened.close();
  });

  test('closes the compressed input early, whatever its state', async () => {
    const never = { kind: 'bytes', name: 'stuck', ...stuckAfter(PACKED.subarray(0, 1000)) } as const;
    const opened = await decompressed(never, signal);
    await opened.read(Buffer.alloc(10));
    await opened.close();
    expect(never.state.closed).toBe(true);
  });

  test('has the name of the input in its faults', async () => {
    const corrupt = Buffer.from(PACKED);
    corrupt.fill(0xff, 20, 40);
    for (const [chunk, code] of [
      [corrupt, 'CORRUPT_GZIP'],
      [PACKED.subarray(0, -1), 'TRUNCATED'],
    ] as const) {
      const opened = await decompressed(await inputOf([chunk]), signal);
      expect(await failureOf(textOf(opened))).toMatchObject({ code, stage: 'read', source: 'the input' });
      await opened.close();
    }
  });

  test('reports a failure of reading', async () => {
    const failure = new SluiceError('PERMISSION_DENIED', 'read', 'gone');
    function* failing() {
      yield PACKED.subarray(0, 100);
      throw failure;
    }
    const opened = await decompressed(await inputOf(failing()), signal);
    expect(await failureOf(textOf(opened))).toBe(failure);
    await opened.close();
  });
});

/** Reads some bytes, then waits until it is closed. */
function stuckAfter(front: Buffer) {
  let rest = front;
  let settle: (length: number) => void = () => {};
  const state = { closed: false };
  return {
    state,
    async read(into: Buffer) {
      if (rest.length === 0)
        return new Promise<number>((resolve) => {
          settle = resolve;
        });
      const length = rest.copy(into);
      rest = rest.subarray(length);
      return length;
    },
    async close() {
      state.closed = true;
      settle(0);
    },
  };
}
