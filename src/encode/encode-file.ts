/** Entities to the bytes of one file. Here records count as written. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, entityCount } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { encodeSome, type FileEncoder, UNBOUNDED } from './file-encoder.js';
import { settleBatch } from './settle-batch.js';

/**
 * Makes the stage. Batches must have been checked (see the check stage), or trusted. A batch that ends in a fault is
 * written up to it, and `flush` throws the fault: the output then ends after a complete entity, without its tail.
 * @param continued continues after entities that an earlier stage has written
 */
export function encodeFileStage(encoder: FileEncoder, continued = false): Stage<Batch, Buffer> {
  let empty = !continued;
  let ended = false;
  let fault: SluiceError | undefined;

  return {
    name: encoder.name,
    step: 'serialize',
    async push(batch, run) {
      if (ended) return NOTHING;
      const preparing = encoder.prepare?.(batch);
      if (preparing) await preparing;
      const count = entityCount(batch);
      const out: Buffer[] = [];
      for (let from = 0; from < count; ) {
        if (turnIsOver()) await nextTurn(run);
        const encoded = encodeSome(encoder, batch, from, count, empty ? UNBOUNDED.first : UNBOUNDED.further, run);
        const { bytes, to } = encoded instanceof Promise ? await encoded : encoded;
        out.push(bytes);
        empty = false;
        from = to;
      }
      if (batch.ending) ended = true;
      if (batch.ending?.kind === 'fault') fault = batch.ending.error;
      await settleBatch(batch, run);
      return out;
    },
    flush() {
      if (fault) throw fault;
      const rest = encoder.end(empty);
      return rest.length === 0 ? NOTHING : [rest];
    },
  };
}
