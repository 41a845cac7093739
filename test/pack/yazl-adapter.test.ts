/** The adapter of yazl: the same bytes as yazl's own, and an error as soon as yazl behaves in another way. */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { RawZip } from '../../src/pack/yazl-adapter.js';
import { someBytes } from './drive.js';

const GB = 1024 ** 3;
const TOTALS = { uncompressed: 0, compressed: 2, crc32: 0 };

test('writes the archive that the public interface of yazl writes', async () => {
  const contents = [someBytes(1000), Buffer.alloc(0), someBytes(70_000)];
  const plain = new ZipFile();
  const options = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644, compress: false };
  contents.forEach((content, index) => {
    plain.addReadStream(Readable.from([content]), `${index}.json`, options);
  });
  plain.end();
  const zip = new RawZip(0);
  const parts = contents.flatMap((content, index) => {
    const size = { uncompressed: content.length, compressed: content.length };
    return [zip.begin(`${index}.json`), content, zip.finish({ ...size, crc32: crc32(content) })];
  });
  const ours = Buffer.concat([...parts, zip.end()]);
  expect(ours.equals(await buffer(Readable.from(plain.outputStream)))).toBe(true);
});

test('locates an entry that begins beyond 4 GiB by zip64', () => {
  const zip = new RawZip(1);
  const sizes = { uncompressed: 9 * GB, compressed: 5 * GB, crc32: 1 };
  const before = zip.begin('a.json').length + sizes.compressed + zip.finish(sizes).length;
  zip.begin('b.json');
  zip.finish({ uncompressed: 1, compressed: 3, crc32: 2 });
  const directory = zip.end();
  const second = directory.indexOf('b.json');
  // After the name: the extra field of zip64 with the two sizes and the position.
  const extra = directory.subarray(second + 'b.json'.length);
  expect([extra.readUInt16LE(0), extra.readBigUInt64LE(4), extra.readBigUInt64LE(12)]).toStrictEqual([1, 1n, 3n]);
  expect(extra.readBigUInt64LE(20)).toBe(BigInt(before));
});

describe('refuses', () => {
  afterEach(() => vi.restoreAllMocks());
  const refused = expect.objectContaining({
    code: 'INTERNAL',
    stage: 'wrap',
    message: expect.stringContaining('yazl'),
  });

  test('a yazl that does not request the content', () => {
    vi.spyOn(ZipFile.prototype, 'addReadStreamLazy').mockImplementation(() => {});
    expect(() => new RawZip(1).begin('a.json')).toThrow(refused);
  });

  test('a yazl that writes nothing at the end', () => {
    const zip = new RawZip(1);
    zip.begin('a.json');
    zip.finish(TOTALS);
    vi.spyOn(ZipFile.prototype, 'end').mockImplementation(() => {});
    expect(() => zip.end()).toThrow(refused);
  });

  test('an entry that begins or an archive that ends before the entry is finished', () => {
    const open = () => {
      const zip = new RawZip(1);
      zip.begin('a.json');
      return zip;
    };
    expect(() => open().begin('b.json')).toThrow(refused);
    expect(() => open().end()).toThrow(refused);
  });

  test('an entry that is finished before it begins, or twice', () => {
    expect(() => new RawZip(1).finish(TOTALS)).toThrow(refused);
    const zip = new RawZip(1);
    zip.begin('a.json');
    zip.finish(TOTALS);
    expect(() => zip.finish(TOTALS)).toThrow(refused);
  });
});
