/** Entry point `sluice/jobs`: durable exports as jobs, in a folder of this machine. */

export type { SliceLimits } from './jobs/attempt-options.js';
export type { ReadStop } from './jobs/bounded-lines.js';
export type { JobCounts, TenantCounts, Worker, WorkerJob } from './jobs/engine.js';
export type { FileLink, LinkClaim } from './jobs/file-link.js';
export type { SeenName, SeenType, SourceInspection } from './jobs/inspection.js';
export type { Job, JobError, JobFacts, JobProgress, JobState, JobSummary, ResultFile } from './jobs/job.js';
export { DOCUMENTED_STATUS, hasResult, isEnded } from './jobs/job.js';
export type { AttemptTrace, JobChange } from './jobs/job-channels.js';
export type { ActivityListener, JobActivity } from './jobs/job-events.js';
export type { JobFilter } from './jobs/job-filter.js';
export type { JobEvent, JobEventKind, JobHistory, JobSample } from './jobs/job-history.js';
export type { JobMode, JobPlanOptions } from './jobs/job-plan.js';
export type { FactName, FactTest, FoundJobs, JobSearch, JobTally, TimeName, TimeTest } from './jobs/job-search.js';
export type { FolderJobsOptions, JobRetry, JobsOptions } from './jobs/jobs-options.js';
export { type Jobs, openJobs } from './jobs/open-jobs.js';
export type { Preview } from './jobs/preview.js';
export type { SourceFor, SourceRequest } from './jobs/source-for.js';
export type {
  EnvelopeOptions,
  Explanation,
  JobPage,
  ListOptions,
  ManyJobs,
  NewSchedule,
  ReadOptions,
  RerunOptions,
  Submission,
  Submitted,
  TenantChange,
  TenantJobs,
  TenantSchedules,
  WaitForOptions,
  WatchAllOptions,
  WatchOptions,
} from './jobs/tenant-jobs.js';
export type { TenantLimits } from './jobs/tenant-limits.js';
export type { TenantSpace } from './jobs/tenant-space.js';
export type { PerTenant } from './jobs/tenant-terms.js';
export type {
  BlobOwner,
  BlobStore,
  BlobWriter,
  ByteRange,
  FoundOwner,
  JoinProgress,
  Part,
  PartJoiner,
  PresignOptions,
} from './results/blob-store.js';
export type {
  Schedule,
  ScheduledOptions,
  ScheduleError,
  ScheduleSummary,
  ScheduleTimes,
} from './schedules/schedule.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
export type { Logger } from './terms/logger.js';
export type { DocumentedBody, ExportRequest } from './terms/request.js';
export type { JsonKind, MemberSummary } from './verify/member-census.js';
export type { Delivery, DeliveryPage, DeliveryQuery, DeliveryState, SettledJob } from './webhooks/delivery.js';
export type { WebhookOptions } from './webhooks/webhook-options.js';
