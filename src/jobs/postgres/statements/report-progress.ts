/** The statement that reports how far an attempt has come. */
import { fenced, forwardProgress } from './fence.js';

/**
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, progress.
 * Rows: the job; none where the attempt is not the one that counts.
 */
export const reportProgress = (schema: string): string => fenced(schema, forwardProgress('$5'));
