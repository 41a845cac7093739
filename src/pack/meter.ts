/** Counting, and where asked for digesting, the bytes that go by. */
import { createHash, type Hash } from 'node:crypto';
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/** What went by. */
export interface Measure {
  readonly bytes: number;
  /** Hexadecimal SHA-256, where it was asked for. */
  readonly sha256?: string;
}

/** A stage that measures, and tells how far it is. */
export interface MeterStage extends Stage<Buffer, Buffer> {
  /** Hexadecimal SHA-256 of what has gone by, where it was asked for; not asked behind `flush`. */
  readonly sha256: string | undefined;
}

/**
 * Makes the stage: passes everything on and tells the measure at the end.
 * @param digest asked once, at the first chunk
 * @param before what had gone by already: its bytes, and the digest that has taken them
 */
export function meterStage(
  digest: () => boolean,
  tell: (measure: Measure) => void,
  before: { readonly bytes: number; readonly hash?: Hash } = { bytes: 0 },
): MeterStage {
  let { bytes, hash } = before;
  return {
    name: 'digest',
    step: 'wrap',
    push(chunk) {
      if (bytes === 0 && digest()) hash ??= createHash('sha256');
      bytes += chunk.length;
      hash?.update(chunk);
      return [chunk];
    },
    get sha256() {
      return hash?.copy().digest('hex');
    },
    flush() {
      if (bytes === 0 && digest()) hash ??= createHash('sha256');
      tell({ bytes, ...(hash ? { sha256: hash.digest('hex') } : {}) });
      return NOTHING;
    },
    fail() {
      tell({ bytes });
      return NOTHING;
    },
  };
}

/**
 * Makes the stage for several files: passes their bytes on, and tells of each at its end.
 * @param digest asked at the first piece of each
 * @param before what had gone by of the first of them
 */
export function meterFilesStage(
  digest: () => boolean,
  before: { readonly bytes: number; readonly hash?: Hash } = { bytes: 0 },
): Stage<FilePiece, FilePiece<MeasuredEnd>> {
  let { bytes, hash } = before;
  return {
    name: 'digest',
    step: 'wrap',
    push(piece) {
      if (bytes === 0 && digest()) hash ??= createHash('sha256');
      if (Buffer.isBuffer(piece)) {
        bytes += piece.length;
        hash?.update(piece);
        return [piece];
      }
      const end = { ...piece, bytes, ...(hash ? { sha256: hash.digest('hex') } : {}) };
      bytes = 0;
      hash = undefined;
      return [end];
    },
    flush: () => NOTHING,
  };
}
