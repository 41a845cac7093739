/** Previews of jobs. */
import { untilAborted } from '../sources/until-aborted.js';
import { BoundedLines, type ReadBounds } from './bounded-lines.js';
import { closedError } from './closing-engine.js';
import type { JobsParts } from './jobs-parts.js';
import type { Preview } from './preview.js';
import { keepRequest } from './row-bounds.js';
import { openSource } from './source-for.js';
import { checkSubmission } from './submit-job.js';
import type { Submission } from './tenant-jobs.js';

/** What is read for a preview. */
const BOUNDS: ReadBounds = { entities: 10, bytes: 512 * 1024, durationMs: 5000 };

/** Reads the first entities of a request; those of a table are shown before they become rows. */
export async function previewJob(
  { termsOf, now, source, closed, webhooks }: JobsParts,
  tenant: string,
  { request, userId, userEmail, ...others }: Submission,
  given: AbortSignal | undefined,
): Promise<Preview> {
  if (closed.aborted) throw closedError();
  checkSubmission({ webhooks }, { userId, userEmail, ...others });
  await keepRequest(request);
  const signal = given ? AbortSignal.any([given, closed]) : closed;
  const { plans } = await untilAborted(termsOf(tenant), signal);
  const plan = plans.plan({ id: 'preview', tenant, request, createdAt: now(), facts: { userId, userEmail } });
  const opened = await openSource(source, { tenant, request, signal });
  const reading = new BoundedLines(opened, plan.stored, BOUNDS);
  const entities: string[] = [];
  for await (const lines of reading.lines(signal)) {
    for (const line of lines.toString().split('\n')) if (line !== '') entities.push(line);
  }
  const { read, stoppedBy, notes } = reading;
  return { entities, read, stoppedBy, notes };
}
