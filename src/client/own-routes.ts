/** Routes that only a service of sluice has: submission in either form, filters, reruns, explanations. */

import { countAt, listAt, textAt } from '../options/json-members.js';
import { type Connection, failed } from '../remote/connection.js';
import type { FilterOptions, SubmitOptions } from './client-options.js';
import { acceptJob, type RemoteJob } from './remote-job.js';
import { requestJson } from './responses.js';
import type { Submitted } from './submit.js';
import { submitHeaders } from './submit-headers.js';

/** What a job of a request would do, as its service says. */
export interface RemoteExplanation {
  /** One sentence each. */
  readonly lines: readonly string[];
  /** Name of the file that would be stored. */
  readonly fileName?: string;
}

/** Result of a call for all jobs that match a filter. */
export interface RemoteManyJobs {
  /** Number of jobs that matched when the call began. */
  readonly matched: number;
  /** How many of them were cancelled or deleted; repeat the call while that is less. */
  readonly done: number;
}

/** Submits a request in either form to `jobs`. */
export async function submitToJobs(
  connection: Connection,
  request: unknown,
  { priority, webhook, signal, ...options }: SubmitOptions,
): Promise<Submitted> {
  const body = { request, priority, webhook };
  const job = await requestJson(connection, 'jobs', { method: 'POST', headers: submitHeaders(options), body, signal });
  return { kind: 'job', id: acceptJob(job).id };
}

/** Repeats a job. */
export async function rerunJob(
  connection: Connection,
  id: string,
  { priority, webhook, signal, ...options }: SubmitOptions,
): Promise<RemoteJob> {
  const path = `jobs/${encodeURIComponent(id)}/rerun`;
  const headers = submitHeaders(options);
  return acceptJob(
    await requestJson(connection, path, { method: 'POST', headers, body: { priority, webhook }, signal }),
  );
}

/** Explains a request. */
export async function explainRequest(connection: Connection, request: unknown): Promise<RemoteExplanation> {
  const view = await requestJson(connection, 'explain', { method: 'POST', body: { request } });
  const lines = listAt(view, 'lines').filter((line) => typeof line === 'string');
  return { lines, fileName: textAt(view, 'fileName') };
}

/** Cancels or deletes all jobs that match. */
export async function endAll(
  connection: Connection,
  action: 'cancel' | 'delete',
  filter: FilterOptions,
): Promise<RemoteManyJobs> {
  const view = await requestJson(connection, `jobs/${action}`, { method: 'POST', body: filter });
  const [matched, done] = [countAt(view, 'matched'), countAt(view, 'done')];
  if (matched === undefined || done === undefined) throw failed('the response does not say how many jobs there were');
  return { matched, done };
}

/** Names of the query parameters that stand once for each value. */
const REPEATED = { states: 'state', types: 'type', profiles: 'profile', users: 'user' } as const;

/** The query of a filter. */
export function queryOfFilter({ from, to, text, ...lists }: FilterOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['states', 'types', 'profiles', 'users'] as const) {
    for (const value of lists[name] ?? []) query.append(REPEATED[name], value);
  }
  for (const [name, value] of Object.entries({ from, to, text })) if (value !== undefined) query.append(name, value);
  return query;
}
