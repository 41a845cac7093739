/** The statement that stores the progress of an attempt. */
import { fenced, forwardProgress } from './fence.js';

/**
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, progress.
 * Rows: the job; none if the attempt was superseded.
 */
export const reportProgress = (schema: string): string => fenced(schema, forwardProgress('$5'));
