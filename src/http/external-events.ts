/** The documented external events of a job, derived from the job itself. */
import { completedState, DOCUMENTED_STATUS, type Job, type JobState } from '../jobs/job.js';
import type { GetService } from './get-service.js';
import { taskFacts, taskMessage } from './request-tracking.js';

/*
 * The documentation shows events of imports only. Exports use the same pattern, `<stage>[_<service>]` with a sub type:
 * BATCH_EXTRACT reads, RECORD_TRANSFORM_ENTITY_EXPORT selects and encodes, RECORD_LOAD_ENTITY_EXPORT stores the result.
 * Nothing is recorded while a job runs: events of single attempts are not reported, and faulty records are reported as
 * one event with their number.
 */

type EventType = 'BATCH_EXTRACT' | 'RECORD_TRANSFORM_ENTITY_EXPORT' | 'RECORD_LOAD_ENTITY_EXPORT';

type EventSubType = 'QUEUED_SUCCESS' | 'PROCESSING_STARTED' | 'SUBMITTED' | 'PROCESSING_COMPLETED' | 'PROCESSING_ERROR';

/** An event. A job has at most one event per type and sub type. */
interface ExternalEvent {
  readonly eventType: EventType;
  readonly eventSubType: EventSubType;
  /** In milliseconds since 1970. */
  readonly createdOn: number;
  /** State of the job at that time. */
  readonly state: JobState;
  readonly recordCount?: number;
  readonly fileName?: string;
  readonly message?: string;
}

/** Length of a job's id, the prefix of the ids of its events. */
const JOB_ID_LENGTH = 36;

/** Reports each job as several objects with stable ids. */
export const EVENT_SERVICE: GetService = {
  type: 'externalevent',
  criteria: ['eventType', 'eventSubType'],
  taskIdOf: (id) => id.slice(0, JOB_ID_LENGTH),
  objectsOf(job) {
    const facts = taskFacts(job);
    return eventsOf(job).map(({ state, createdOn, ...event }) => ({
      id: `${job.id}_${event.eventType}_${event.eventSubType}`,
      attributes: {
        ...event,
        ...facts,
        workAutomationId: job.id,
        taskStatus: DOCUMENTED_STATUS[state],
        createdOn: new Date(createdOn).toISOString(),
      },
    }));
  },
};

/** The events of a job so far, in chronological order. */
function eventsOf(job: Job): readonly ExternalEvent[] {
  const { createdAt, startedAt, endedAt } = job;
  const started = { eventSubType: 'PROCESSING_STARTED', createdOn: startedAt ?? 0, state: 'running' } as const;
  return [
    { eventType: 'BATCH_EXTRACT', eventSubType: 'QUEUED_SUCCESS', createdOn: createdAt, state: 'queued' },
    ...(startedAt === undefined
      ? []
      : ([
          { eventType: 'BATCH_EXTRACT', ...started },
          { eventType: 'RECORD_TRANSFORM_ENTITY_EXPORT', ...started },
        ] as const)),
    ...(endedAt === undefined ? [] : [...completion(job, endedAt), ...failure(job, endedAt)]),
  ];
}

function completion({ receipt, files }: Job, createdOn: number): readonly ExternalEvent[] {
  if (!receipt) return [];
  const { read, written, rejected } = receipt;
  const [file, rejects] = files;
  const state = completedState(receipt);
  const message = taskMessage({ state });
  const extract = { eventType: 'BATCH_EXTRACT', createdOn, state: 'running' } as const;
  const load = { eventType: 'RECORD_LOAD_ENTITY_EXPORT', createdOn, recordCount: written } as const;
  return [
    ...(rejected === 0
      ? []
      : [
          {
            ...extract,
            eventSubType: 'PROCESSING_ERROR',
            recordCount: rejected,
            message: `${rejected} records are faulty and not in the result`,
            fileName: rejects?.name,
          } as const,
        ]),
    { ...extract, eventSubType: 'PROCESSING_COMPLETED', recordCount: read },
    {
      ...{ eventType: 'RECORD_TRANSFORM_ENTITY_EXPORT', eventSubType: 'PROCESSING_COMPLETED', createdOn },
      ...{ state: 'running', recordCount: written },
    },
    { ...load, eventSubType: 'SUBMITTED', state: 'running' },
    {
      ...load,
      eventSubType: 'PROCESSING_COMPLETED',
      state,
      fileName: file?.name,
      message,
    },
  ];
}

function failure(job: Job, createdOn: number): readonly ExternalEvent[] {
  const { state } = job;
  if (state !== 'failed' && state !== 'cancelled') return [];
  const message = taskMessage(job);
  return [
    {
      eventType: state === 'failed' ? typeOfStage(job.error?.stage) : 'BATCH_EXTRACT',
      ...{ eventSubType: 'PROCESSING_ERROR', createdOn, state },
      message,
    },
  ];
}

/** The event type of the stage in which a job failed. */
function typeOfStage(stage: unknown): EventType {
  if (stage === 'select' || stage === 'serialize' || stage === 'wrap') return 'RECORD_TRANSFORM_ENTITY_EXPORT';
  return stage === 'write' || stage === 'job' ? 'RECORD_LOAD_ENTITY_EXPORT' : 'BATCH_EXTRACT';
}
