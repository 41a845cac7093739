/** The documented platform behind the same calls: tasks for jobs, prepared downloads for files. */
import type { JobState } from '../jobs/job.js';
import { Outage } from '../remote/back-off.js';
import { type Connection, failed } from '../remote/connection.js';
import { countAt, listAt, memberAt, textAt } from '../remote/members.js';
import type { RemoteFile, RemoteJob } from './remote-job.js';
import { requestJson } from './responses.js';

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
    files: objectKey === undefined ? [] : [{ name: text('fileName') ?? objectKey, objectKey }],
  };
}

/** The temporary URL of a file on the platform; it is signed, and therefore secret. */
export async function prepareDownload(connection: Connection, file: RemoteFile, signal: AbortSignal): Promise<URL> {
  const objectKey = file.objectKey ?? file.name;
  const answer = await requestJson(connection, 'api/binarystreamobjectservice/prepareDownload', {
    method: 'POST',
    body: { binaryStreamObject: { id: objectKey, type: 'binarystreamobject', properties: { objectKey } } },
    signal,
  });
  const url = textAt(memberAt(answer, 'response', 'binaryStreamObjects', 0), 'properties', 'downloadURL');
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url)) {
    throw failed(`the service returned no URL for ${objectKey}`);
  }
  return new URL(url);
}
