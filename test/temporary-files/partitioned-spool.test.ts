/** A spool of many parts in one temporary file. */
import { afterEach, describe, expect, it } from 'vitest';
import { PartitionedSpool } from '../../src/temporary-files/partitioned-spool.js';

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
});
