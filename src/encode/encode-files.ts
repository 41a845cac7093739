/** Entities to the bytes of several files, one after the other. Here records count as written. */
import { type Batch, entityCount } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage, type StageOutput } from '../terms/stage.js';
import { type Encoded, encodeSome, type FileEncoder } from './file-encoder.js';
import { settleBatch } from './settle-batch.js';

/** When a file ends; an absent limit does not apply. */
export interface FileLimits {
  readonly maxRecords?: number;
  /** Bytes of the file, including head and tail. A larger record has a separate file. */
  readonly maxBytes?: number;
}

/** What a file holds so far. */
export interface FileSoFar {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Makes the stage. A file ends when one more record would exceed a limit, and not before; so the end of a file, except of
 * the last, means that another one follows. Without records there is one empty, valid file. Faults are handled as by the
 * stage of one file.
 * @param from where an earlier stage of the same limits has stopped
 */
export function encodeFilesStage(
  encoder: FileEncoder,
  limits: FileLimits,
  from: FileSoFar = { records: 0, bytes: 0 },
): Stage<Batch, FilePiece> {
  const { maxRecords = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = limits;
  let { records, bytes } = from;
  let batch: Batch | undefined;
  let position = 0;
  let ended = false;
  let fault: SluiceError | undefined;

  return {
    name: encoder.name,
    step: 'serialize',
    push(next, run) {
      if (ended) return NOTHING;
      batch = next;
      position = 0;
      const preparing = encoder.prepare?.(next);
      return preparing ? preparing.then(() => piece(run)) : piece(run);
    },
    more: piece,
    flush() {
      batch = undefined;
      if (fault) throw fault;
      return end();
    },
  };

  /** One piece of the batch; its memory is reused for the next. */
  function piece(run: Run): StageOutput<FilePiece> {
    if (!batch) return NOTHING;
    const count = entityCount(batch);
    if (position === count) return settled(batch, run);
    if (records >= maxRecords) return end();
    const first = records === 0;
    const to = Math.min(count, position + maxRecords - records);
    const encoded = encodeSome(encoder, batch, position, to, { first, room: maxBytes - bytes }, run);
    return encoded instanceof Promise ? encoded.then((one) => taken(one, run)) : taken(encoded, run);
  }

  /** Takes what was encoded, unless it does not fit. */
  function taken(encoded: Encoded, run: Run): StageOutput<FilePiece> {
    if (!batch) return NOTHING;
    if (encoded.to === position) {
      if (records > 0) return end();
      const place = { first: true, room: Number.POSITIVE_INFINITY };
      const whole = encodeSome(encoder, batch, position, position + 1, place, run);
      return whole instanceof Promise ? whole.then(counted) : counted(whole);
    }
    return counted(encoded);
  }

  function counted(encoded: Encoded): readonly FilePiece[] {
    records += encoded.to - position;
    bytes += encoded.bytes.length;
    position = encoded.to;
    return [encoded.bytes];
  }

  function settled(done: Batch, run: Run): StageOutput<never> {
    batch = undefined;
    if (done.ending) ended = true;
    if (done.ending?.kind === 'fault') fault = done.ending.error;
    const settling = settleBatch(done, run);
    return settling ? settling.then(() => NOTHING) : NOTHING;
  }

  function end(): readonly FilePiece[] {
    const tail = encoder.end(records === 0);
    const pieces: readonly FilePiece[] = [...(tail.length === 0 ? [] : [tail]), { kind: 'end', records }];
    records = 0;
    bytes = 0;
    return pieces;
  }
}
