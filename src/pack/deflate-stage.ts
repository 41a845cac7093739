/** The common part of zip, gzip and Zstandard: a head, the content in blocks, a tail. */

import { defaultThreads } from '../loop/default-threads.js';
import type { Deflater } from '../terms/deflater.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import {
  BlockDeflater,
  type DeflateCheckpoint,
  type DeflatedBlock,
  type DeflateOptions,
  type DeflateState,
} from './deflate-blocks.js';
import { defaultDeflater } from './deflate-engine.js';

/**
 * The default deflate level. On the generated catalog, level 1 packs to 20 % of the size, level 6 to 16 % in two and a half
 * times the time (bench/RESULTS.md).
 */
export const DEFAULT_LEVEL = 1;

/** How the content is packed. */
export interface PackOptions {
  /** Deflate level, 0 (stored) to 9, or that of Zstandard, 1 to 22. */
  readonly level?: number;
  /** Default: sluice, at its levels where the machine can run it, else zlib. */
  readonly deflater?: Deflater;
  /** Blocks deflated in parallel, from 1; default: by the number of cores. */
  readonly threads?: number;
  /** The state of an earlier stage of the same options; default: the beginning. */
  readonly from?: DeflateCheckpoint;
}

/** The options of deflating, with their defaults. */
export function deflateOptions(options: Omit<PackOptions, 'from'>): Required<Omit<DeflateOptions, 'from' | 'method'>> {
  const { level = DEFAULT_LEVEL, deflater = defaultDeflater(level) } = options;
  return { level, deflater, threads: options.threads ?? defaultThreads() };
}

/** A stage that packs, and the state that checkpoints take from it. */
export interface PackStage extends Stage<Buffer, Buffer> {
  /** To be read after `drain`. */
  readonly checkpoint: DeflateCheckpoint;
}

/** The bytes around the content. */
export interface Container {
  /** Bytes before the content; called once. */
  head(): Buffer;
  /** The bytes of a block; absent: unchanged. Called for each, in order. */
  bytesOf?(block: DeflatedBlock): Buffer;
  /** Bytes after it; called once. */
  tail(totals: DeflateState): Buffer;
}

/**
 * Makes the stage of a container.
 * @param from the state of an earlier stage, whose output continues here
 */
export function deflateStage(
  name: string,
  container: Container,
  options: Omit<DeflateOptions, 'from'>,
  from?: DeflateCheckpoint,
): PackStage {
  const deflater = new BlockDeflater({ ...options, from: from?.state });
  let started = false;
  if (from) {
    // The head is out already; the container only has to count it. Less than a block is taken in at once.
    begin();
    void deflater.push(from.pending);
  }
  return {
    name,
    step: 'wrap',
    push(chunk) {
      const head = begin();
      const answer = deflater.push(chunk);
      return answer instanceof Promise
        ? answer.then((blocks) => [...head, ...bytesOf(blocks)])
        : [...head, ...bytesOf(answer)];
    },
    async drain() {
      const head = begin();
      return [...head, ...bytesOf(await deflater.drain())];
    },
    get checkpoint() {
      return deflater.checkpoint;
    },
    async flush() {
      const head = begin();
      const blocks = await deflater.flush();
      return [...head, ...bytesOf(blocks), ...blocks.slice(-1).map(({ state }) => container.tail(state))];
    },
    close: () => deflater.close(),
  };

  function begin(): readonly Buffer[] {
    if (started) return NOTHING;
    started = true;
    return [container.head()];
  }

  function bytesOf(blocks: readonly DeflatedBlock[]): readonly Buffer[] {
    return blocks.map((block) => container.bytesOf?.(block) ?? block.bytes).filter((bytes) => bytes.length > 0);
  }
}
