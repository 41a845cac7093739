/** Delivery: opens, writes, waits for the proof and commits; or discards and reports why. */
import { Buffer } from 'node:buffer';
import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import type { Destination } from '../../src/destinations/destination.js';
import { SluiceError } from '../../src/terms/errors.js';

interface Recorder {
  readonly destination: Destination;
  readonly calls: string[];
  written: string;
}

/** A destination that records its calls. */
function recorder({ failing }: { failing?: 'open' | 'write' | 'commit' } = {}): Recorder {
  const recorded: Recorder = {
    calls: [],
    written: '',
    destination: {
      name: 'the shelf',
      async open() {
        recorded.calls.push('open');
        if (failing === 'open') throw new SluiceError('DESTINATION_EXISTS', 'write', 'taken');
        const writable = new Writable({
          write(chunk: Buffer, _encoding, done) {
            recorded.written += chunk.toString();
            done(failing === 'write' ? Object.assign(new Error('no space'), { code: 'ENOSPC' }) : null);
          },
        });
        return {
          writable,
          async commit() {
            recorded.calls.push('commit');
            if (failing === 'commit') throw new SluiceError('DESTINATION_EXISTS', 'write', 'taken meanwhile');
          },
          async discard() {
            recorded.calls.push('discard');
          },
        };
      },
    },
  };
  return recorded;
}

const output = () => Readable.from([Buffer.from('a'), Buffer.from('b')]);

/** A proof that rejects, handled already. */
function refused(error: unknown): Promise<never> {
  const proof = Promise.reject(error);
  proof.catch(() => {});
  return proof;
}

test('commits a complete result and resolves with its proof', async () => {
  const shelf = recorder();
  expect(await deliver(output(), shelf.destination, Promise.resolve({ written: 2 }))).toStrictEqual({ written: 2 });
  expect(shelf.calls).toStrictEqual(['open', 'commit']);
  expect(shelf.written).toBe('ab');
});

test('commits nothing before the proof', async () => {
  const shelf = recorder();
  const order: string[] = [];
  let prove: () => void = () => {};
  const proof = new Promise<void>((resolve) => {
    prove = resolve;
  });
  const source = output();
  source.once('close', () => {
    order.push(`closed, with ${shelf.calls.join(' and ')}`);
    setImmediate(() => {
      order.push(`proved, with ${shelf.calls.join(' and ')}`);
      prove();
    });
  });
  await deliver(source, shelf.destination, proof);
  expect(order).toStrictEqual(['closed, with open', 'proved, with open']);
  expect(shelf.calls).toStrictEqual(['open', 'commit']);
});

describe('a run that failed', () => {
  const error = new SluiceError('INVALID_JSON', 'scan', 'line 3');

  test('is discarded with its own error when the output ended well', async () => {
    const shelf = recorder();
    await expect(deliver(output(), shelf.destination, refused(error))).rejects.toBe(error);
    expect(shelf.calls).toStrictEqual(['open', 'discard']);
  });

  test('is discarded with its own error, not with that of the destroyed stream', async () => {
    const shelf = recorder();
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('a');
        throw new Error('premature close');
      })(),
    );
    await expect(deliver(source, shelf.destination, refused(error))).rejects.toBe(error);
    expect(shelf.calls).toStrictEqual(['open', 'discard']);
  });

  test('that was aborted because the destination failed reports that failure', async () => {
    const shelf = recorder({ failing: 'write' });
    const aborted = new SluiceError('ABORTED', 'run', 'the export was aborted');
    await expect(deliver(output(), shelf.destination, refused(aborted))).rejects.toMatchObject({
      code: 'DISK_FULL',
      stage: 'write',
      path: 'the shelf',
    });
    expect(shelf.calls).toStrictEqual(['open', 'discard']);
  });

  test('that was aborted by its caller reports the abort', async () => {
    const shelf = recorder();
    const aborted = new SluiceError('ABORTED', 'run', 'the export was aborted');
    await expect(deliver(output(), shelf.destination, refused(aborted))).rejects.toBe(aborted);
  });
});

describe('a destination that fails', () => {
  test('to open: the output is released, nothing is discarded', async () => {
    const shelf = recorder({ failing: 'open' });
    const source = output();
    await expect(deliver(source, shelf.destination, Promise.resolve())).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
    });
    expect(source.destroyed).toBe(true);
    expect(shelf.calls).toStrictEqual(['open']);
  });

  test('to open: reports its error, not the abort that follows', async () => {
    const shelf = recorder({ failing: 'open' });
    const aborted = refused(new SluiceError('ABORTED', 'run', 'the export was aborted'));
    await expect(deliver(output(), shelf.destination, aborted)).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
  });

  test('to write: the system error is typed, the output is released', async () => {
    const shelf = recorder({ failing: 'write' });
    const source = output();
    await expect(deliver(source, shelf.destination, Promise.resolve())).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(source.destroyed).toBe(true);
    expect(shelf.calls).toStrictEqual(['open', 'discard']);
  });

  test('to commit: the result is discarded', async () => {
    const shelf = recorder({ failing: 'commit' });
    await expect(deliver(output(), shelf.destination, Promise.resolve())).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
      message: 'taken meanwhile',
    });
    expect(shelf.calls).toStrictEqual(['open', 'commit', 'discard']);
  });
});
