/** The only file of a small archive that is in memory: for so few bytes, a reader of archives costs more than all else. */
import { crc32, inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const FILE_SIGNATURE = 0x04034b50;
const [END_BYTES, ENTRY_BYTES, FILE_BYTES] = [22, 46, 30];

const STORED = 0;
const DEFLATED = 8;

/** Unpacked files up to this size are unpacked here. */
const MOST_BYTES = 64 * 1024;

/** The bytes of the file; undefined for any other, large or damaged archive, of which a reader of archives knows more. */
export function onlyFileOf(zip: Buffer): Buffer | undefined {
  const end = zip.length - END_BYTES;
  if (end < ENTRY_BYTES + FILE_BYTES || zip.readUInt32LE(end) !== END_SIGNATURE) return undefined;
  const entry = zip.readUInt32LE(end + 16);
  const isOne = zip.readUInt16LE(end + 8) === 1 && zip.readUInt16LE(end + 10) === 1;
  if (!isOne || entry > end - ENTRY_BYTES || zip.readUInt32LE(entry) !== ENTRY_SIGNATURE) return undefined;
  const method = zip.readUInt16LE(entry + 10);
  const [packed, unpacked, file] = [20, 24, 42].map((at) => zip.readUInt32LE(entry + at));
  if (unpacked > MOST_BYTES || file > entry - FILE_BYTES || zip.readUInt32LE(file) !== FILE_SIGNATURE) return undefined;
  const start = file + FILE_BYTES + zip.readUInt16LE(file + 26) + zip.readUInt16LE(file + 28);
  if (start + packed > entry) return undefined;
  const bytes = unpack(zip.subarray(start, start + packed), method, unpacked);
  const isWhole = bytes?.length === unpacked && crc32(bytes) === zip.readUInt32LE(entry + 16);
  return isWhole ? bytes : undefined;
}

function unpack(packed: Buffer, method: number, length: number): Buffer | undefined {
  if (method === STORED) return packed;
  if (method !== DEFLATED) return undefined;
  try {
    return inflateRawSync(packed, { maxOutputLength: length + 1, chunkSize: Math.max(64, length + 1) });
  } catch {
    return undefined;
  }
}
