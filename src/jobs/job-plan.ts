/** Plans of jobs: made when a request is submitted, and remembered until its job has run. */

import { createHash } from 'node:crypto';
import { indexPlanOf } from '../delta/index-format.js';
import { refuseDelta } from '../delta/refuse-delta.js';
import { acceptSettings } from '../export/plan-export.js';
import type { PlanOptions } from '../export/plan-options.js';
import { acceptRequest } from '../request/accept/accept-request.js';
import { makePlan, type PlanFor, type PlanSettings } from '../request/plan/make-plan.js';
import { resolveProfile } from '../request/plan/resolve-profile.js';
import { blobFacts, mayBeSeveral } from '../terms/blob-content.js';
import { definedOnly } from '../terms/defined-only.js';
import type { EnvelopePlan, ExportPlan, OutputPlan } from '../terms/plan.js';
import type { BlobContent, Format, ProfileRegistry } from '../terms/profile.js';
import type { JobFacts } from './job.js';
import type { ChainPlan } from './job-delta.js';

/** Options of a plan that the service decides; the rest is the request's. */
export type JobPlanOptions = Omit<PlanOptions, 'request' | 'id' | 'tenant' | 'now'>;

/** What a job is planned from. */
export interface PlannedJob {
  readonly id: string;
  readonly tenant: string;
  readonly request: unknown;
  /** Time of submission in milliseconds since 1970: the `now` of its criteria in every attempt. */
  readonly createdAt: number;
  /** The user who runs it, if the client said so outside the request. */
  readonly facts?: Pick<JobFacts, 'userId' | 'userEmail'>;
}

/**
 * How a service responds to a submission: it waits a while for the result (`AUTO`), waits until it is there (`SYNC`), or
 * returns the job at once (`ASYNC`).
 */
export type JobMode = 'AUTO' | 'SYNC' | 'ASYNC';

/** The plan of a job, and the envelope around its file. */
export interface JobPlan {
  /** Its pack is never `envelope`: the zip is stored, and the envelope is made when it is sent. */
  readonly stored: ExportPlan;
  /** The envelope around the stored file, or around the only file in the stored zip. */
  readonly envelope: (content: BlobContent) => EnvelopePlan;
  /** What the blob of the envelope holds, as the request or its profile says; absent: the service decides. */
  readonly content?: BlobContent;
  /** Name and type of the file that is stored. */
  readonly fileName: string;
  readonly mediaType: string;
  /** Name of the file of rejected records. */
  readonly rejectsName: string;
  /** Name of the index for the next delta. */
  readonly indexName: string;
  /** The chain of deltas that it is in; absent: in none. */
  readonly delta?: ChainPlan;
  /** As the profile of the request says. */
  readonly mode: JobMode;
  /** What jobs are searched by, without the user. */
  readonly facts: JobFacts;
}

/** An accepted and planned request; only the time of submission is missing. */
interface Remembered {
  /** The plan at a time of submission: almost always of the same one. */
  completed?: { readonly createdAt: number; readonly plan: JobPlan };
  readonly planFor: PlanFor;
  readonly mode: JobMode;
  readonly content?: BlobContent;
  readonly facts: JobFacts;
  readonly delta?: ChainPlan;
  /** Approximate size. */
  readonly bytes: number;
}

/** Bytes of all plans that are remembered. */
const MOST_REMEMBERED_BYTES = 8 * 1024 * 1024;

/** Bytes of a plan beside those that grow with its request. */
const PLAN_BYTES = 4 * 1024;

/**
 * Plans the jobs of a service. A request is accepted and planned once in this process, by `submit`; attempts and
 * envelopes find the plan here. Where it was dropped, or another process took the submission, it is made from the row.
 */
export class JobPlans {
  readonly #settings: PlanSettings;
  readonly #mostBytes: number;
  /** The least recently used first. */
  readonly #remembered = new Map<string, Remembered>();
  #bytes = 0;

  /**
   * @param options of the service, with its profiles
   * @param mostBytes bytes of all plans that are remembered
   * @throws SluiceError `UNKNOWN_KEY`, `INVALID` for options that no job could have
   */
  constructor(options: JobPlanOptions, mostBytes = MOST_REMEMBERED_BYTES) {
    this.#mostBytes = mostBytes;
    this.#settings = acceptSettings(options);
    this.plan({ id: 'any', tenant: 'any', request: {}, createdAt: 0 });
  }

  /** The profiles that requests can select. */
  get profiles(): ProfileRegistry {
    return this.#settings.profiles;
  }

  /**
   * Accepts and plans a request.
   * @throws SluiceError as `planExport` does
   */
  plan(job: PlannedJob): JobPlan {
    return this.#complete(this.#plan(job), job);
  }

  /**
   * Accepts and plans a request that is submitted.
   * @param bytes size of the request as JSON
   * @returns the plan, and what remembers it once the job is there
   * @throws SluiceError as `planExport` does
   */
  submit(job: PlannedJob, bytes: number): { readonly plan: JobPlan; readonly remember: () => void } {
    const planned = this.#plan(job);
    const plan = this.#complete(planned, job);
    const completed = { createdAt: job.createdAt, plan };
    return { plan, remember: () => this.#remember(job.id, { ...planned, completed, bytes: PLAN_BYTES + bytes }) };
  }

  /**
   * The plan of a stored job.
   * @throws SluiceError as `planExport` does, where profiles or options have changed since it was submitted
   */
  of(job: PlannedJob): JobPlan {
    return this.remembered(job) ?? this.plan(job);
  }

  /** The same, where no request is needed to make it. */
  remembered(job: Omit<PlannedJob, 'request'>): JobPlan | undefined {
    const known = this.#remembered.get(job.id);
    if (!known) return undefined;
    this.#remembered.delete(job.id);
    this.#remembered.set(job.id, known);
    if (known.completed?.createdAt !== job.createdAt) {
      known.completed = { createdAt: job.createdAt, plan: this.#complete(known, job) };
    }
    return known.completed.plan;
  }

  #plan({ id, tenant, request, facts = {} }: Omit<PlannedJob, 'createdAt'>): Omit<Remembered, 'bytes'> {
    const accepted = acceptRequest(request);
    const profile = resolveProfile(accepted, accepted.inlineProfiles ?? this.#settings.profiles);
    const { ids, types } = accepted;
    const planFor = makePlan(accepted, { ...this.#settings, ...definedOnly(userOf(facts)), id, tenant });
    const delta = accepted.delta && chainOf(accepted.delta.chain ?? request, planFor);
    return {
      planFor,
      delta,
      mode: profile?.mode ?? 'AUTO',
      content: this.#settings.content ?? accepted.content ?? profile?.content,
      facts: {
        profileName: profile?.name,
        entityId: ids?.length === 1 ? ids[0] : undefined,
        types,
        deltaChain: delta?.chain,
      },
    };
  }

  #complete(
    { planFor, mode, content, facts, delta }: Omit<Remembered, 'bytes'>,
    { tenant, createdAt }: Pick<PlannedJob, 'tenant' | 'createdAt'>,
  ): JobPlan {
    // Options of the service apply to all jobs; that some have no effect on this one is no news to its client.
    const { envelope, idleOptions: _, ...plan } = planFor({ now: createdAt, fallbackPack: 'envelope' });
    const { content: _content, ...output } = plan.output;
    const pack = output.pack === 'envelope' ? storedPack(output) : output.pack;
    const stored = Object.freeze({ ...plan, output: Object.freeze({ ...output, pack }) });
    const version = envelope?.version;
    const base = output.fileName.replace(/\.[^.]*$/, '');
    return {
      stored,
      content,
      envelope: (sent) => {
        const held = pack === 'gzip' || pack === 'zstd' ? pack : pack === 'zip' ? sent : 'plain';
        return { tenant, ...blobFacts(output, held, version) };
      },
      ...fileOf(stored, base),
      rejectsName: `${base}_rejects.ndjson`,
      indexName: `${base}_delta.index`,
      delta,
      mode,
      facts: definedOnly({ ...facts, fileType: FILE_TYPES[output.format] }),
    };
  }

  #remember(id: string, planned: Remembered): void {
    this.#remembered.set(id, planned);
    this.#bytes += planned.bytes;
    for (const [oldest, { bytes }] of this.#remembered) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#remembered.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

/** The chain of a request: of its name, else of all equal requests. */
function chainOf(name: unknown, planFor: PlanFor): ChainPlan {
  // What `now` means in criteria differs from job to job.
  const plan = planFor({ now: 0, fallbackPack: 'envelope' });
  refuseDelta(plan, 'delta');
  const chain = createHash('sha256').update(JSON.stringify(name)).digest('hex');
  return { chain, index: indexPlanOf(plan) };
}

function userOf({ userId, userEmail }: NonNullable<PlannedJob['facts']>): NonNullable<PlannedJob['facts']> {
  return { userId, userEmail };
}

/** What an envelope is made of when it is sent. */
function storedPack(output: OutputPlan): 'zip' | 'none' {
  return output.format === 'xlsx' && !mayBeSeveral(output) ? 'none' : 'zip';
}

/** The documented types of files. */
const FILE_TYPES: Readonly<Record<Format, string>> = {
  json: 'RSJSON',
  array: 'RSJSON',
  ndjson: 'RSJSON',
  dsv: 'DSV',
  xlsx: 'SMARTEXCEL',
};

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  array: 'application/json',
  ndjson: 'application/x-ndjson',
  dsv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function fileOf({ output }: ExportPlan, base: string): Pick<JobPlan, 'fileName' | 'mediaType'> {
  const { pack, format, fileName, dsv } = output;
  if (pack === 'zip') return { fileName: `${base}.zip`, mediaType: 'application/zip' };
  if (pack === 'gzip') return { fileName: `${fileName}.gz`, mediaType: 'application/gzip' };
  if (pack === 'zstd') return { fileName: `${fileName}.zst`, mediaType: 'application/zstd' };
  return { fileName, mediaType: dsv?.delimiter === '\t' ? 'text/tab-separated-values' : MEDIA_TYPES[format] };
}
