/** The statement that keeps a checkpoint. */
import { fenced, forwardProgress } from './fence.js';

/**
 * Keeps a checkpoint. Tries before it are forgiven.
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, progress, checkpoint, bytes of its parts.
 * Rows: the job; none where the attempt is not the one that counts.
 */
export const keepCheckpoint = (schema: string): string =>
  fenced(schema, `checkpoint = $6, stored_bytes = $7, failures = 0, lost = 0, ${forwardProgress('$5')}`);
