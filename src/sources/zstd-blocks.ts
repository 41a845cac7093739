/** The parts of Zstandard data: frames, and their blocks. */
import { SluiceError } from '../terms/errors.js';
import type { CompressedBytes } from './compressed-bytes.js';

/** The first bytes of every frame. */
export const ZSTD_MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/** First byte of the magic of a frame without data, and the three that follow it. */
const SKIPPABLE_FIRST = 0x50;
const SKIPPABLE_REST = Buffer.of(0x2a, 0x4d, 0x18);

/** Whether bytes begin as Zstandard does. */
export function isZstd(front: Buffer): boolean {
  return startsWith(front, ZSTD_MAGIC) || isSkippable(front);
}

export function isSkippable(front: Buffer): boolean {
  return startsWith(front, skippableLike(front));
}

/** The magic of a frame without data; the low half of its first byte may be anything. */
export function skippableLike([first = 0]: Buffer): Buffer {
  return Buffer.concat([Buffer.of(SKIPPABLE_FIRST | (first & 0x0f)), SKIPPABLE_REST]);
}

export function startsWith(bytes: Buffer, front: Buffer): boolean {
  return bytes.subarray(0, front.length).equals(front);
}

/** The header of a frame. */
export interface Frame {
  /** Its bytes, with the magic. */
  readonly header: Buffer;
  readonly hasChecksum: boolean;
  /** Bytes of its content, if it states them. */
  readonly contentSize?: bigint;
}

const SIZES_OF_DICTIONARY_ID = [0, 1, 2, 4];

export async function readHeader(bytes: CompressedBytes, at: number, name: string): Promise<Frame> {
  const first = await exactly(bytes, 1, at, name);
  const [descriptor] = first;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6];
  const before = (isSingle ? 0 : 1) + SIZES_OF_DICTIONARY_ID[descriptor & 3];
  const rest = await exactly(bytes, before + sizeBytes, at, name);
  const size = rest.subarray(before);
  const stated = sizeBytes === 0 ? undefined : BigInt(`0x${Buffer.from(size).reverse().toString('hex')}`);
  return {
    header: Buffer.concat([ZSTD_MAGIC, first, rest]),
    hasChecksum: (descriptor & 4) !== 0,
    // Two bytes begin after what one byte can state.
    contentSize: stated === undefined ? undefined : sizeBytes === 2 ? stated + 256n : stated,
  };
}

/** Bytes of the header of a block, and of the checksum of a frame. */
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

/** A block that repeats one byte; the type that no block has. */
const REPEATED = 1;
const RESERVED = 3;

/** The bytes of a frame, and no more. */
export async function* blocksOf(
  bytes: CompressedBytes,
  { header, hasChecksum }: Frame,
  at: number,
  name: string,
): AsyncGenerator<Buffer, void> {
  yield header;
  for (let isLast = false; !isLast; ) {
    const from = bytes.offset;
    const block = await exactly(bytes, BLOCK_HEADER_BYTES, at, name);
    const word = block.readUIntLE(0, BLOCK_HEADER_BYTES);
    const type = (word >> 1) & 3;
    if (type === RESERVED) throw corrupt(name, from, `the block that begins at byte ${from} has no known type`);
    isLast = (word & 1) === 1;
    yield Buffer.concat([block, await exactly(bytes, type === REPEATED ? 1 : word >> 3, at, name)]);
  }
  if (hasChecksum) yield await exactly(bytes, CHECKSUM_BYTES, at, name);
}

/** Takes bytes that must be there. */
export async function exactly(bytes: CompressedBytes, length: number, at: number, name: string): Promise<Buffer> {
  const taken = await bytes.take(length);
  if (taken.length < length) throw truncated(name, at);
  return taken;
}

export async function skip(bytes: CompressedBytes, length: number, at: number, name: string): Promise<void> {
  for (let left = length; left > 0; ) {
    const chunk = await bytes.next();
    if (!chunk) throw truncated(name, at);
    if (chunk.length > left) bytes.pushBack(chunk.length - left);
    left -= Math.min(left, chunk.length);
  }
}

export function corrupt(name: string, byteOffset: number, how: string, cause?: unknown): SluiceError {
  const message = `${name}: the Zstandard data is corrupt: ${how}`;
  return new SluiceError('CORRUPT_ZSTD', 'read', message, { source: name, byteOffset, cause });
}

export function truncated(name: string, byteOffset: number): SluiceError {
  const message = `${name}: the Zstandard data ends inside the frame that begins at byte ${byteOffset}`;
  return new SluiceError('TRUNCATED', 'read', message, { source: name, byteOffset });
}
