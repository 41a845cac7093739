/** The options of the client and of its methods. */
import type { JobState } from '../jobs/job.js';
import { abortSignal, filledText, listOf, MAX_TIMER_MS } from '../options/accept-options.js';
import {
  anyText,
  flagged,
  functionOf,
  milliseconds,
  name,
  type Options,
  optionsOf,
  typed,
  wholeNumber,
  word,
} from '../options/option.js';
import { RETRY, type Retry } from '../remote/back-off.js';
import { CONNECTION, type ConnectionOptions } from '../remote/connection.js';
import { DELIVERY_STATES, type DeliveryState } from '../webhooks/delivery.js';
import type { RemoteJob } from './remote-job.js';

/** Progress of a download. */
export interface DownloadProgress {
  /** Bytes on disk, including those of earlier calls. */
  readonly bytes: number;
  /** Size of the file, if the service states it. */
  readonly totalBytes?: number;
}

const signal = typed('AbortSignal', abortSignal);

/** What a client has beside the options of its connection. */
export const RETRY_OPTION = {
  retry: {
    kind: optionsOf<Retry>('Retry', RETRY),
    about: 'retries of temporary failures, in `waitFor`, `download`, and `submit` with an idempotency key',
  },
} satisfies Options;

export const CLIENT_OPTIONS = { ...CONNECTION, ...RETRY_OPTION };

export const SUBMIT_OPTIONS = {
  idempotencyKey: {
    kind: name,
    about: 'a second submission under the same key returns the job of the first one; with a key, outages are retried',
  },
  waitMs: {
    kind: milliseconds(),
    about:
      'how many milliseconds the service may wait for the result before it returns the job; sent in whole seconds, rounded up',
    default: 'as long as the service waits',
  },
  respondAsync: { kind: flagged, about: 'request the job at once', default: '`false`' },
  webhook: {
    kind: name,
    about: 'an address that is told of the end of the job; not on the platform',
    flag: '--webhook <url>',
  },
  priority: {
    kind: { ...wholeNumber(-100, 100), syntax: undefined },
    about: 'queued jobs of the tenant with a higher number start first; not on the platform',
    default: '0',
  },
  signal: {
    kind: signal,
    about: 'aborts the call, which rejects with `ABORTED`; the job may exist nevertheless',
  },
} satisfies Options;

const names = typed('readonly string[]', listOf(filledText));

export const FILTER_OPTIONS = {
  states: {
    kind: typed('readonly JobState[]', listOf(filledText)),
    about: 'jobs in one of these states',
    flag: '--state <states>',
    flagAbout: 'jobs in these states, separated by commas; repeatable',
    flagSyntax: 'names',
  },
  types: {
    kind: names,
    about: 'jobs whose request names one of these types of entities, whatever its case',
    flag: '--type <types>',
    flagAbout: 'jobs whose request names one of these types, separated by commas; repeatable',
    flagSyntax: 'values',
  },
  profiles: {
    kind: names,
    about: 'jobs of the profile with one of these names, whatever the case',
    flag: '--profile <name>',
    flagAbout: 'jobs of this profile; repeatable',
    flagSyntax: 'repeated',
  },
  users: {
    kind: names,
    about: 'jobs that one of these users has submitted or runs, whatever the case',
    flag: '--user <name>',
    flagAbout: 'jobs that this user has submitted or runs; repeatable',
    flagSyntax: 'repeated',
  },
  from: {
    kind: name,
    about: 'jobs submitted at this time or later: `2026-01-31T12:00:00Z`, or a day',
    flag: '--from <time>',
  },
  to: { kind: name, about: 'jobs submitted at this time or earlier', flag: '--to <time>' },
  text: {
    kind: name,
    about: 'jobs with this text in the request, the id or the name of the result',
    flag: '--text <text>',
  },
} satisfies Options;

export const PAGE_OPTIONS = {
  limit: { kind: wholeNumber(1), about: 'maximum number of jobs', default: 'by the service' },
  after: { kind: anyText, about: '`next` of the previous page' },
} satisfies Options;

export const LIST_OPTIONS = { ...FILTER_OPTIONS, ...PAGE_OPTIONS };

export const DELIVERY_OPTIONS = {
  state: {
    kind: word(DELIVERY_STATES, 'DeliveryState'),
    about: 'only deliveries in this state',
    flag: '--state <state>',
  },
  limit: { kind: wholeNumber(1), about: 'maximum number of deliveries', default: 'by the service' },
  after: { kind: anyText, about: '`next` of the previous page' },
} satisfies Options;

export const WAIT_FOR_OPTIONS = {
  onProgress: {
    kind: functionOf('(job: RemoteJob) => void'),
    about: 'called with the job after each poll',
  },
  timeoutMs: {
    kind: milliseconds(0, MAX_TIMER_MS),
    about: 'milliseconds after which the job is returned as it is',
    default: 'no limit',
  },
  signal: { kind: signal, about: 'aborts the wait, which rejects with `ABORTED`' },
} satisfies Options;

export const DOWNLOAD_OPTIONS = {
  overwrite: { kind: flagged, about: 'replace an existing file', default: 'refuse with `DESTINATION_EXISTS`' },
  file: { kind: anyText, about: 'name of the file in the result', default: 'the export' },
  onProgress: {
    kind: functionOf('(progress: DownloadProgress) => void'),
    about: 'called after each received piece',
  },
  signal: {
    kind: signal,
    about: 'aborts the download, which rejects with `ABORTED`; what has arrived stays for the next call',
  },
} satisfies Options;

// The interfaces are written from the tables by `npm run options`.

/** The server of a client, and its retries. */
export interface ClientOptions extends ConnectionOptions {
  /** Retries of temporary failures, in `waitFor`, `download`, and `submit` with an idempotency key. */
  readonly retry?: Retry;
}

/** Options of a submission. */
export interface SubmitOptions {
  /** A second submission under the same key returns the job of the first one; with a key, outages are retried. */
  readonly idempotencyKey?: string;
  /**
   * How many milliseconds the service may wait for the result before it returns the job; sent in whole seconds, rounded
   * up. Default: as long as the service waits.
   */
  readonly waitMs?: number;
  /** Request the job at once. Default: `false`. */
  readonly respondAsync?: boolean;
  /** An address that is told of the end of the job; not on the platform. */
  readonly webhook?: string;
  /** Queued jobs of the tenant with a higher number start first; not on the platform. Default: 0. */
  readonly priority?: number;
  /** Aborts the call, which rejects with `ABORTED`; the job may exist nevertheless. */
  readonly signal?: AbortSignal;
}

/** Which jobs; all that is given must hold. */
export interface FilterOptions {
  /** Jobs in one of these states. */
  readonly states?: readonly JobState[];
  /** Jobs whose request names one of these types of entities, whatever its case. */
  readonly types?: readonly string[];
  /** Jobs of the profile with one of these names, whatever the case. */
  readonly profiles?: readonly string[];
  /** Jobs that one of these users has submitted or runs, whatever the case. */
  readonly users?: readonly string[];
  /** Jobs submitted at this time or later: `2026-01-31T12:00:00Z`, or a day. */
  readonly from?: string;
  /** Jobs submitted at this time or earlier. */
  readonly to?: string;
  /** Jobs with this text in the request, the id or the name of the result. */
  readonly text?: string;
}

/** Which jobs, and which page of them. */
export interface ListOptions extends FilterOptions {
  /** Maximum number of jobs. Default: by the service. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** Which deliveries of webhooks. */
export interface DeliveryOptions {
  /** Only deliveries in this state. */
  readonly state?: DeliveryState;
  /** Maximum number of deliveries. Default: by the service. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** How long to wait for the end of a job. */
export interface WaitForOptions {
  /** Called with the job after each poll. */
  readonly onProgress?: (job: RemoteJob) => void;
  /** Milliseconds after which the job is returned as it is. Default: no limit. */
  readonly timeoutMs?: number;
  /** Aborts the wait, which rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** Options of a download. */
export interface DownloadOptions {
  /** Replace an existing file. Default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
  /** Name of the file in the result. Default: the export. */
  readonly file?: string;
  /** Called after each received piece. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Aborts the download, which rejects with `ABORTED`; what has arrived stays for the next call. */
  readonly signal?: AbortSignal;
}
