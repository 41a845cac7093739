/** What the jobs of all tenants share. */
import type { SourceName } from '../export/to-source.js';
import type { BlobStore } from '../results/blob-store.js';
import type { Logger } from '../terms/logger.js';
import type { WebhookOptions } from '../webhooks/webhook-options.js';
import type { JobEngine } from './engine.js';
import type { SourceInspection } from './inspection.js';
import type { JobPlanOptions } from './job-plan.js';
import type { SourceFor } from './source-for.js';
import type { TermsOf } from './tenant-terms.js';

/** What the jobs of all tenants share. */
export interface JobsParts {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  /** The source of jobs, or the function that returns it. */
  readonly source: SourceName | SourceFor;
  /** Finds what is decided for each tenant. */
  readonly termsOf: TermsOf;
  /** Inspections of sources that have begun, by tenant. */
  readonly inspecting: Map<string, Promise<SourceInspection>>;
  /** How jobs read the source, if that is the same for all tenants. */
  readonly planOptions: JobPlanOptions | undefined;
  readonly now: () => number;
  readonly logger: Logger;
  /** How the ends of jobs are told. */
  readonly webhooks: WebhookOptions;
  /** Wakes up what delivers webhooks. */
  readonly wakeCourier: () => void;
  /** Wakes up what runs schedules. */
  readonly wakeScheduler: () => void;
  readonly closing: () => boolean;
  /** Fires when the jobs are closed. */
  readonly closed: AbortSignal;
  /** Aborts the attempt of a job and waits for its end. */
  readonly abort: (id: string) => Promise<void>;
}
