/** What the service says of jobs: the schemas of its OpenAPI document, as far as the console uses them. */

/** State of a job. */
export type JobState =
  | 'queued'
  | 'running'
  | 'completed'
  | 'completedWithNoRecords'
  | 'completedWithErrors'
  | 'failed'
  | 'cancelled'
  | 'expired';

/** Counts and rates of a job. */
export interface Progress {
  readonly read: number;
  readonly written: number;
  readonly bytesIn: number;
  readonly totalBytes?: number;
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
  readonly estimatedEnd?: string;
}

/** A file of a result. */
export interface ResultFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A fault of a request. */
export interface Fault {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** Why a job failed. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly stage?: string;
  readonly source?: string;
  readonly recordIndex?: number;
  readonly byteOffset?: number;
  readonly line?: number;
  readonly faults?: readonly Fault[];
}

/** A fact that is not a failure. */
export interface Note {
  readonly code: string;
  readonly text: string;
}

/** What became of the records. */
export interface Receipt {
  readonly read: number;
  readonly added?: number;
  readonly written: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly stoppedBy: 'end' | 'limit' | 'ids';
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs?: number;
  readonly busyMs?: Readonly<Record<string, number>>;
  readonly bottleneck?: string;
  readonly notes?: readonly Note[];
}

/** A job. */
export interface Job {
  readonly id: string;
  readonly state: JobState;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly expiresAt?: string;
  readonly attempts: number;
  readonly profile?: string;
  readonly submittedBy?: string;
  readonly userId?: string;
  readonly types?: readonly string[];
  /** Id of the job whose request it repeats. */
  readonly rerunOf?: string;
  readonly priority?: number;
  readonly version: number;
  readonly progress: Progress;
  readonly error?: JobError;
  readonly receipt?: Receipt;
  readonly files: readonly ResultFile[];
  /** Only of single jobs. */
  readonly request?: unknown;
}

/** A page of jobs. */
export interface JobPage {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

/** Numbers of jobs by their states. */
export interface Tally {
  readonly total: number;
  readonly states: Readonly<Partial<Record<JobState, number>>>;
}

/** What would happen, or has happened: a sentence a line. */
export interface Explanation {
  readonly lines: readonly string[];
  readonly fileName: string;
  readonly mediaType: string;
}

/** States in the order of a job's life, with their words. */
export const STATES: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  completedWithNoRecords: 'Completed, no records',
  completedWithErrors: 'Completed with errors',
  failed: 'Failed',
  cancelled: 'Cancelled',
  expired: 'Expired',
};

/** All states. */
export const ALL_STATES: readonly JobState[] = [
  'queued',
  'running',
  'completed',
  'completedWithNoRecords',
  'completedWithErrors',
  'failed',
  'cancelled',
  'expired',
];

/** Whether this is a name of a state. */
export function isState(word: string): word is JobState {
  return Object.hasOwn(STATES, word);
}

/** Whether a job has ended. */
export function isEnded({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Share of the source that is read, from 0 to 1; undefined if its size is unknown. */
export function shareOf({ state, progress }: Job): number | undefined {
  if (isEnded({ state })) return 1;
  const { bytesIn, totalBytes } = progress;
  return totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(1, bytesIn / totalBytes);
}

/** A form of results that requests can select. */
export interface Profile {
  readonly name: string;
  readonly format: string;
  readonly pack: string;
  readonly mode: 'AUTO' | 'SYNC' | 'ASYNC';
}

/** What the service says of itself. */
export interface Service {
  readonly version: string;
  readonly profiles: readonly Profile[];
  /** Bytes that the tenant takes, and may. */
  readonly space: { readonly results: number; readonly rows: number; readonly limit?: number };
  /** Jobs of all tenants; for administrators. */
  readonly all?: {
    readonly queued: number;
    readonly running: number;
    readonly tenants: readonly { readonly tenant: string; readonly queued: number; readonly running: number }[];
    readonly workers?: readonly Worker[];
  };
}

/** A process that runs jobs. */
export interface Worker {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly jobs: readonly { readonly id: string; readonly tenant: string; readonly leaseUntil: string }[];
}

/** A delivery of a webhook. */
export interface Delivery {
  readonly id: string;
  readonly url: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly createdAt: string;
  readonly attempts: number;
  readonly nextAt?: string;
  readonly endedAt?: string;
  readonly error?: string;
  readonly job: { readonly id: string };
}

/** A page of deliveries. */
export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next?: string;
}

/** What is known of the source. */
export interface SourceInspection {
  readonly inspectedAt: string;
  readonly stoppedBy: 'end' | 'time' | 'size' | 'fault';
  readonly records: number;
  readonly types: readonly { readonly type?: string; readonly records: number }[];
  readonly moreTypes?: true;
  readonly members: readonly { readonly path: string; readonly kinds: Readonly<Partial<Record<string, number>>> }[];
  readonly attributes: readonly { readonly name: string }[];
  readonly properties: readonly { readonly name: string }[];
  readonly error?: { readonly message: string };
}

/** The first entities of a request. */
export interface Preview {
  readonly entities: readonly unknown[];
  readonly read: number;
  readonly stoppedBy: 'end' | 'limit' | 'ids' | 'time' | 'size';
  readonly notes: readonly Note[];
}

/** A request that is submitted again and again. */
export interface Schedule {
  readonly id: string;
  readonly name?: string;
  readonly everyMs?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly nextAt: string;
  readonly paused?: boolean;
  readonly runs: number;
  readonly leftOut: number;
  readonly lastJob?: string;
  readonly lastRunAt?: string;
  readonly lastError?: { readonly message: string };
}

/** What has happened to a job. */
export interface JobHistory {
  readonly events: readonly {
    readonly at: string;
    readonly kind: 'started' | 'requeued' | 'retried' | 'lost' | 'ended' | 'expired';
    readonly attempt: number;
    readonly state?: JobState;
    readonly error?: JobError;
  }[];
  readonly samples: readonly { readonly at: string; readonly attempt: number; readonly read: number }[];
}
