/** The statement that stores a checkpoint. */
import { fenced, forwardProgress } from './fence.js';

/**
 * Stores a checkpoint and resets the counts of failed and lost attempts.
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, progress, checkpoint, bytes of its parts.
 * Rows: the job; none if the attempt was superseded.
 */
export const keepCheckpoint = (schema: string): string =>
  fenced(schema, `checkpoint = $6, stored_bytes = $7, failures = 0, lost = 0, ${forwardProgress('$5')}`);
