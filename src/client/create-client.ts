/** A client of sluice, and of the documented platform: submit, follow, fetch. */
import { hasResult, isEnded } from '../jobs/job.js';
import {
  abortSignal,
  acceptArgument,
  acceptOptions,
  anything,
  callback,
  count,
  filledText,
  type OptionTable,
  optionsIn,
  text,
  timerMs,
} from '../options/accept-options.js';
import { readJson, retryAfterMs } from '../remote/answers.js';
import { BackOff, pause, RETRY, type Retry } from '../remote/back-off.js';
import { type ConnectionOptions, openConnection } from '../remote/connection.js';
import { SluiceError } from '../terms/errors.js';
import { refusal, requestJson } from './answers.js';
import { DOWNLOAD_OPTIONS, type Downloaded, type DownloadOptions, fetchFile } from './download.js';
import { prepareDownload, trackTask } from './platform.js';
import {
  acceptJob,
  acceptPage,
  type RemoteFile,
  type RemoteJob,
  type RemoteJobPage,
  withoutResult,
} from './remote-job.js';
import { SUBMIT_OPTIONS, type SubmitOptions, type Submitted, submitRequest } from './submit.js';

/** Whom a client talks to, and how patient it is. */
export interface ClientOptions extends ConnectionOptions {
  /** How failures that may pass are taken, by `follow`, `download`, and a submission under a key. */
  readonly retry?: Retry;
}

const CLIENT_OPTIONS: OptionTable<ClientOptions> = {
  server: anything,
  token: text,
  headers: anything,
  fetch: callback,
  signal: abortSignal,
  retry: optionsIn(RETRY),
};

const LIST_OPTIONS: OptionTable<ListOptions> = { limit: count(1), after: text };

const WAIT_FOR_OPTIONS: OptionTable<WaitForOptions> = {
  onProgress: callback,
  timeoutMs: timerMs(),
  signal: abortSignal,
};

/** Which page of jobs is asked for. */
export interface ListOptions {
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** How long to wait for the end of a job. */
export interface WaitForOptions {
  /** Called with the job after each poll. */
  readonly onProgress?: (job: RemoteJob) => void;
  /** Default: no limit. */
  readonly timeoutMs?: number;
  /** Aborts the wait, which rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** What a service can be asked. Every method rejects with a SluiceError, under the service's own code where it has one. */
export interface Client {
  /** Submits the documented body; throws as the service refuses it. */
  submit(request: unknown, options?: SubmitOptions): Promise<Submitted>;
  get(id: string): Promise<RemoteJob>;
  list(options?: ListOptions): Promise<RemoteJobPage>;
  /** Ends a job, or deletes one that has ended, with its result. */
  cancel(id: string): Promise<RemoteJob>;
  /** Resolves to the job once it has ended, or to its current state after `timeoutMs`; retries short outages. */
  waitFor(id: string, options?: WaitForOptions): Promise<RemoteJob>;
  /**
   * Fetches a file of an ended job, on from where a cut connection or an earlier call left off.
   * @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`, `NO_SUCH_FILE`, `DESTINATION_EXISTS`, `VERIFY_FAILED`; for a
   *   failed job what it failed with
   */
  download(id: string, path: string, options?: DownloadOptions): Promise<Downloaded>;
}

/** Between two questions for a job, where the service does not say when to ask again: growing from the first. */
const FIRST_POLL_MS = 1000;
const LONGEST_POLL_MS = 15_000;

/**
 * Makes a client. Against the documented platform, which has no routes for jobs, it follows tasks and fetches prepared
 * downloads instead.
 * @throws SluiceError `INVALID` for an address, token or header that cannot be one
 * @example
 * const client = createClient({ server: 'http://127.0.0.1:8080', token });
 * const submitted = await client.submit(body, { respondAsync: true });
 */
export function createClient(options: ClientOptions): Client {
  acceptOptions(options, CLIENT_OPTIONS, ['server']);
  const connection = openConnection(options);
  const retry = options.retry ?? {};
  let isPlatform = false;

  const anySignal = (signal?: AbortSignal) =>
    AbortSignal.any([options.signal, signal].filter((one) => one !== undefined));

  /** The job, and when the service wants to be asked again. */
  const ask = async (id: string, signal: AbortSignal) => {
    acceptArgument('id', id, filledText);
    if (!isPlatform) {
      const response = await connection.send(`jobs/${encodeURIComponent(id)}`, { signal });
      if (response.ok) {
        return { job: acceptJob(await readJson(response, connection)), againMs: retryAfterMs(response) };
      }
      const error = await refusal(response, connection);
      // A 404 in words of its own is no answer of sluice: there are no jobs, only tasks.
      if (response.status !== 404 || error.code !== 'SERVICE_FAILED') throw error;
    }
    const job = await trackTask(connection, id, signal);
    isPlatform = true;
    return { job, againMs: undefined };
  };

  return {
    async submit(request, submitting = {}) {
      acceptOptions(submitting, SUBMIT_OPTIONS);
      const signal = anySignal(submitting.signal);
      const submit = () => submitRequest(connection, request, { ...submitting, signal });
      // Without a key nobody knows whether an answer that was lost had made a job.
      return submitting.idempotencyKey === undefined ? submit() : new BackOff(retry, signal).run(submit);
    },
    async get(id) {
      return (await ask(id, anySignal())).job;
    },
    async list(page = {}) {
      acceptOptions(page, LIST_OPTIONS);
      const { limit, after } = page;
      const query = new URLSearchParams();
      if (limit !== undefined) query.set('limit', String(limit));
      if (after !== undefined) query.set('after', after);
      return acceptPage(await requestJson(connection, query.size > 0 ? `jobs?${query}` : 'jobs'));
    },
    async cancel(id) {
      acceptArgument('id', id, filledText);
      const view = await requestJson(connection, `jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
      return view === undefined ? (await ask(id, anySignal())).job : acceptJob(view);
    },
    async waitFor(id, options = {}) {
      acceptOptions(options, WAIT_FOR_OPTIONS);
      const { onProgress, timeoutMs = Number.POSITIVE_INFINITY } = options;
      const signal = anySignal(options.signal);
      const backOff = new BackOff(retry, signal);
      const until = performance.now() + timeoutMs;
      for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
        const { job, againMs } = await backOff.run(() => ask(id, signal));
        onProgress?.(job);
        const leftMs = until - performance.now();
        if (isEnded(job.state) || leftMs <= 0) return job;
        await pause(Math.min(againMs ?? pollMs, leftMs), signal);
      }
    },
    async download(id, path, downloading = {}) {
      acceptArgument('path', path, filledText);
      acceptOptions(downloading, DOWNLOAD_OPTIONS);
      const signal = anySignal(downloading.signal);
      const backOff = new BackOff(retry, signal);
      const { job } = await backOff.run(() => ask(id, signal));
      const file = fileOf(job, downloading.file);
      const request = async (headers: Readonly<Record<string, string>>) => {
        const address =
          file.objectKey === undefined
            ? `jobs/${encodeURIComponent(id)}/files/${encodeURIComponent(file.name)}`
            : await prepareDownload(connection, file, signal);
        return connection.send(address, { headers, signal });
      };
      return fetchFile(connection, { id, file, path, ask: request }, { ...downloading, signal }, backOff);
    },
  };
}

/** The file that is wanted. */
function fileOf(job: RemoteJob, name: string | undefined): RemoteFile {
  if (!hasResult(job.state)) throw withoutResult(job);
  const file = name === undefined ? job.files[0] : job.files.find((one) => one.name === name);
  if (file) return file;
  if (name === undefined) throw withoutResult(job);
  const names = job.files.map((one) => one.name).join(', ') || 'none';
  throw new SluiceError('NO_SUCH_FILE', 'client', `job ${job.id} has no file ${name}; it has: ${names}`);
}
