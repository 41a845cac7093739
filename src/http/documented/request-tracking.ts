/** The documented tracking of tasks: a job as a task. */
import { DOCUMENTED_STATUS, type Job, type JobSummary } from '../../jobs/job.js';
import { fileKey } from '../file-key.js';
import { sourceOf } from '../job-view.js';
import { publicMessage } from '../statuses.js';
import type { GetService } from './get-body.js';
import { TASK_ATTRIBUTES, TASK_PROPERTIES } from './task-attributes.js';
import { type Attributes, documentedTime, propertiesOf, type TaskObject } from './task-object.js';

/** Attributes of the platform's requests for single entities, which an export does not make. */
const REQUEST_ATTRIBUTES = [
  ...['taskId', 'parentTaskId', 'requestId', 'relatedRequestId', 'requestGroupId', 'requestStatus', 'serviceName'],
  ...['entityId', 'entityType', 'entityAction', 'impacted', 'eventType', 'requestTimestamp'],
];

/** Reports each job as one object, whose id is that of the task. */
export const REQUEST_TRACKING: GetService = {
  type: 'tasksummaryobject',
  foreign: { requestobject: REQUEST_ATTRIBUTES, requestofrequestsobject: REQUEST_ATTRIBUTES },
  attributes: {
    ...TASK_ATTRIBUTES,
    profileId: TASK_ATTRIBUTES.profileName,
    connectIntegrationType: TASK_ATTRIBUTES.integrationType,
    status: { kind: 'status' },
    taskStatus: { kind: 'status' },
    hasChildTasks: { kind: 'constant', value: 'false' },
    startTime: { kind: 'time', time: 'startedAt' },
    lastModifiedTime: { kind: 'time', time: 'changedAt' },
  },
  properties: TASK_PROPERTIES,
  taskIdOf: (id) => id,
};

/** The object of a job. */
export function taskObjects(job: JobSummary): readonly TaskObject[] {
  const { id, createdAt, changedAt } = job;
  return [
    {
      ...{ id, name: taskName(job), at: createdAt },
      properties: propertiesOf(job, createdAt, changedAt),
      attributes: taskAttributes(job),
    },
  ];
}

function taskAttributes(job: JobSummary): Attributes {
  const { state, progress, receipt, epoch, startedAt, changedAt } = job;
  const written = receipt?.written ?? progress.written;
  const rejected = receipt?.rejected ?? 0;
  const profileName = job.facts?.profileName;
  return {
    ...taskFacts(job),
    ...fileFacts(job),
    profileId: profileName,
    connectIntegrationType: 'User',
    status: DOCUMENTED_STATUS[state],
    errorMessage: taskMessage(job),
    isExtractComplete: receipt !== undefined,
    hasChildTasks: false,
    taskAttemptCount: epoch,
    startTime: startedAt === undefined ? undefined : documentedTime(startedAt),
    lastModifiedTime: documentedTime(changedAt),
    totalRecords: written + rejected,
    totalRecordsProcessed: written + rejected,
    totalRecordsSuccess: written,
    totalRecordsError: rejected,
    totalExtractError: rejected,
    totalTransformError: 0,
    totalLoadError: 0,
    totalRDPErrors: 0,
  };
}

/** The attributes of a job's task that all its objects share. */
export function taskFacts({ id, facts }: JobSummary): Attributes {
  return {
    taskId: id,
    taskName: taskName({ id, facts }),
    taskType: 'ENTITY_EXPORT',
    profileType: 'ENTITY_EXPORT',
    profileName: facts?.profileName,
    integrationType: 'User',
    submittedBy: facts?.submittedBy,
    userId: facts?.submittedBy,
  };
}

/** The attributes of the export in the result of a job. */
export function fileFacts({ id, files, facts }: JobSummary): Attributes {
  const name = files[0]?.name;
  return {
    fileName: name,
    fileId: name === undefined ? undefined : fileKey({ id, name }),
    fileType: facts?.fileType,
    fileExtension: name?.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : undefined,
  };
}

function taskName({ facts, id }: Pick<JobSummary, 'facts' | 'id'>): string {
  return facts?.profileName === undefined ? `ENTITY_EXPORT ${id}` : `ENTITY_EXPORT ${facts.profileName}`;
}

/** Why a task has no result, or an empty one. */
export function taskMessage({ state, error }: Pick<Job, 'state' | 'error'>): string | undefined {
  if (state === 'cancelled') return 'The job was cancelled';
  if (state === 'completedWithNoRecords') return 'No file available to process';
  return error && publicMessage(error.code, error.message, sourceOf(error));
}
