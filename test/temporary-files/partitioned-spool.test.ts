/** A spool of many parts in one temporary file. */

import type { FileHandle } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openNamelessFile } from '../../src/temporary-files/nameless-file.js';
import { PartitionedSpool, type SpoolPlace } from '../../src/temporary-files/partitioned-spool.js';
import { type SluiceError, toSluiceError } from '../../src/terms/errors.js';

describe('a spool of parts', () => {
  let spool = new PartitionedSpool();
  afterEach(() => spool.close());

  async function textOf(part: number): Promise<string> {
    const segments: Buffer[] = [];
    for await (const segment of spool.bytesOf(part)) segments.push(segment);
    return Buffer.concat(segments).toString();
  }

  it('takes any number of small pieces between two writes', async () => {
    spool = new PartitionedSpool();
    const pieces = 300_000;
    for (let index = 0; index < pieces; index++) spool.add(0, Buffer.from('a'));
    spool.add(1, Buffer.from('b'));
    await spool.settle();
    spool.add(0, Buffer.from('c'));
    expect(await textOf(0)).toBe(`${'a'.repeat(pieces)}c`);
    expect(await textOf(1)).toBe('b');
  });

  it('is full of small pieces before it holds as many bytes: each takes memory beside its own', () => {
    spool = new PartitionedSpool(new CountedPlace(), 1_000_000);
    let pieces = 0;
    for (; !spool.isFull; pieces++) spool.add(pieces, Buffer.from('a'));
    expect(pieces).toBeLessThan(10_000);
  });

  it('opens parts as spools, whose bytes are moved to the file together', async () => {
    const place = new CountedPlace();
    spool = new PartitionedSpool(place, 600);
    const [one, other] = [spool.open(), spool.open()];
    await one.write(Buffer.from('abc'));
    await other.write(Buffer.from('xyz'));
    expect(place.opened).toBe(0);
    await Promise.all([one.write(Buffer.from('defghi')), other.write(Buffer.from('0'))]);
    await one.write(Buffer.from('!'));
    expect(place.opened).toBe(1);
    expect([one.length, other.length]).toStrictEqual([10, 4]);
    expect(await stringOf(one.chunks())).toBe('abcdefghi!');
    expect(await stringOf(one.chunksFrom(4))).toBe('efghi!');
    expect(await stringOf(other.chunks())).toBe('xyz0');
  });

  it('writes nothing that is dropped', async () => {
    const place = new CountedPlace();
    spool = new PartitionedSpool(place);
    const part = spool.open();
    await part.write(Buffer.from('abc'));
    await part.close();
    expect(await spool.mark()).toMatchObject({ bytes: 0 });
    expect(place.opened).toBe(0);
  });
});

async function stringOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

/** A place that counts how often it is opened. */
class CountedPlace implements SpoolPlace {
  opened = 0;

  open(): Promise<FileHandle> {
    this.opened++;
    return openNamelessFile('serialize');
  }

  failed(cause: unknown): SluiceError {
    return toSluiceError(cause, 'INTERNAL', 'run');
  }
}
