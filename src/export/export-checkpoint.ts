/** An export between two slices as plain JSON, so that another process can go on. */

import type { DeflateStanding } from '../pack/deflate-blocks.js';
import type { FinishedFile } from '../pack/zip-files.js';
import { SluiceError } from '../terms/errors.js';
import type { RecordCounts } from '../terms/ledger.js';
import type { SourcePosition } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { Sightings } from '../terms/sightings.js';
import type { PlanFingerprint } from './plan-fingerprint.js';

/** Everything a later run of the same plan must know beside the bytes that are out. */
export interface ExportCheckpoint {
  readonly source: SourcePosition;
  readonly counts: RecordCounts;
  /** What was noted for the receipt. */
  readonly notes: readonly Note[];
  /** Ids that were found. */
  readonly found: readonly string[];
  /** What was met of the selection. */
  readonly sightings: Sightings;
  /** Bytes of the document that were made; of several documents of the open one. */
  readonly documentBytes: number;
  /** Bytes of output that came before the checkpoint, and their digest; absent where there are none. */
  readonly outputBytes: number;
  readonly outputSha256?: string;
  /** The settings that it was made under. */
  readonly plan: PlanFingerprint;
  /** Where zip or gzip stand; absent where no document is open. */
  readonly pack?: DeflateStanding;
  /** The documents before it, where there may be several. */
  readonly finished?: readonly FinishedFile[];
}

/** The form of this version; another one is not read. */
const VERSION = 6;

/** The checkpoint as text; bytes in it become base64. */
export function encodeCheckpoint({ pack, ...rest }: ExportCheckpoint): Buffer {
  const packed = pack && {
    ...pack.state,
    window: pack.state.window.toString('base64'),
    pending: pack.pending.toString('base64'),
  };
  return Buffer.from(JSON.stringify({ version: VERSION, ...rest, pack: packed }));
}

/**
 * Reads what `encodeCheckpoint` has written.
 * @throws SluiceError `VERIFY_FAILED` for anything else
 */
export function decodeCheckpoint(bytes: Buffer): ExportCheckpoint {
  try {
    const { version, pack, ...rest } = JSON.parse(bytes.toString());
    if (version !== VERSION) throw new Error(`its version is ${version}, not ${VERSION}`);
    if (!pack) return rest;
    const { window, pending, ...state } = pack;
    return {
      ...rest,
      pack: {
        state: { ...state, window: Buffer.from(window, 'base64') },
        pending: Buffer.from(pending, 'base64'),
      },
    };
  } catch (cause) {
    throw new SluiceError('VERIFY_FAILED', 'run', 'a checkpoint cannot be read', { cause });
  }
}
