/** Which exports cannot be deltas. */
import { invalid, type SluiceError } from '../terms/errors.js';
import type { Path } from '../terms/path.js';
import type { ExportPlan } from '../terms/plan.js';

/**
 * Refuses a plan whose result would not show what was deleted.
 * @param option to name in the error
 * @throws SluiceError `INVALID`
 */
export function refuseDelta({ select, project, read }: ExportPlan, option: string): void {
  const { skip, limit } = select;
  if (limit !== undefined) throw refusal('maxRecords: entities beyond the limit would count as deleted', option);
  if (skip !== undefined) throw refusal('skip: entities that are left out would count as deleted', option);
  const id = [read.memberNames.id, ...(read.deeper?.id ?? [])];
  const { include, renamed, exclude = [] } = project?.paths ?? {};
  const isIncluded = (!include && !renamed) || (include ?? []).some((path) => leadsTo(path, id));
  if (!isIncluded || exclude.some((path) => leadsTo(path, id))) {
    throw refusal(`fields without the id (${id.join('.')}): nobody could tell what a record replaces`, option);
  }
}

/**
 * Refuses a delta against the job before, where there are no jobs.
 * @throws SluiceError `INVALID`
 */
export function refuseDeltaOfJobs({ delta }: ExportPlan): void {
  if (!delta) return;
  const message =
    'is of jobs, which know the one before; here deltaFrom and deltaTo (--delta-from, --delta-to) name the indexes';
  throw invalid('plan', message, 'delta');
}

/** Whether what is at the path includes what is at the names. */
function leadsTo(path: Path, names: readonly string[]): boolean {
  return path.length <= names.length && path.every((step, index) => step === names[index]);
}

function refusal(why: string, option: string): SluiceError {
  return invalid('plan', `a delta cannot have ${why}`, option);
}
