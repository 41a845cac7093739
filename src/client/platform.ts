/** The documented platform behind the same calls: tasks for jobs, binary objects or prepared downloads for files. */
import type { JobState } from '../jobs/job.js';
import { countAt, listAt, memberAt, textAt } from '../options/json-members.js';
import { Outage } from '../remote/back-off.js';
import { type Connection, failed } from '../remote/connection.js';
import { bodyOf } from '../remote/responses.js';
import { bytes } from '../sources/bytes.js';
import { SluiceError } from '../terms/errors.js';
import { unwrapResponse } from '../verify/unwrap-envelope.js';
import type { RemoteFile, RemoteJob } from './remote-job.js';
import { refusal, requestJson } from './responses.js';

/** The documented words for the status of a task, whose spelling varies in case. */
const STATES: ReadonlyMap<string, JobState> = new Map([
  ['queued', 'queued'],
  ['completed', 'completed'],
  ['completed with errors', 'completedWithErrors'],
  ['completed with no records', 'completedWithNoRecords'],
  ['errored', 'failed'],
  ['errorred', 'failed'],
]);

/**
 * Requests a task from the request tracking.
 * @throws SluiceError `NO_SUCH_JOB` as an outage: a task appears some time after it was accepted
 */
export async function trackTask(connection: Connection, id: string, signal: AbortSignal): Promise<RemoteJob> {
  const answer = await requestJson(connection, 'api/requesttrackingservice/get', {
    method: 'POST',
    body: {
      params: {
        query: {
          filters: { typesCriterion: ['tasksummaryobject'], attributesCriterion: [{ taskId: { exact: id } }] },
        },
        fields: { attributes: ['_ALL'] },
      },
    },
    signal,
  });
  const [task] = listAt(answer, 'response', 'requestObjects');
  if (task === undefined) throw new Outage('NO_SUCH_JOB', `task ${id} is not tracked`);
  return jobOf(task, id);
}

function jobOf(task: unknown, id: string): RemoteJob {
  const at = (name: string) => ['data', 'attributes', name, 'values', 0, 'value'] as const;
  const text = (name: string) => textAt(task, ...at(name));
  const count = (name: string) => countAt(task, ...at(name));
  const status = text('status') ?? text('taskStatus');
  if (status === undefined) throw failed(`the service returned no status of task ${id}`);
  const state = STATES.get(status.toLowerCase()) ?? 'running';
  const message = text('errorMessage');
  const objectKey = text('fileId');
  return {
    id,
    state,
    status,
    progress: {
      read: count('totalRecords') ?? 0,
      written: count('totalRecordsSuccess') ?? count('totalRecordsProcessed') ?? 0,
      bytesIn: 0,
      bytesPerSecond: 0,
      recordsPerSecond: 0,
    },
    startedAt: text('startTime'),
    changedAt: text('lastModifiedTime'),
    error: state === 'failed' ? { code: status, message: message ?? 'no message' } : undefined,
    files:
      objectKey === undefined
        ? []
        : [
            {
              name: text('fileName') ?? objectKey,
              objectKey,
              isBatched: memberAt(task, ...at('hasChildTasks')) === true,
            },
          ],
  };
}

/** Statuses of a platform, or a gateway before it, that has no such call or object. */
const NOT_THERE: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * The file of a task without child tasks, as the platform's own interface requests it: in base64 in an envelope, which is
 * decoded as it arrives.
 * @returns undefined if the platform has no object of this key
 * @throws SluiceError the refusal of the service; an `Outage` if it may pass
 */
export async function fetchObject(
  connection: Connection,
  { name, objectKey = name }: RemoteFile,
  signal: AbortSignal,
): Promise<Response | undefined> {
  const response = await connection.send('api/binaryobjectservice/getById', {
    method: 'POST',
    // A cut in an encoded response might go unnoticed.
    headers: { 'accept-encoding': 'identity' },
    body: { params: { query: { id: objectKey } } },
    signal,
  });
  if (NOT_THERE.has(response.status)) {
    await response.body?.cancel().catch(() => {});
    return undefined;
  }
  if (!response.ok) throw await refusal(response, connection);
  const envelope = unwrapResponse(bytes(bodyOf(response, connection, signal), 'the response'), { signal });
  const chunks: AsyncIterator<unknown> = envelope[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    return first.done ? undefined : new Response(webStream(chunks, first.value));
  } catch (cause) {
    const isOther = cause instanceof SluiceError && !(cause instanceof Outage) && cause.code !== 'ABORTED';
    // Without an object there is no envelope.
    if (isOther) return undefined;
    throw cause;
  }
}

/** The chunks as a body. */
function webStream(chunks: AsyncIterator<unknown>, first: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (first instanceof Uint8Array) controller.enqueue(first);
    },
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else if (value instanceof Uint8Array) controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

/** The temporary URL of a file on the platform; it is signed, and therefore secret. */
export async function prepareDownload(connection: Connection, file: RemoteFile, signal: AbortSignal): Promise<URL> {
  const objectKey = file.objectKey ?? file.name;
  const answer = await requestJson(connection, 'api/binarystreamobjectservice/prepareDownload', {
    method: 'POST',
    body: { binaryStreamObject: { id: objectKey, type: 'importDataStream', data: {}, properties: { objectKey } } },
    signal,
  });
  const url = textAt(memberAt(answer, 'response', 'binaryStreamObjects', 0), 'properties', 'downloadURL');
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url)) {
    throw failed(`the service returned no URL for ${objectKey}`);
  }
  return new URL(url);
}
