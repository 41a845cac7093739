/** The options of the client and of its methods. */
import { abortSignal, MAX_TIMER_MS } from '../options/accept-options.js';
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
} from '../options/option.js';
import { RETRY, type Retry } from '../remote/back-off.js';
import { CONNECTION, type ConnectionOptions } from '../remote/connection.js';
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
  signal: {
    kind: signal,
    about: 'aborts the call, which rejects with `ABORTED`; the job may exist nevertheless',
  },
} satisfies Options;

export const LIST_OPTIONS = {
  limit: { kind: wholeNumber(1), about: 'maximum number of jobs', default: 'by the service' },
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
  /** Aborts the call, which rejects with `ABORTED`; the job may exist nevertheless. */
  readonly signal?: AbortSignal;
}

/** Which page of jobs. */
export interface ListOptions {
  /** Maximum number of jobs. Default: by the service. */
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
