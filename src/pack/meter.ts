/** Counting, and on request digesting, the bytes that pass. */
import { createHash, type Hash } from 'node:crypto';
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/** A measure of the bytes that have passed. */
export interface Measure {
  readonly bytes: number;
  /** Hexadecimal SHA-256; absent unless a digest was requested. */
  readonly sha256?: string;
}

/** The measure of the bytes before this stage. */
interface Before {
  readonly bytes: number;
  /** The digest of these bytes so far. */
  readonly hash?: Hash;
}

/** How bytes are measured. */
export interface MeterOptions {
  /** Digest the bytes with SHA-256; default false. */
  readonly digest?: boolean;
  /** Called at the end; without a digest when the run has failed. */
  readonly report: (measure: Measure, run: Run) => void;
  readonly before?: Before;
}

/** A stage that measures, and the state that checkpoints take from it. */
export interface MeterStage extends Stage<Buffer, Buffer> {
  /** What has passed so far; not to be read after `flush`. */
  readonly measure: Measure;
}

/** Makes the stage: passes everything on and reports the measure at the end. */
export function meterStage({ digest = false, report, before = { bytes: 0 } }: MeterOptions): MeterStage {
  let { bytes } = before;
  const hash = before.hash ?? (digest ? createHash('sha256') : undefined);
  return {
    name: 'digest',
    step: 'wrap',
    push(chunk) {
      bytes += chunk.length;
      hash?.update(chunk);
      return [chunk];
    },
    get measure() {
      return measureOf(bytes, hash?.copy());
    },
    flush(run) {
      report(measureOf(bytes, hash), run);
      return NOTHING;
    },
    fail(_error, run) {
      report({ bytes }, run);
      return NOTHING;
    },
  };
}

/** How the bytes of several files are measured. */
export interface MeterFilesOptions {
  /** Digest the bytes with SHA-256. */
  readonly digest: boolean;
  /** What had passed of the first file; default nothing. */
  readonly before?: Before;
}

/** Makes the stage for several files: passes their bytes on and adds its measure to the end of each. */
export function meterFilesStage({
  digest,
  before = { bytes: 0 },
}: MeterFilesOptions): Stage<FilePiece, FilePiece<MeasuredEnd>> {
  const begin = () => (digest ? createHash('sha256') : undefined);
  let { bytes, hash = begin() } = before;
  return {
    name: 'digest',
    step: 'wrap',
    push(piece) {
      if (Buffer.isBuffer(piece)) {
        bytes += piece.length;
        hash?.update(piece);
        return [piece];
      }
      const end = { ...piece, ...measureOf(bytes, hash) };
      bytes = 0;
      hash = begin();
      return [end];
    },
    flush: () => NOTHING,
  };
}

/** @param hash cannot be used afterwards */
function measureOf(bytes: number, hash: Hash | undefined): Measure {
  return hash ? { bytes, sha256: hash.digest('hex') } : { bytes };
}
