/** The jobs of one tenant, over an engine and a store. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readableOf } from '../pipeline/readable-of.js';
import { wrapStored } from '../pipeline/wrap-stored.js';
import { SluiceError } from '../terms/errors.js';
import type { BlobStore } from './blob-store.js';
import type { JobEngine, JobRow, StoredFile } from './engine.js';
import { type FileLink, isSigned, type LinkClaim, signLink } from './file-link.js';
import { hasResult, isEnded, type Job, type ResultFile } from './job.js';
import { type JobPlanOptions, planJob } from './job-plan.js';
import type { ByteRange, JobPage, Submission, Submitted, TenantJobs } from './tenant-jobs.js';
import { watchJob } from './watch-jobs.js';

/** Jobs in a page when nobody says, and at most. */
const PAGE = 50;
const LARGEST_PAGE = 500;

/** Longest idempotency key, in characters. */
const LONGEST_KEY = 255;

/** The form of all ids there are; no engine is asked for anything else. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the jobs of all tenants share. */
export interface JobsParts {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly plan: JobPlanOptions;
  /** Bytes that a tenant may have stored. */
  readonly quotaBytes: number;
  readonly now: () => number;
  /** How long links live, in milliseconds. */
  readonly linkMs: number;
  readonly closing: () => boolean;
  /** Ends the attempt of a job and waits for that. */
  readonly abort: (id: string) => Promise<void>;
}

/** Everything a tenant can do; each method looks first whether the job is the tenant's. */
export class StoredJobs implements TenantJobs {
  readonly tenant: string;
  readonly #parts: JobsParts;

  constructor(tenant: string, parts: JobsParts) {
    this.tenant = tenant;
    this.#parts = parts;
  }

  async submit({ request, idempotencyKey }: Submission): Promise<Submitted> {
    const { engine, plan, quotaBytes, closing } = this.#parts;
    if (closing()) throw new SluiceError('SHUTTING_DOWN', 'job', 'the service is shutting down');
    if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > LONGEST_KEY)) {
      throw new SluiceError('INVALID', 'accept', `an idempotency key has 1 to ${LONGEST_KEY} characters`);
    }
    const id = randomUUID();
    const planned = planJob({ id, tenant: this.tenant, request, createdAt: Date.now() }, plan);
    if (quotaBytes !== Number.POSITIVE_INFINITY && (await engine.storedBytes(this.tenant)) >= quotaBytes) {
      throw new SluiceError('QUOTA_EXCEEDED', 'job', `results take ${quotaBytes} bytes already; delete some`);
    }
    // What is kept is what JSON makes of it, so that the same request compares equal when it comes again.
    const kept: unknown = JSON.parse(JSON.stringify(request ?? {}));
    const { row, created } = await engine.submit({
      id: planned.stored.id,
      tenant: this.tenant,
      request: kept,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    return { job: jobOf(row), created };
  }

  async get(id: string): Promise<Job> {
    return jobOf(await this.#row(id));
  }

  async list({ limit = PAGE, after }: { limit?: number; after?: string } = {}): Promise<JobPage> {
    const size = Math.min(Math.max(1, limit), LARGEST_PAGE);
    const rows = await this.#parts.engine.list(this.tenant, size + 1, after);
    const jobs = rows.slice(0, size).map(jobOf);
    const last = jobs.at(-1);
    return { jobs, ...(rows.length > size && last ? { next: last.id } : {}) };
  }

  async cancel(id: string): Promise<Job> {
    const { engine, store, abort } = this.#parts;
    await this.#row(id);
    const row = (await engine.cancel(id)) ?? (await this.#row(id));
    await abort(id);
    if (row.files.length === 0) await store.sweep({ tenant: row.tenant, job: id }, new Set());
    return jobOf(row);
  }

  async *watch(
    id: string,
    { after = 0, signal }: { after?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<Job, void> {
    await this.#row(id);
    for await (const row of watchJob(this.#parts.engine, id, after, signal)) yield jobOf(row);
  }

  async settled(id: string, waitMs: number, signal?: AbortSignal): Promise<Job> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), waitMs);
    const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    try {
      let job = await this.get(id);
      for await (const changed of this.watch(id, { after: job.version, signal: either })) {
        job = changed;
        if (isEnded(job.state)) break;
      }
      return job;
    } finally {
      clearTimeout(timer);
    }
  }

  async file(id: string, name: string): Promise<ResultFile> {
    const { parts: _, ...file } = this.#fileOf(await this.#row(id), name);
    return file;
  }

  async read(id: string, name: string, range?: ByteRange): Promise<Readable> {
    const row = await this.#row(id);
    const file = this.#fileOf(row, name);
    return readableOf(this.#parts.store.read({ tenant: row.tenant, job: id }, file.parts, range));
  }

  async link(id: string, name: string): Promise<FileLink> {
    const { engine, store, now, linkMs } = this.#parts;
    const row = await this.#row(id);
    const { parts, mediaType } = this.#fileOf(row, name);
    const until = Math.min(now() + linkMs, row.expiresAt ?? Number.POSITIVE_INFINITY);
    const expires = Math.floor(until / 1000);
    const [part] = parts;
    if (store.presign && part && parts.length === 1) {
      const expiresInSeconds = Math.max(1, Math.floor((until - now()) / 1000));
      const owner = { tenant: row.tenant, job: id };
      const url = await store.presign(owner, part, { fileName: name, mediaType, expiresInSeconds });
      return { kind: 'presigned', url, expiresAt: expires * 1000 };
    }
    const signature = signLink(await engine.secret(), { tenant: row.tenant, id, name, expires });
    return { kind: 'signed', expires, signature, expiresAt: expires * 1000 };
  }

  async envelope(id: string): Promise<Readable> {
    const row = await this.#row(id);
    const { parts } = this.#fileOf(row);
    const { stored, envelope } = planJob(row, this.#parts.plan);
    return wrapStored(this.#parts.store.read({ tenant: row.tenant, job: id }, parts), {
      ...envelope,
      id,
      fileName: stored.output.fileName,
      records: row.receipt?.written ?? 0,
    });
  }

  /** The row of a job of this tenant; a result whose time is over counts as expired, whether it was deleted or not. */
  async #row(id: string): Promise<JobRow> {
    const { engine, now } = this.#parts;
    const row = UUID.test(id) ? await engine.get(id) : undefined;
    if (!row || row.tenant !== this.tenant) throw new SluiceError('NO_SUCH_JOB', 'job', 'there is no such job');
    const isOver = hasResult(row.state) && row.expiresAt !== undefined && row.expiresAt <= now();
    return isOver ? { ...row, state: 'expired', files: [] } : row;
  }

  /** A file of the result; the first one when no name is given. */
  #fileOf({ state, files }: JobRow, name?: string): StoredFile {
    if (state === 'expired') throw new SluiceError('RESULT_EXPIRED', 'job', 'the result has expired');
    if (!hasResult(state)) throw new SluiceError('NO_RESULT', 'job', `the job is ${state} and has no result`);
    const file = name === undefined ? files[0] : files.find((one) => one.name === name);
    if (file) return file;
    throw new SluiceError('NO_SUCH_FILE', 'job', 'the result has no such file');
  }
}

/** How far the clocks of two processes of a service may differ. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The jobs of the tenant whose link this is.
 * @throws SluiceError `NO_SUCH_FILE`, whatever is wrong with it
 */
export async function jobsOfLink(claim: LinkClaim, parts: JobsParts): Promise<TenantJobs> {
  const { engine, now, linkMs } = parts;
  const row = UUID.test(claim.id) ? await engine.get(claim.id) : undefined;
  const left = claim.expires * 1000 - now();
  // No link that was made here lives longer: one that says so was signed elsewhere, with a secret that leaked.
  if (row && left > 0 && left <= linkMs + CLOCK_SKEW_MS) {
    const { tenant } = row;
    if (isSigned(await engine.secret(), { ...claim, tenant }, claim.signature)) return new StoredJobs(tenant, parts);
  }
  throw new SluiceError('NO_SUCH_FILE', 'job', 'the link is not valid, or not any more');
}

/** What anybody may know of a row. */
export function jobOf(row: JobRow): Job {
  const { checkpoint: _, idempotencyKey: _key, notBefore: _not, files, ...job } = row;
  return { ...job, files: files.map(({ parts: _parts, ...file }) => file) };
}
