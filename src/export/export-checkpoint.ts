/** Checkpoints: an export between two slices as plain JSON, for another process to continue. */

import { createHash } from 'node:crypto';
import type { DeflateCheckpoint } from '../pack/deflate-blocks.js';
import type { FinishedFile } from '../pack/zip-files.js';
import type { SpoolMark } from '../temporary-files/partitioned-spool.js';
import { SluiceError } from '../terms/errors.js';
import type { RecordCounts, SetAside } from '../terms/ledger.js';
import type { SourcePosition } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { Sightings } from '../terms/sightings.js';
import type { EnvelopeState } from './chain-state.js';
import type { WaitingState } from './choose-encoding.js';
import type { PlanFingerprint } from './plan-fingerprint.js';

/** Everything a later run of the same plan needs beside the bytes that are stored. */
export interface ExportCheckpoint {
  readonly source: SourcePosition;
  readonly counts: RecordCounts;
  /** Notes for the receipt. */
  readonly notes: readonly Note[];
  /** Files that were set aside; absent: none. */
  readonly setAside?: SetAside;
  /** Ids that were found. */
  readonly found: readonly string[];
  /** The parts of the selection that were found. */
  readonly sightings: Sightings;
  /** Bytes of the open document. */
  readonly documentBytes: number;
  /** Bytes of output before the checkpoint. */
  readonly outputBytes: number;
  /** Their digest; absent if there are none. */
  readonly outputSha256?: string;
  /** The settings under which it was made. */
  readonly plan: PlanFingerprint;
  /** The state of zip or gzip; absent if no document is open. */
  readonly pack?: DeflateCheckpoint;
  /** The complete documents, if the plan allows several. */
  readonly finished?: readonly FinishedFile[];
  /** The state of the envelope; absent without one. */
  readonly envelope?: EnvelopeState | undefined;
  /** What waits for the end of the input; absent: nothing does. */
  readonly waiting?: Waiting;
}

/** What waits for the end of the input, such as the rows of a table: the spool, and the state of its stage. */
export interface Waiting {
  readonly spool: SpoolMark;
  readonly state: WaitingState;
}

/** The version of the format; checkpoints of other versions are refused. */
const VERSION = 10;

/** The checkpoint as text, after its digest; bytes in it become base64. */
export function encodeCheckpoint({ pack, ...rest }: ExportCheckpoint): Buffer {
  const packed = pack && {
    ...pack.state,
    window: pack.state.window.toString('base64'),
    pending: pack.pending.toString('base64'),
    frames: pack.frames,
  };
  const text = Buffer.from(JSON.stringify({ version: VERSION, ...rest, pack: packed }));
  return Buffer.concat([Buffer.from(`${digestOf(text)}\n`), text]);
}

/**
 * Reads the text of `encodeCheckpoint`.
 * @throws SluiceError `VERIFY_FAILED` for anything else
 */
export function decodeCheckpoint(bytes: Buffer): ExportCheckpoint {
  try {
    const line = bytes.indexOf('\n');
    const text = bytes.subarray(line + 1);
    if (bytes.toString('latin1', 0, Math.max(0, line)) !== digestOf(text)) throw new Error('it is damaged');
    const { version, pack, ...rest } = JSON.parse(text.toString());
    if (version !== VERSION) throw new Error(`its version is ${version}, not ${VERSION}`);
    if (!pack) return rest;
    const { window, pending, frames, ...state } = pack;
    return {
      ...rest,
      pack: {
        state: { ...state, window: Buffer.from(window, 'base64') },
        pending: Buffer.from(pending, 'base64'),
        ...(frames && { frames }),
      },
    };
  } catch (cause) {
    throw new SluiceError('VERIFY_FAILED', 'run', 'a checkpoint cannot be read', { cause });
  }
}

function digestOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
