/** Zstandard in the seekable format: independent frames, and a table of them in a frame without data at the end. */

import { defaultThreads } from '../loop/default-threads.js';
import { invalid } from '../terms/errors.js';
import { hasZstd, WITHOUT_ZSTD } from '../zstd/node-zstd.js';
import { BLOCK_BYTES, type DeflatedBlock } from './deflate-blocks.js';
import { type Container, DEFAULT_LEVEL, deflateStage, type PackOptions, type PackStage } from './deflate-stage.js';

/**
 * Makes the stage. Every frame but the last holds one block: readers decompress them in parallel, and begin at any.
 * @throws SluiceError `INVALID` where Node has no Zstandard
 */
export function zstdStage({ level = DEFAULT_LEVEL, threads = defaultThreads(), from }: PackOptions = {}): PackStage {
  if (!hasZstd()) throw invalid('wrap', WITHOUT_ZSTD, 'pack');
  const table = new SeekTable(from?.frames);
  const stage = deflateStage('zstd', table, { method: 'zstd', level, threads }, from);
  /** The last byte so far: without it a result that fails ends inside a frame, and every reader notices. */
  let held: readonly Buffer[] = [];
  return {
    name: stage.name,
    step: stage.step,
    push(chunk, run) {
      const answer = stage.push(chunk, run);
      return answer instanceof Promise ? answer.then(heldBack) : heldBack(answer);
    },
    drain: async (run) => released((await stage.drain?.(run)) ?? []),
    get checkpoint() {
      return { ...stage.checkpoint, frames: [...table.frames] };
    },
    flush: async (run) => released(await stage.flush(run)),
    close: stage.close,
  };

  function heldBack(pieces: readonly Buffer[]): readonly Buffer[] {
    const last = pieces.at(-1);
    if (!last) return pieces;
    const before = [...held, ...pieces.slice(0, -1), last.subarray(0, -1)];
    // A copy, since the byte would keep its frame in memory.
    held = [Buffer.from(last.subarray(-1))];
    return before;
  }

  function released(pieces: readonly Buffer[]): readonly Buffer[] {
    const all = [...held, ...pieces];
    held = [];
    return all;
  }
}

/** With which every frame begins. */
const MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/** Magic number of a frame without data that holds the table, and of the table at its end. */
const TABLE_FRAME_MAGIC = 0x184d2a5e;
const TABLE_MAGIC = 0x8f92eab1;

/** Bytes of the header of a frame without data, of an entry of the table, and of the end of the table. */
const HEADER_BYTES = 8;
const ENTRY_BYTES = 8;
const FOOTER_BYTES = 9;

/** The sizes of all frames, 8 bytes for each in memory. */
class SeekTable implements Container {
  /** Compressed bytes of each frame. */
  readonly frames: number[];

  constructor(before: readonly number[] = []) {
    this.frames = [...before];
  }

  /** The beginning of the first frame, so that no result is empty, whenever it fails. */
  head(): Buffer {
    return MAGIC;
  }

  bytesOf({ bytes }: DeflatedBlock): Buffer {
    if (bytes.length > 0) this.frames.push(bytes.length);
    return this.frames.length === 1 ? bytes.subarray(MAGIC.length) : bytes;
  }

  tail({ uncompressed }: { readonly uncompressed: number }): Buffer {
    const count = this.frames.length;
    const table = Buffer.allocUnsafe(HEADER_BYTES + count * ENTRY_BYTES + FOOTER_BYTES);
    let at = table.writeUInt32LE(TABLE_FRAME_MAGIC, 0);
    at = table.writeUInt32LE(table.length - HEADER_BYTES, at);
    for (const [index, compressed] of this.frames.entries()) {
      at = table.writeUInt32LE(compressed, at);
      at = table.writeUInt32LE(Math.min(BLOCK_BYTES, uncompressed - index * BLOCK_BYTES), at);
    }
    at = table.writeUInt32LE(count, at);
    // No checksums in the table: each frame has its own.
    at = table.writeUInt8(0, at);
    table.writeUInt32LE(TABLE_MAGIC, at);
    return table;
  }
}
