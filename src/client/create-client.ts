/** A client of sluice, and of the documented platform: submit, wait, download. */
import { hasResult, isEnded } from '../jobs/job.js';
import { acceptArgument, acceptOptions, filledText } from '../options/accept-options.js';
import { BackOff, pause } from '../remote/back-off.js';
import { openConnection } from '../remote/connection.js';
import { readJson, retryAfterMs } from '../remote/responses.js';
import { callbackFailed } from '../terms/callback-failed.js';
import { SluiceError } from '../terms/errors.js';
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  DELIVERY_OPTIONS,
  type DeliveryOptions,
  DOWNLOAD_OPTIONS,
  type DownloadOptions,
  FILTER_OPTIONS,
  type FilterOptions,
  LIST_OPTIONS,
  type ListOptions,
  SUBMIT_OPTIONS,
  type SubmitOptions,
  WAIT_FOR_OPTIONS,
  type WaitForOptions,
} from './client-options.js';
import {
  listDeliveries,
  type RemoteDelivery,
  type RemoteDeliveryPage,
  redeliver,
  webhookSecret,
} from './deliveries.js';
import { type Downloaded, fetchFile } from './download.js';
import {
  endAll,
  explainRequest,
  queryOfFilter,
  type RemoteExplanation,
  type RemoteManyJobs,
  rerunJob,
  submitToJobs,
} from './own-routes.js';
import { fetchObject, prepareDownload, trackTask } from './platform.js';
import {
  acceptJob,
  acceptPage,
  type RemoteFile,
  type RemoteJob,
  type RemoteJobPage,
  withoutResult,
} from './remote-job.js';
import { refusal, requestJson } from './responses.js';
import {
  addSchedule,
  listSchedules,
  NEW_SCHEDULE,
  type NewRemoteSchedule,
  pauseSchedule,
  type RemoteSchedule,
  runSchedule,
  scheduleOf,
} from './schedules.js';
import { type Submitted, submitRequest } from './submit.js';
import { isDocumented } from './submit-headers.js';

/** A client. Every method rejects with a SluiceError, with the code of the service if it is known. */
export interface Client {
  /**
   * Submits the documented body, which has `params`, or to sluice a request in the form of the library; rejects with the
   * refusal of the service.
   */
  submit(request: unknown, options?: SubmitOptions): Promise<Submitted>;
  /** The current state of a job. */
  get(id: string): Promise<RemoteJob>;
  /** What a job of a request would do, or its refusal with all faults. */
  explain(request: unknown): Promise<RemoteExplanation>;
  /** Submits the request of a job again. */
  rerun(id: string, options?: SubmitOptions): Promise<RemoteJob>;
  /** The jobs of the tenant that the token identifies that match, newest first, a page at a time. */
  list(options?: ListOptions): Promise<RemoteJobPage>;
  /** Cancels the unfinished jobs that match; a call ends after 1000 jobs or 5 s. */
  cancelAll(filter: FilterOptions): Promise<RemoteManyJobs>;
  /** Deletes the ended jobs that match; a call ends after 1000 jobs or 5 s. */
  deleteAll(filter: FilterOptions): Promise<RemoteManyJobs>;
  /** Deliveries of webhooks of the tenant, newest first, a page at a time. */
  deliveries(options?: DeliveryOptions): Promise<RemoteDeliveryPage>;
  /** Sends a delivery again, under the same id. */
  redeliver(id: string): Promise<RemoteDelivery>;
  /** The secret by which webhooks of the tenant are signed. */
  webhookSecret(): Promise<string>;
  /** The schedules of the tenant, without their requests. */
  schedules(): Promise<readonly RemoteSchedule[]>;
  /** Adds a schedule: a request that is submitted again and again. */
  addSchedule(schedule: NewRemoteSchedule): Promise<RemoteSchedule>;
  /** A schedule with its request. */
  getSchedule(id: string): Promise<RemoteSchedule>;
  /** Deletes a schedule, and returns it for the last time. */
  removeSchedule(id: string): Promise<RemoteSchedule>;
  /** Lets a schedule submit nothing when it is due, until it is resumed. */
  pauseSchedule(id: string): Promise<RemoteSchedule>;
  /** Resumes a schedule: it is due at its next usual time. */
  resumeSchedule(id: string): Promise<RemoteSchedule>;
  /** Submits the request of a schedule now; refused while the job before has not ended. */
  runSchedule(id: string): Promise<RemoteJob>;
  /** Cancels an unfinished job, or deletes an ended one with its result. */
  cancel(id: string): Promise<RemoteJob>;
  /** Resolves to the job once it has ended, or to its current state after `timeoutMs`; retries short outages. */
  waitFor(id: string, options?: WaitForOptions): Promise<RemoteJob>;
  /**
   * Downloads a file of an ended job; resumes after a lost connection or an aborted call.
   * @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`, `NO_SUCH_FILE`, `DESTINATION_EXISTS`, `VERIFY_FAILED`; the error of
   *   a failed job
   */
  download(id: string, path: string, options?: DownloadOptions): Promise<Downloaded>;
}

/** First and maximum delay between polls, unless the service states one. */
const FIRST_POLL_MS = 1000;
const LONGEST_POLL_MS = 15_000;

/**
 * Makes a client. The documented platform has no routes for jobs: there the client uses task tracking and prepared
 * downloads.
 * @throws SluiceError `INVALID` for an invalid address, token or header
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

  /** The job, and the delay before the next poll, if the service states one. */
  const ask = async (id: string, signal: AbortSignal) => {
    acceptArgument('id', id, filledText);
    if (!isPlatform) {
      const response = await connection.send(`jobs/${encodeURIComponent(id)}`, { signal });
      if (response.ok) {
        return { job: acceptJob(await readJson(response, connection)), againMs: retryAfterMs(response) };
      }
      const error = await refusal(response, connection);
      // A 404 without a sluice code: the server is the documented platform, which has tasks instead of jobs.
      if (response.status !== 404 || error.code !== 'SERVICE_FAILED') throw error;
    }
    const job = await trackTask(connection, id, signal);
    isPlatform = true;
    return { job, againMs: undefined };
  };

  /** A method of an id alone. */
  const ofId =
    <T>(call: (id: string) => Promise<T>) =>
    async (id: string): Promise<T> => {
      acceptArgument('id', id, filledText);
      return call(id);
    };

  return {
    async submit(request, submitting = {}) {
      acceptOptions(submitting, SUBMIT_OPTIONS);
      const signal = anySignal(submitting.signal);
      const isPlain = isDocumented(request) && submitting.priority === undefined && submitting.webhook === undefined;
      const submit = () => (isPlain ? submitRequest : submitToJobs)(connection, request, { ...submitting, signal });
      // Without a key, a lost response may belong to a job that exists.
      return submitting.idempotencyKey === undefined ? submit() : new BackOff(retry, signal).run(submit);
    },
    get: ofId(async (id) => (await ask(id, anySignal())).job),
    async list(page = {}) {
      acceptOptions(page, LIST_OPTIONS);
      const { limit, after, ...filter } = page;
      const query = queryOfFilter(filter);
      if (limit !== undefined) query.set('limit', String(limit));
      if (after !== undefined) query.set('after', after);
      return acceptPage(await requestJson(connection, query.size > 0 ? `jobs?${query}` : 'jobs'));
    },
    explain: (request) => explainRequest(connection, request),
    async rerun(id, options = {}) {
      acceptArgument('id', id, filledText);
      acceptOptions(options, SUBMIT_OPTIONS);
      return rerunJob(connection, id, { ...options, signal: anySignal(options.signal) });
    },
    async deliveries(options = {}) {
      acceptOptions(options, DELIVERY_OPTIONS);
      return listDeliveries(connection, options);
    },
    redeliver: ofId((id) => redeliver(connection, id)),
    webhookSecret: () => webhookSecret(connection),
    schedules: () => listSchedules(connection),
    async addSchedule(schedule) {
      acceptOptions(schedule, NEW_SCHEDULE, ['request']);
      return addSchedule(connection, schedule);
    },
    getSchedule: ofId((id) => scheduleOf(connection, id, 'GET')),
    removeSchedule: ofId((id) => scheduleOf(connection, id, 'DELETE')),
    pauseSchedule: ofId((id) => pauseSchedule(connection, id, 'pause')),
    resumeSchedule: ofId((id) => pauseSchedule(connection, id, 'resume')),
    runSchedule: ofId((id) => runSchedule(connection, id)),
    async cancelAll(filter) {
      acceptOptions(filter, FILTER_OPTIONS);
      return endAll(connection, 'cancel', filter);
    },
    async deleteAll(filter) {
      acceptOptions(filter, FILTER_OPTIONS);
      return endAll(connection, 'delete', filter);
    },
    cancel: ofId(async (id) => {
      const view = await requestJson(connection, `jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
      return view === undefined ? (await ask(id, anySignal())).job : acceptJob(view);
    }),
    async waitFor(id, options = {}) {
      acceptOptions(options, WAIT_FOR_OPTIONS);
      const { onProgress, timeoutMs = Number.POSITIVE_INFINITY } = options;
      const signal = anySignal(options.signal);
      const backOff = new BackOff(retry, signal);
      const until = performance.now() + timeoutMs;
      for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
        const { job, againMs } = await backOff.run(() => ask(id, signal));
        try {
          await onProgress?.(job);
        } catch (cause) {
          throw callbackFailed('onProgress', cause, 'client');
        }
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
        if (file.objectKey === undefined) {
          const path = `jobs/${encodeURIComponent(id)}/files/${encodeURIComponent(file.name)}`;
          return connection.send(path, { headers, signal });
        }
        const object = file.isBatched ? undefined : await fetchObject(connection, file, signal);
        return object ?? connection.send(await prepareDownload(connection, file, signal), { headers, signal });
      };
      return fetchFile(connection, { id, file, path, ask: request }, { ...downloading, signal }, backOff);
    },
  };
}

/** The requested file. */
function fileOf(job: RemoteJob, name: string | undefined): RemoteFile {
  if (!hasResult(job.state)) throw withoutResult(job);
  const file = name === undefined ? job.files[0] : job.files.find((one) => one.name === name);
  if (file) return file;
  if (name === undefined) throw withoutResult(job);
  const names = job.files.map((one) => one.name).join(', ') || 'none';
  throw new SluiceError('NO_SUCH_FILE', 'client', `job ${job.id} has no file ${name}; its files: ${names}`);
}
