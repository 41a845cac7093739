/** Entities to the bytes of one file. Here records are counted as written. */
import { type Batch, entityCount } from '../../terms/batch.js';
import type { SluiceError } from '../../terms/errors.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { type FileEncoder, UNBOUNDED } from './file-encoder.js';
import { settleBatch } from './settle-batch.js';

/**
 * Makes the stage. Batches must have been checked (see the check stage), or trusted. A batch that ends in a fault is
 * written up to it, and `flush` throws the fault: what was emitted then ends behind a whole entity, without its tail.
 * @param continued goes on behind entities that were written before, as if by this stage
 */
export function encodeFileStage(encoder: FileEncoder, continued = false): Stage<Batch, Buffer> {
  let empty = !continued;
  let ended = false;
  let fault: SluiceError | undefined;

  return {
    name: encoder.name,
    step: 'serialize',
    push(batch) {
      if (ended) return NOTHING;
      const written = entityCount(batch);
      const place = empty ? UNBOUNDED.first : UNBOUNDED.further;
      const out = written === 0 ? NOTHING : [encoder.encode(batch, 0, written, place).bytes];
      if (written > 0) empty = false;
      if (batch.ending) ended = true;
      if (batch.ending?.kind === 'fault') fault = batch.ending.error;
      const settled = settleBatch(batch);
      return settled ? settled.then(() => out) : out;
    },
    flush() {
      if (fault) throw fault;
      const rest = encoder.end(empty);
      return rest.length === 0 ? NOTHING : [rest];
    },
  };
}
