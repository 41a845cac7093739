/** The documented tracking of tasks: a job as a task. */
import { DOCUMENTED_STATUS, type Job } from '../jobs/job.js';
import { profileNameOf } from '../request/accept/accept-request.js';
import { fileKey } from './file-key.js';
import type { AttributeValue, GetService } from './get-service.js';
import { sourceOf } from './job-view.js';
import { publicMessage } from './statuses.js';

/** Reports each job as one object, whose id is that of the task. */
export const REQUEST_TRACKING: GetService = {
  type: 'tasksummaryobject',
  criteria: [],
  taskIdOf: (id) => id,
  objectsOf: (job) => [{ id: job.id, attributes: taskAttributes(job) }],
};

function taskAttributes(job: Job): Record<string, AttributeValue | undefined> {
  const { state, progress, receipt, epoch } = job;
  const [file] = job.files;
  const facts = taskFacts(job);
  const written = receipt?.written ?? progress.written;
  const rejected = receipt?.rejected ?? 0;
  const name = file?.name;
  return {
    ...facts,
    profileId: facts.profileName,
    status: DOCUMENTED_STATUS[state],
    errorMessage: taskMessage(job),
    fileName: name,
    fileId: name === undefined ? undefined : fileKey({ id: job.id, name }),
    fileType: 'JSON',
    fileExtension: name?.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : undefined,
    isExtractComplete: receipt !== undefined,
    hasChildTasks: false,
    taskAttemptCount: epoch,
    startTime: job.startedAt === undefined ? undefined : new Date(job.startedAt).toISOString(),
    lastModifiedTime: new Date(job.changedAt).toISOString(),
    totalRecords: written + rejected,
    totalRecordsProcessed: written + rejected,
    totalRecordsSuccess: written,
    totalExtractError: rejected,
    totalTransformError: 0,
    totalLoadError: 0,
  };
}

/** The attributes of a job's task that all its objects share. */
export function taskFacts({ id, request }: Job): Record<string, AttributeValue | undefined> {
  return {
    taskId: id,
    taskType: 'ENTITY_EXPORT',
    profileType: 'ENTITY_EXPORT',
    profileName: profileNameOf(request),
    integrationType: 'User',
  };
}

/** Why a task has no result, or an empty one. */
export function taskMessage({ state, error }: Pick<Job, 'state' | 'error'>): string | undefined {
  if (state === 'cancelled') return 'The job was cancelled';
  if (state === 'completedWithNoRecords') return 'No file available to process';
  return error && publicMessage(error.code, error.message, sourceOf(error));
}
