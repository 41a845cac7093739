/** Decompresses Zstandard frame by frame. */
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defaultThreads } from '../loop/default-threads.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { createZstdDecompress, WITHOUT_ZSTD, ZSTD_DECOMPRESS, zstdCall } from '../zstd/node-zstd.js';
import { CompressedBytes } from './compressed-bytes.js';
import {
  blocksOf,
  corrupt,
  exactly,
  type Frame,
  isSkippable,
  readHeader,
  skip,
  skippableLike,
  startsWith,
  truncated,
  ZSTD_MAGIC,
} from './zstd-blocks.js';

/** Bytes per chunk of an engine's output. */
const PIECE_BYTES = 64 * 1024;

/** Content of the largest frame that is decompressed as a whole, beside others. */
const WHOLE_BYTES = 4 * 1024 * 1024;

/** Frames that are decompressed at the same time; at most three, as each holds its content. */
export const FRAMES_AT_ONCE = Math.min(3, defaultThreads());

/** How frames are decompressed. */
export interface FrameOptions {
  /** Frames in parallel; more than 1 only where all bytes are there already, as in files. Default: 1. */
  readonly atOnce?: number;
  /** Is told where the frame begins whose content follows. */
  readonly onFrame?: (at: number) => void;
}

/**
 * Decompresses all frames. Where a frame ends is read from its blocks: the streams of Node's zlib end quietly after a
 * truncated frame, or after the first of several, depending on the version.
 * @param name of the input, for errors
 * @throws SluiceError `CORRUPT_ZSTD`, `TRUNCATED`, with the offset among the compressed bytes; errors of reading
 */
export async function* decompressFrames(
  bytes: CompressedBytes,
  name: string,
  { atOnce = 1, onFrame }: FrameOptions = {},
): AsyncGenerator<Buffer, void> {
  const flights: Flight[] = [];
  const landed = async function* (most: number): AsyncGenerator<Buffer, void> {
    for (let oldest = flights[0]; oldest && flights.length > most; oldest = flights[0]) {
      const content = await oldest.content;
      flights.shift();
      onFrame?.(oldest.at);
      yield content;
    }
  };
  try {
    for (;;) {
      let frame: OpenedFrame | undefined;
      try {
        frame = await nextFrame(bytes, name, atOnce > 1);
      } catch (cause) {
        yield* landed(0);
        throw cause;
      }
      if (frame?.whole) {
        flights.push({ at: frame.at, content: contentOf(frame.whole, frame.at, name) });
        yield* landed(atOnce - 1);
        continue;
      }
      yield* landed(0);
      if (!frame) return;
      onFrame?.(frame.at);
      yield* decompressFrame(frame, name);
    }
  } finally {
    await Promise.allSettled(flights.map(({ content }) => content));
  }
}

/** The content of frames that are complete, in chunks of any size. */
export async function* zstdContent(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const bytes = new CompressedBytes(async (into) => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done) return 0;
      rest = next.value;
    }
    const length = rest.copy(into);
    rest = rest.subarray(length);
    return length;
  });
  try {
    yield* decompressFrames(bytes, 'the stored bytes');
  } finally {
    await iterator.return?.();
  }
}

/** A frame that is decompressed in the pool. */
interface Flight {
  readonly at: number;
  readonly content: Promise<Buffer>;
}

/** A frame whose header was read. */
interface OpenedFrame extends Frame {
  readonly at: number;
  readonly parts: AsyncIterable<Buffer>;
  /** All its bytes, and the size of its content, if it is small. */
  readonly whole?: { readonly bytes: Buffer; readonly size: number };
}

/**
 * The next frame with data.
 * @param gathers whether all bytes of a small one are read
 */
async function nextFrame(bytes: CompressedBytes, name: string, gathers: boolean): Promise<OpenedFrame | undefined> {
  for (;;) {
    const at = bytes.offset;
    const magic = await bytes.take(ZSTD_MAGIC.length);
    if (magic.length === 0) return undefined;
    if (magic.equals(ZSTD_MAGIC)) {
      const frame = await readHeader(bytes, at, name);
      const parts = blocksOf(bytes, frame, at, name);
      return gathers ? gathered({ ...frame, at, parts }) : { ...frame, at, parts };
    }
    if (!isSkippable(magic)) {
      const isCut =
        magic.length < ZSTD_MAGIC.length &&
        [ZSTD_MAGIC, skippableLike(magic)].some((whole) => startsWith(whole, magic));
      throw isCut ? truncated(name, at) : corrupt(name, at, `byte ${at} does not begin another frame`);
    }
    const size = await exactly(bytes, 4, at, name);
    await skip(bytes, size.readUInt32LE(), at, name);
  }
}

/** The frame with all its bytes, if it states that its content is small, and has not many more bytes than that. */
async function gathered(frame: OpenedFrame): Promise<OpenedFrame> {
  const { contentSize } = frame;
  if (contentSize === undefined || contentSize > WHOLE_BYTES) return frame;
  const size = Number(contentSize);
  const parts: Buffer[] = [];
  const rest = frame.parts[Symbol.asyncIterator]();
  for (let length = 0; length <= size + PIECE_BYTES; ) {
    const next = await rest.next();
    if (next.done) return { ...frame, whole: { bytes: Buffer.concat(parts), size } };
    parts.push(next.value);
    length += next.value.length;
  }
  return { ...frame, parts: following(parts, rest) };
}

async function* following(parts: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  yield* parts;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The content of a frame, made in the pool; awaited in its turn. */
function contentOf({ bytes, size }: NonNullable<OpenedFrame['whole']>, at: number, name: string): Promise<Buffer> {
  const options = { chunkSize: Math.max(PIECE_BYTES, size), maxOutputLength: Math.max(1, size) };
  const content = zstdCall(ZSTD_DECOMPRESS, bytes, options).then(
    (made) => {
      if (made.length === size) return made;
      throw wrongSize(name, at, made.length, size);
    },
    (cause: unknown) => {
      throw damaged(name, at, cause);
    },
  );
  content.catch(() => {});
  return content;
}

function createEngine(): Transform {
  const engine = createZstdDecompress({ chunkSize: PIECE_BYTES });
  if (engine instanceof Transform) return engine;
  throw new SluiceError('UNSUPPORTED_INPUT', 'read', WITHOUT_ZSTD);
}

/** Decompresses a frame piece by piece. */
async function* decompressFrame({ at, contentSize, parts }: OpenedFrame, name: string): AsyncGenerator<Buffer, void> {
  const engine = createEngine();
  // Reading from the engine gives the same failure.
  const feeding = pipeline(Readable.from(parts, { objectMode: false }), engine).catch(() => {});
  let size = 0n;
  try {
    for await (const piece of engine) {
      size += BigInt(piece.length);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw damaged(name, at, cause);
  } finally {
    await feeding;
  }
  if (contentSize !== undefined && contentSize !== size) throw wrongSize(name, at, size, contentSize);
}

function damaged(name: string, at: number, cause: unknown): SluiceError {
  return corrupt(name, at, `${messageOf(cause)}, in the frame that begins at byte ${at}`, cause);
}

function wrongSize(name: string, at: number, size: number | bigint, stated: number | bigint): SluiceError {
  return corrupt(name, at, `the frame that begins at byte ${at} holds ${size} bytes, not ${stated} as it states`);
}
