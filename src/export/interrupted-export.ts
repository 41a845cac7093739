/** What an export to a file leaves beside it when it is interrupted. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FilePlace, findPlace } from '../destinations/place.js';
import { writeError } from '../destinations/write-error.js';
import { invalid, SluiceError, systemCode } from '../terms/errors.js';
import { decodeCheckpoint, type ExportCheckpoint } from './export-checkpoint.js';

/** The file of rejected records at a checkpoint: its length and digest. */
export interface RejectsMark {
  readonly bytes: number;
  readonly sha256: string;
}

/** What an interrupted export has left, beside its partial result. */
export interface Interrupted {
  /** Its id, which names files inside the result. */
  readonly id: string;
  /** What `now` means in its criteria, in milliseconds since 1970. */
  readonly now: number;
  readonly startedAt: number;
  readonly checkpoint: ExportCheckpoint;
  /** Absent: rejected records are not written. */
  readonly rejects?: RejectsMark;
}

/** Paths of the files beside a result. */
export interface Besides {
  /** The partial result. */
  readonly part: string;
  /** What waits for the end of the input, such as the rows of a table. */
  readonly rows: string;
  /** The checkpoint. */
  readonly state: string;
}

/** The files beside a result: hidden, so that no glob or folder has them, and never longer than the system allows. */
export function besides({ folder, path }: FilePlace): Besides {
  const tag = createHash('sha256').update(basename(path)).digest('hex').slice(0, 24);
  const beside = (suffix: string) => join(folder, `.sluice-resume-${tag}.${suffix}`);
  return { part: beside('part'), rows: beside('rows'), state: beside('json') };
}

/**
 * What an export to this file has left when it was interrupted; undefined if nothing did, or not enough to continue.
 * @throws SluiceError (rejects) `DESTINATION_EXISTS` and its like; `INVALID` for a place that is no file; `VERIFY_FAILED` for
 *   a checkpoint that cannot be read, such as that of another version
 */
export async function interruptedExport(path: string, overwrite: boolean): Promise<Interrupted | undefined> {
  const { part, state } = besides(await filePlace(path, overwrite));
  const text = await readFile(state).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw writeError(cause, path);
  });
  if (text === undefined || !(await stat(part).catch(() => undefined))) return undefined;
  const line = text.indexOf('\n');
  try {
    const facts: Partial<Record<string, unknown>> = JSON.parse(text.subarray(0, line).toString());
    const { id, now, startedAt, rejects } = facts;
    if (typeof id !== 'string' || typeof now !== 'number' || typeof startedAt !== 'number') throw new Error('no facts');
    const checkpoint = decodeCheckpoint(text.subarray(line + 1));
    return { id, now, startedAt, checkpoint, rejects: rejects === undefined ? undefined : rejectsMark(rejects) };
  } catch (cause) {
    const message = `the checkpoint of ${path} cannot be read: remove ${state} to start again`;
    throw new SluiceError('VERIFY_FAILED', 'run', message, { path: state, cause });
  }
}

/** The file that is exported to. @throws SluiceError (rejects) as `interruptedExport` does for the place */
export async function filePlace(path: string, overwrite: boolean): Promise<FilePlace> {
  const place = await findPlace(path, overwrite);
  if (place.kind === 'file' && place.fixed === undefined) return place;
  throw invalid('accept', `${path} is no file that can be replaced; an export to it cannot be resumed`, 'resume');
}

function rejectsMark(value: unknown): RejectsMark {
  if (typeof value === 'object' && value !== null && 'bytes' in value && 'sha256' in value) {
    const { bytes, sha256 } = value;
    if (typeof bytes === 'number' && typeof sha256 === 'string') return { bytes, sha256 };
  }
  throw new Error('no facts of the rejected records');
}
