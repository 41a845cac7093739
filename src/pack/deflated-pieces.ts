/** Deflates the pieces of files before what precedes them is known; they wait in a spool. */
import { type SeekableSpool, temporarySpool } from '../temporary-files/temporary-spool.js';
import type { Deflated, DeflatedTotals, Deflating, DeflatingState } from '../terms/deflated.js';
import { firstOf } from '../terms/lent-memory.js';
import { BlockDeflater, type DeflatedBlock, type DeflateOptions } from './deflate-blocks.js';
import type { ZipPartsOptions } from './zip-parts.js';

/** Makes the port; its pieces belong into parts of a zip that have the same options. */
export function deflatedPieces(options: ZipPartsOptions, openSpool: () => SeekableSpool = temporarySpool): Deflating {
  return new DeflatedPieces(options, openSpool());
}

class DeflatedPieces implements Deflating {
  readonly #options: DeflateOptions;
  #deflater: BlockDeflater;
  readonly #spool: SeekableSpool;
  #start = 0;

  constructor(options: ZipPartsOptions, spool: SeekableSpool) {
    this.#options = { method: options.level === 0 ? 'store' : 'deflate', ...options };
    this.#deflater = new BlockDeflater(this.#options);
    this.#spool = spool;
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#store(await this.#deflater.push(bytes));
  }

  async end(): Promise<Deflated> {
    const blocks = await this.#deflater.flush(true);
    await this.#store(blocks);
    const { uncompressed, compressed, crc32 } = blocks[blocks.length - 1].state;
    const start = this.#start;
    this.#start = this.#spool.length;
    return this.pieceAt(start, { uncompressed, compressed, crc32 });
  }

  async drain(): Promise<DeflatingState> {
    await this.#store(await this.#deflater.drain());
    const { state, pending } = this.#deflater.checkpoint;
    const { window, ...totals } = state;
    return {
      start: this.#start,
      ...totals,
      window: window.toString('base64'),
      pending: pending.toString('base64'),
    };
  }

  restore({ start, window, pending, ...totals }: DeflatingState): void {
    this.#start = start;
    const from = { ...totals, window: Buffer.from(window, 'base64') };
    this.#deflater = new BlockDeflater({ ...this.#options, from });
    // Less than a block is taken in at once.
    void this.#deflater.push(Buffer.from(pending, 'base64'));
  }

  pieceAt(start: number, totals: DeflatedTotals): Deflated {
    return { totals, start, chunks: () => this.#chunks(start, totals.compressed) };
  }

  async close(): Promise<void> {
    await this.#deflater.close();
    await this.#spool.close();
  }

  async #store(blocks: readonly DeflatedBlock[]): Promise<void> {
    for (const { bytes } of blocks) await this.#spool.write(bytes);
  }

  async *#chunks(start: number, length: number): AsyncGenerator<Buffer, void> {
    let left = length;
    if (left === 0) return;
    for await (const chunk of this.#spool.chunksFrom(start)) {
      const piece = firstOf(chunk, Math.min(left, chunk.length));
      left -= piece.length;
      yield piece;
      if (left <= 0) return;
    }
  }
}
