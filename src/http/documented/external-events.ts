/** The documented external events of a job, derived from the job itself. */
import { completedState, DOCUMENTED_STATUS, type JobState, type JobSummary } from '../../jobs/job.js';
import type { GetService } from './get-body.js';
import { fileFacts, taskFacts, taskMessage } from './request-tracking.js';
import { TASK_ATTRIBUTES } from './task-attributes.js';
import { documentedTime, propertiesOf, type TaskObject } from './task-object.js';

/*
 * The stages of an export: BATCH_COLLECT reads, BATCH_TRANSFORM selects and encodes, BATCH_PUBLISH stores the result.
 * Nothing is recorded while a job runs: events of single attempts are not reported, and faulty records are one event
 * with their number. Clients go by the highest stage with an event, and there by the highest sub type: a stage begins
 * here only when it has done something, so that no job that has ended looks as if it were running.
 */

type EventType =
  | 'BATCH_COLLECT_ENTITY_EXPORT'
  | 'BATCH_TRANSFORM_ENTITY_EXPORT'
  | 'BATCH_PUBLISH_ENTITY_EXPORT'
  | 'RECORD_PUBLISH_ENTITY_EXPORT';

type EventSubType =
  | 'QUEUED'
  | 'PROCESSING_STARTED'
  | 'PROCESSING_COMPLETED'
  | 'PROCESSING_COMPLETE_WITH_WARNING'
  | 'PROCESSING_START_ERROR'
  | 'PROCESSING_ERROR'
  | 'PROCESSING_COMPLETE_ERROR'
  | 'ABORTED';

/** An event. A job has at most one event per type and sub type. */
interface ExternalEvent {
  readonly eventType: EventType;
  readonly eventSubType: EventSubType;
  /** In milliseconds since 1970. */
  readonly createdOn: number;
  /** State of the job at that time. */
  readonly state: JobState;
  readonly recordCount?: number;
  readonly message?: string;
  /** Whether it names the file of the result. */
  readonly hasFile?: boolean;
  /** The name of another file of the result. */
  readonly fileName?: string;
}

/** Length of a job's id, the prefix of the ids of its events. */
const JOB_ID_LENGTH = 36;

/** Reports each job as several objects with stable ids. */
export const EVENT_SERVICE: GetService = {
  type: 'externalevent',
  foreign: {},
  attributes: {
    ...TASK_ATTRIBUTES,
    eventType: { kind: 'text' },
    eventSubType: { kind: 'text' },
    taskStatus: { kind: 'text' },
    createdOn: { kind: 'own time' },
  },
  properties: { createdDate: { kind: 'own time' }, modifiedDate: { kind: 'own time' } },
  taskIdOf: (id) => id.slice(0, JOB_ID_LENGTH),
};

/** The events of a job so far, in chronological order. */
export function eventObjects(job: JobSummary): readonly TaskObject[] {
  const { id, facts } = job;
  return eventsOf(job).map(({ state, createdOn, hasFile = false, fileName, ...event }) => ({
    id: `${id}_${event.eventType}_${event.eventSubType}`,
    name: `${event.eventType} ${event.eventSubType}`,
    at: createdOn,
    properties: propertiesOf(job, createdOn, createdOn),
    attributes: {
      ...event,
      ...taskFacts(job),
      fileType: facts?.fileType,
      formatter: facts?.fileType,
      ...(hasFile ? fileFacts(job) : { fileName }),
      entityId: facts?.entityId,
      workAutomationId: id,
      taskStatus: DOCUMENTED_STATUS[state],
      createdOn: documentedTime(createdOn),
    },
  }));
}

function eventsOf(job: JobSummary): readonly ExternalEvent[] {
  const { createdAt, startedAt, endedAt, progress, receipt } = job;
  const queued: ExternalEvent = {
    eventType: 'BATCH_COLLECT_ENTITY_EXPORT',
    eventSubType: 'QUEUED',
    createdOn: createdAt,
    state: 'queued',
  };
  const started = { eventSubType: 'PROCESSING_STARTED', createdOn: startedAt ?? 0, state: 'running' } as const;
  const hasRead = progress.read > 0 || receipt !== undefined;
  const events: ExternalEvent[] = [queued];
  if (startedAt !== undefined) events.push({ eventType: 'BATCH_COLLECT_ENTITY_EXPORT', ...started });
  if (startedAt !== undefined && hasRead) events.push({ eventType: 'BATCH_TRANSFORM_ENTITY_EXPORT', ...started });
  if (endedAt !== undefined) events.push(...completion(job, endedAt), ...failure(job, endedAt, hasRead));
  return events;
}

function completion(job: JobSummary, createdOn: number): readonly ExternalEvent[] {
  const { receipt, files } = job;
  if (!receipt) return [];
  const { read, written, rejected } = receipt;
  const [, rejects] = files;
  const collected: ExternalEvent = {
    eventType: 'BATCH_COLLECT_ENTITY_EXPORT',
    eventSubType: rejected === 0 ? 'PROCESSING_COMPLETED' : 'PROCESSING_COMPLETE_WITH_WARNING',
    ...{ createdOn, state: 'running', recordCount: read },
  };
  const faulty: ExternalEvent = {
    ...{ eventType: 'RECORD_PUBLISH_ENTITY_EXPORT', eventSubType: 'PROCESSING_ERROR', createdOn, state: 'running' },
    recordCount: rejected,
    message: `${rejected} records are faulty and not in the result`,
    fileName: rejects?.name,
  };
  const done = { eventSubType: 'PROCESSING_COMPLETED', createdOn, recordCount: written } as const;
  const state = completedState(receipt);
  return [
    collected,
    { eventType: 'BATCH_TRANSFORM_ENTITY_EXPORT', ...done, state: 'running' },
    ...(rejected === 0 ? [] : [faulty]),
    { eventType: 'BATCH_PUBLISH_ENTITY_EXPORT', ...done, state, message: taskMessage({ state }), hasFile: true },
  ];
}

function failure(job: JobSummary, createdOn: number, hasRead: boolean): readonly ExternalEvent[] {
  const { state, error } = job;
  if (state !== 'failed' && state !== 'cancelled') return [];
  const eventType = hasRead ? typeOfStage(error?.stage) : 'BATCH_COLLECT_ENTITY_EXPORT';
  const failed = hasRead ? 'PROCESSING_COMPLETE_ERROR' : 'PROCESSING_START_ERROR';
  const eventSubType = state === 'cancelled' ? 'ABORTED' : failed;
  return [{ eventType, eventSubType, createdOn, state, message: taskMessage(job) }];
}

/** The event type of the stage in which a job failed; that of the highest stage that has begun. */
function typeOfStage(stage: unknown): EventType {
  const isLate = stage === 'write' || stage === 'job';
  return isLate ? 'BATCH_PUBLISH_ENTITY_EXPORT' : 'BATCH_TRANSFORM_ENTITY_EXPORT';
}
