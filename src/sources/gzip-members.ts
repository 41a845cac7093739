/** Decompresses gzip data member by member: bytes between two of them are padding with zeros, or a fault. */
import { crc32, createGunzip, createInflateRaw, type Gunzip, type InflateRaw, inflateRawSync } from 'node:zlib';
import { asError } from '../terms/any-error.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import type { CompressedBytes } from './compressed-bytes.js';

/** The first bytes of every gzip member. */
const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);

/** Whether bytes begin as gzip does. */
export function isGzip(front: Buffer): boolean {
  return front.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

const DEFLATE = 8;

/** Flags of a member's header: a checksum of it, extra data, a name, a comment; the other bits must be 0. */
const HEADER_CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;

/**
 * Number of members that are decompressed one by one, so that a fault after one is reported with its place. Creating an
 * engine costs more than zlib needs for a small member: in a file of many, zlib itself continues with those that follow.
 */
const MEMBERS_ONE_BY_ONE = 64;

/** Bytes per chunk of an engine's output. */
const PIECE_BYTES = 64 * 1024;

/** Bytes of the smallest chunk, and how much larger text is than the data. */
const LEAST_PIECE_BYTES = 1024;
const USUAL_RATIO = 5;

/** Bytes that are inflated at once: they take some milliseconds. */
const MOST_AT_ONCE = 1024 * 1024;

/**
 * Inflates all members.
 * @param name of the input, for errors
 * @throws SluiceError `CORRUPT_GZIP`, `TRUNCATED`, with the offset among the compressed bytes; errors of reading
 */
export async function* inflateMembers(bytes: CompressedBytes, name: string): AsyncGenerator<Buffer, void> {
  for (let members = 0; ; members++) {
    if (members > 0) await bytes.skipZeros();
    const at = bytes.offset;
    const magic = await bytes.take(GZIP_MAGIC.length);
    if (magic.length === 0) return;
    if (!magic.equals(GZIP_MAGIC.subarray(0, magic.length))) {
      throw corrupt(name, at, `byte ${at} begins neither another member nor padding`);
    }
    if (magic.length < GZIP_MAGIC.length) throw truncated(name, at);
    if (members < MEMBERS_ONE_BY_ONE) yield* inflateMember(bytes, at, name);
    else yield* inflated(createGunzip({ chunkSize: PIECE_BYTES }), bytes, at, name, magic);
  }
}

/** Decompresses one member, after its first two bytes. */
async function* inflateMember(bytes: CompressedBytes, at: number, name: string): AsyncGenerator<Buffer, void> {
  await readHeader(bytes, at, name);
  let checksum = 0;
  let size = 0;
  const whole = await bytes.whole();
  const atOnce = whole && inflatedAtOnce(whole);
  if (atOnce) bytes.skip(atOnce.used);
  const pieces = atOnce ? [atOnce.text] : inflated(createInflateRaw({ chunkSize: PIECE_BYTES }), bytes, at, name);
  for await (const piece of pieces) {
    checksum = crc32(piece, checksum);
    size += piece.length;
    yield piece;
  }
  const trailerAt = bytes.offset;
  const trailer = await bytes.take(8);
  if (trailer.length < 8) throw truncated(name, at);
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== size % 2 ** 32) {
    throw corrupt(
      name,
      trailerAt,
      `the checksum at byte ${trailerAt} does not match the member that begins at byte ${at}`,
    );
  }
}

/**
 * Inflates a small member without an engine that works beside, which costs many times as much. Undefined for one that is
 * large, cut off or faulty.
 */
function inflatedAtOnce(data: Buffer): { readonly text: Buffer; readonly used: number } | undefined {
  try {
    const chunkSize = Math.max(LEAST_PIECE_BYTES, Math.min(PIECE_BYTES, USUAL_RATIO * data.length));
    const result: unknown = inflateRawSync(data, { info: true, chunkSize, maxOutputLength: MOST_AT_ONCE });
    return isInflated(result) ? { text: result.buffer, used: result.engine.bytesWritten } : undefined;
  } catch {
    // The engine reports what is wrong, and where.
    return undefined;
  }
}

/** What zlib returns with `info`. */
function isInflated(result: unknown): result is { readonly buffer: Buffer; readonly engine: InflateRaw } {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result;
}

async function readHeader(bytes: CompressedBytes, at: number, name: string): Promise<void> {
  let checksum = crc32(GZIP_MAGIC);
  const take = async (length: number): Promise<Buffer> => {
    const taken = await bytes.take(length);
    if (taken.length < length) throw truncated(name, at);
    checksum = crc32(taken, checksum);
    return taken;
  };
  const [method, flags] = await take(8);
  if (method !== DEFLATE || (flags & RESERVED) !== 0) throw corruptHeader(name, at);
  if (flags & EXTRA) for (let left = (await take(2)).readUInt16LE(); left > 0; left--) await take(1);
  for (const text of [NAME, COMMENT]) {
    // Both end with a zero, and have any length.
    if (flags & text) while ((await take(1))[0] !== 0);
  }
  const computed = checksum & 0xffff;
  if (flags & HEADER_CHECKSUM && (await take(2)).readUInt16LE() !== computed) throw corruptHeader(name, at);
}

/**
 * Feeds an engine until the end of its data, and pushes back the bytes that it did not use.
 * @param at offset of the start of the data
 * @param first bytes before those to come
 */
async function* inflated(
  engine: InflateRaw | Gunzip,
  bytes: CompressedBytes,
  at: number,
  name: string,
  first: Buffer = Buffer.alloc(0),
): AsyncGenerator<Buffer, void> {
  let fed = 0;
  let after = bytes.offset;
  const write = (chunk: Buffer): void => {
    after = bytes.offset - chunk.length;
    fed += chunk.length;
    engine.write(chunk, (error) => {
      // The bytes that an engine leaves come after the end of its data.
      if (!error && engine.bytesWritten === fed) feed();
    });
  };
  const feed = (): void => {
    bytes.next().then(
      (chunk) => (chunk ? write(chunk) : engine.end()),
      (cause: unknown) => engine.destroy(asError(cause)),
    );
  };
  // The iteration reports the error; a later one only must not be uncaught.
  engine.on('error', () => {});
  if (first.length > 0) write(first);
  else feed();
  try {
    for await (const piece of engine) yield piece;
  } catch (cause) {
    const code = systemCode(cause);
    if (!code?.startsWith('Z_')) throw cause;
    if (code === 'Z_BUF_ERROR') throw truncated(name, at, cause);
    const from = Math.max(at, after);
    throw corrupt(name, from, `${messageOf(cause)}, between byte ${from} and byte ${bytes.offset}`, cause);
  }
  bytes.pushBack(fed - engine.bytesWritten);
}

function corruptHeader(name: string, at: number): SluiceError {
  return corrupt(name, at, `the header of the member that begins at byte ${at} is damaged`);
}

function corrupt(name: string, byteOffset: number, how: string, cause?: unknown): SluiceError {
  const message = `${name}: the gzip data is corrupt: ${how}`;
  return new SluiceError('CORRUPT_GZIP', 'read', message, { source: name, byteOffset, cause });
}

function truncated(name: string, byteOffset: number, cause?: unknown): SluiceError {
  const message = `${name}: the gzip data ends inside the member that begins at byte ${byteOffset}`;
  return new SluiceError('TRUNCATED', 'read', message, { source: name, byteOffset, cause });
}
