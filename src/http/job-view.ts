/** The JSON of jobs in responses. */
import { DOCUMENTED_STATUS, hasResult, type Job, type JobError, type JobSummary } from '../jobs/job.js';
import type { JobHistory } from '../jobs/job-history.js';
import { baseName, familyOf, publicMessage } from './statuses.js';

/** Paths of a job's resources, under the prefix of the plugin. */
export interface Links {
  list(query: string): string;
  deliveries(query: string): string;
  schedule(id: string): string;
  job(id: string): string;
  events(id: string): string;
  result(id: string): string;
  file(id: string, name: string): string;
  /** With its signature. */
  link(id: string, name: string, proof: { readonly expires: number; readonly signature: string }): string;
}

/** Makes the paths under a prefix. */
export function linksUnder(prefix: string): Links {
  const job = (id: string) => `${prefix}/jobs/${encodeURIComponent(id)}`;
  return {
    list: (query) => `${prefix}/jobs?${query}`,
    deliveries: (query) => `${prefix}/webhooks/deliveries?${query}`,
    schedule: (id) => `${prefix}/schedules/${encodeURIComponent(id)}`,
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

/** The JSON of a job in lists and events, without its request. */
export function viewSummary(job: JobSummary, links: Links): object {
  const { id, state, version, epoch, progress, error, receipt } = job;
  const { estimatedEnd, ...counts } = progress;
  return {
    id,
    state,
    status: DOCUMENTED_STATUS[state],
    createdAt: isoTime(job.createdAt),
    changedAt: isoTime(job.changedAt),
    startedAt: isoTime(job.startedAt),
    endedAt: isoTime(job.endedAt),
    expiresAt: isoTime(job.expiresAt),
    ...viewFacts(job),
    attempts: epoch,
    version,
    progress: { ...counts, estimatedEnd: isoTime(estimatedEnd) },
    error: error && viewError(error),
    receipt,
    files: job.files.map(({ name, mediaType, bytes, sha256 }) => {
      return { name, mediaType, bytes, sha256, href: links.file(id, name) };
    }),
    links: { self: links.job(id), events: links.events(id), result: hasResult(state) ? links.result(id) : undefined },
  };
}

/** The JSON of what has happened to a job. */
export function viewHistory({ events, samples }: JobHistory): object {
  return {
    events: events.map(({ error, ...event }) => ({
      ...event,
      at: isoTime(event.at),
      error: error && viewError(error),
    })),
    samples: samples.map((sample) => ({ ...sample, at: isoTime(sample.at) })),
  };
}

/** What is known of a job from its submission. */
function viewFacts({ facts = {}, priority = 0 }: JobSummary): object {
  const { profileName, submittedBy, userId, types, rerunOf, schedule } = facts;
  return { profile: profileName, submittedBy, userId, types, rerunOf, schedule, priority };
}

/** The source that an error names, if any. */
export function sourceOf({ source }: JobError): string | undefined {
  return typeof source === 'string' ? source : undefined;
}

/** The error of a job, without details that belong in the log. */
function viewError(error: JobError): object {
  const { code, stage, recordIndex, byteOffset, line, path, faults, moreFaults } = error;
  const source = sourceOf(error);
  const family = familyOf(code);
  return {
    code,
    message: publicMessage(code, error.message, source),
    stage: typeof stage === 'string' ? stage : undefined,
    source: family === 'input' && source !== undefined ? baseName(source) : undefined,
    recordIndex: typeof recordIndex === 'number' ? recordIndex : undefined,
    byteOffset: typeof byteOffset === 'number' ? byteOffset : undefined,
    line: typeof line === 'number' ? line : undefined,
    path: family === 'request' && typeof path === 'string' ? path : undefined,
    faults: family === 'request' && Array.isArray(faults) ? faults : undefined,
    moreFaults: family === 'request' && typeof moreFaults === 'number' ? moreFaults : undefined,
  };
}

/** The maximum time value in JavaScript. */
const LATEST_MS = 8.64e15;

/** ISO 8601 text of a time in milliseconds since 1970. */
export function isoTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(Math.min(time, LATEST_MS)).toISOString();
}
