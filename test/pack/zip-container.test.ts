/** The zip around its content: zip64 where sizes need it, and what comes of a yazl that is made otherwise. */
import { Buffer } from 'node:buffer';
import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fromBuffer } from 'yauzl';
import { ZipFile } from 'yazl';
import { zipArchive, zipContainer } from '../../src/pack/zip-container.js';

const GB = 1024 ** 3;
const MB = 1024 ** 2;

/** An archive of this many megabytes of zeros, of which zlib sees only the first two: all later blocks are alike. */
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

/** What yauzl says of the only entry. */
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
  test('below 4 GiB stand in the plain form', async () => {
    const archive = zeros(3);
    const entry = await entryOf(archive);
    expect(entry).toMatchObject({ uncompressedSize: 3 * MB, crc32: crc32(Buffer.alloc(3 * MB)) });
    const content = archive.subarray(30 + 'zeros.json'.length).subarray(0, entry.compressedSize);
    expect(inflateRawSync(content).equals(Buffer.alloc(3 * MB))).toBe(true);
  });

  test('beyond 4 GiB stand in the form of zip64, in the directory and behind the content', async () => {
    const archive = zeros(4.5 * 1024);
    const entry = await entryOf(archive);
    expect(entry.uncompressedSize).toBe(4.5 * GB);
    const descriptor = archive.subarray(30 + 'zeros.json'.length + entry.compressedSize).subarray(0, 24);
    expect(descriptor.readUInt32LE(0)).toBe(0x08074b50);
    expect(descriptor.readUInt32LE(4)).toBe(entry.crc32);
    expect(descriptor.readBigUInt64LE(8)).toBe(BigInt(entry.compressedSize));
    expect(descriptor.readBigUInt64LE(16)).toBe(BigInt(4.5 * GB));
  });

  test('of an archive beyond 4 GiB need the directory to be found by zip64', () => {
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

test('an entry that begins beyond 4 GiB is found by zip64', () => {
  const archive = zipArchive(1);
  const sizes = { uncompressed: 9 * GB, compressed: 5 * GB, crc32: 1 };
  const before = archive.head('a.json').length + sizes.compressed + archive.settle(sizes).length;
  archive.head('b.json');
  archive.settle({ uncompressed: 1, compressed: 3, crc32: 2 });
  const directory = archive.end();
  const second = directory.indexOf('b.json');
  // Behind the name: the extra field of zip64 with the two sizes and the place.
  const extra = directory.subarray(second + 'b.json'.length);
  expect([extra.readUInt16LE(0), extra.readBigUInt64LE(4), extra.readBigUInt64LE(12)]).toStrictEqual([1, 1n, 3n]);
  expect(extra.readBigUInt64LE(20)).toBe(BigInt(before));
});

describe('a yazl that is made otherwise is told, not written with', () => {
  afterEach(() => vi.restoreAllMocks());
  const refused = expect.objectContaining({
    code: 'INTERNAL',
    stage: 'wrap',
    message: expect.stringContaining('yazl'),
  });

  test('one that does not ask for the content', () => {
    vi.spyOn(ZipFile.prototype, 'addReadStreamLazy').mockImplementation(() => {});
    expect(() => zipContainer({ name: 'a.json', level: 1 }).head()).toThrow(refused);
  });

  test('one that writes nothing at the end', () => {
    const container = zipContainer({ name: 'a.json', level: 1 });
    container.head();
    vi.spyOn(ZipFile.prototype, 'end').mockImplementation(() => {});
    const totals = { uncompressed: 0, compressed: 2, crc32: 0, window: Buffer.alloc(0) };
    expect(() => container.tail(totals)).toThrow(refused);
  });

  test('entries that are not taken in turn', () => {
    const totals = { uncompressed: 0, compressed: 2, crc32: 0 };
    const open = () => {
      const archive = zipArchive(1);
      archive.head('a.json');
      return archive;
    };
    expect(() => open().head('b.json')).toThrow(refused);
    expect(() => open().end()).toThrow(refused);
    const archive = open();
    archive.settle(totals);
    expect(() => archive.settle(totals)).toThrow(refused);
  });

  test('a tail before the head, or twice', () => {
    const totals = { uncompressed: 0, compressed: 2, crc32: 0, window: Buffer.alloc(0) };
    expect(() => zipContainer({ name: 'a.json', level: 1 }).tail(totals)).toThrow(refused);
    const container = zipContainer({ name: 'a.json', level: 1 });
    container.head();
    container.tail(totals);
    expect(() => container.tail(totals)).toThrow(refused);
  });
});
