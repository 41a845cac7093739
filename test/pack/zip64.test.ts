/** The zip around one file: zip64 where sizes need it. */
import { Buffer } from 'node:buffer';
import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fromBuffer } from 'yauzl';
import { zipContainer } from '../../src/pack/zip.js';

const GB = 1024 ** 3;
const MB = 1024 ** 2;

/** An archive of this many megabytes of zeros; zlib deflates only two of them, because all later blocks are equal. */
function zeros(megabytes: number): Buffer {
  const container = zipContainer({ name: 'zeros.json', level: 1 });
  const block = Buffer.alloc(MB);
  const dictionary = block.subarray(0, 32 * 1024);
  const deflated = deflateRawSync(block, { level: 1, finishFlush: constants.Z_SYNC_FLUSH, dictionary });
  const first = deflateRawSync(block, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
  const last = deflateRawSync(Buffer.alloc(0), { level: 1 });
  const content = Buffer.concat([first, ...Array(megabytes - 1).fill(deflated), last]);
  let checksum = 0;
  for (let turn = 0; turn < megabytes; turn++) checksum = crc32(block, checksum);
  const head = container.head();
  const totals = { uncompressed: megabytes * MB, compressed: content.length, crc32: checksum, window: Buffer.alloc(0) };
  return Buffer.concat([head, content, container.tail(totals)]);
}

/** The only entry, as yauzl reads it. */
function entryOf(archive: Buffer): Promise<{ uncompressedSize: number; compressedSize: number; crc32: number }> {
  return new Promise((resolve, reject) => {
    fromBuffer(archive, (error, zip) => {
      if (error) return reject(error);
      zip.on('error', reject);
      zip.on('entry', resolve);
    });
  });
}

describe('sizes', () => {
  test('below 4 GiB are written in the plain form', async () => {
    const archive = zeros(3);
    const entry = await entryOf(archive);
    expect(entry).toMatchObject({ uncompressedSize: 3 * MB, crc32: crc32(Buffer.alloc(3 * MB)) });
    const content = archive.subarray(30 + 'zeros.json'.length).subarray(0, entry.compressedSize);
    expect(inflateRawSync(content).equals(Buffer.alloc(3 * MB))).toBe(true);
  });

  test('beyond 4 GiB are written as zip64, in the directory and after the content', async () => {
    const archive = zeros(4.5 * 1024);
    const entry = await entryOf(archive);
    expect(entry.uncompressedSize).toBe(4.5 * GB);
    const descriptor = archive.subarray(30 + 'zeros.json'.length + entry.compressedSize).subarray(0, 24);
    expect(descriptor.readUInt32LE(0)).toBe(0x08074b50);
    expect(descriptor.readUInt32LE(4)).toBe(entry.crc32);
    expect(descriptor.readBigUInt64LE(8)).toBe(BigInt(entry.compressedSize));
    expect(descriptor.readBigUInt64LE(16)).toBe(BigInt(4.5 * GB));
  });

  test('beyond 4 GiB locate the directory by zip64', () => {
    const container = zipContainer({ name: 'a.json', level: 1 });
    const head = container.head();
    const compressed = 5 * GB;
    const tail = container.tail({ uncompressed: 9 * GB, compressed, crc32: 1, window: Buffer.alloc(0) });
    const locator = tail.indexOf(Buffer.from('PK\x06\x07', 'latin1'));
    const record = tail.indexOf(Buffer.from('PK\x06\x06', 'latin1'));
    expect(tail.readBigUInt64LE(locator + 8)).toBe(BigInt(head.length + compressed + record));
    expect(tail.readBigUInt64LE(record + 48)).toBe(BigInt(head.length + compressed + 24));
  });
});
