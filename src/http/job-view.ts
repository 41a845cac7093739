/** A job as clients see it. */
import { DOCUMENTED_STATUS, hasResult, type Job, type JobError, type JobSummary } from '../jobs/job.js';
import { baseName, familyOf, publicMessage } from './statuses.js';

/** The paths of a job's parts, under the prefix of the plugin. */
export interface Links {
  list(query: string): string;
  job(id: string): string;
  events(id: string): string;
  result(id: string): string;
  file(id: string, name: string): string;
  /** With what proves it. */
  link(id: string, name: string, proof: { readonly expires: number; readonly signature: string }): string;
}

/** Makes the paths under a prefix. */
export function linksUnder(prefix: string): Links {
  const job = (id: string) => `${prefix}/jobs/${encodeURIComponent(id)}`;
  return {
    list: (query) => `${prefix}/jobs?${query}`,
    job,
    events: (id) => `${job(id)}/events`,
    result: (id) => `${job(id)}/result`,
    file: (id, name) => `${job(id)}/files/${encodeURIComponent(name)}`,
    link: (id, name, { expires, signature }) =>
      `${prefix}/links/${encodeURIComponent(id)}/files/${encodeURIComponent(name)}?expires=${expires}&signature=${signature}`,
  };
}

/** The JSON of a job. */
export function viewJob(job: Job, links: Links): object {
  return { ...viewSummary(job, links), request: job.request };
}

/** The JSON of a job in lists and events: without the request, which may be larger than all the rest. */
export function viewSummary(job: JobSummary, links: Links): object {
  const { id, state, version, epoch, progress, error, receipt } = job;
  const { estimatedEnd, ...counts } = progress;
  return {
    id,
    state,
    status: DOCUMENTED_STATUS[state],
    createdAt: isoTime(job.createdAt),
    changedAt: isoTime(job.changedAt),
    ...optional('startedAt', job.startedAt),
    ...optional('endedAt', job.endedAt),
    ...optional('expiresAt', job.expiresAt),
    attempts: epoch,
    version,
    progress: { ...counts, ...optional('estimatedEnd', estimatedEnd) },
    ...(error === undefined ? {} : { error: viewError(error) }),
    ...(receipt === undefined ? {} : { receipt }),
    files: job.files.map(({ name, mediaType, bytes, sha256 }) => {
      return { name, mediaType, bytes, sha256, href: links.file(id, name) };
    }),
    links: { self: links.job(id), events: links.events(id), ...(hasResult(state) ? { result: links.result(id) } : {}) },
  };
}

/** The source that an error names, where it does. */
export function sourceOf({ source }: JobError): string | undefined {
  return typeof source === 'string' ? source : undefined;
}

/** Why a job failed, without what only the log may tell. */
function viewError(error: JobError): object {
  const { code, stage, recordIndex, byteOffset, line, path, faults, moreFaults } = error;
  const source = sourceOf(error);
  const family = familyOf(code);
  return {
    code,
    message: publicMessage(code, error.message, source),
    ...(typeof stage === 'string' ? { stage } : {}),
    ...(family === 'input' && source !== undefined ? { source: baseName(source) } : {}),
    ...(typeof recordIndex === 'number' ? { recordIndex } : {}),
    ...(typeof byteOffset === 'number' ? { byteOffset } : {}),
    ...(typeof line === 'number' ? { line } : {}),
    ...(family === 'request' && typeof path === 'string' ? { path } : {}),
    ...(family === 'request' && Array.isArray(faults) ? { faults } : {}),
    ...(family === 'request' && typeof moreFaults === 'number' ? { moreFaults } : {}),
  };
}

function optional(name: string, time: number | undefined): object {
  return time === undefined ? {} : { [name]: isoTime(time) };
}

/** The last moment that JavaScript knows. */
const LATEST_MS = 8.64e15;

function isoTime(time: number): string {
  return new Date(Math.min(time, LATEST_MS)).toISOString();
}
