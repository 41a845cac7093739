/** Reading of entities for calls: each passes once through the source; scrolls keep what they found in a temporary file. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { TenantJobs } from '../../jobs/tenant-jobs.js';
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import { type SeekableSpool, temporarySpool } from '../../temporary-files/temporary-spool.js';
import { SluiceError } from '../../terms/errors.js';
import type { DocumentedBody } from '../../terms/request.js';
import { Refusal } from '../refusal.js';
import type { SluiceHttpOptions } from '../service-options.js';
import type { Page } from './get-page.js';
import { eachLine } from './spooled-lines.js';

const MAX_READS = 4;
const MAX_SCROLLS = 20;
const MAX_SCROLL_BYTES = 4 * 1024 ** 3;
const SCROLL_TTL_MS = 5 * 60_000;

/** Bytes of a scroll in memory; more go to a temporary file. */
const MEMORY_BYTES = 256 * 1024;

/** What was found. */
export interface FoundEntities {
  /** Lines with one entity each: those of the page, or all of a scroll. */
  readonly spool: SeekableSpool;
  /** Number of all found entities. */
  readonly total: number;
}

/** Entities that are handed out page by page. */
export interface Scroll {
  readonly id: string;
  readonly total: number;
  readonly spool: SeekableSpool;
  /** Position of the next page. */
  at: number;
  /** The page that is being sent. */
  sending?: Readable;
}

/** Counts of a tenant. */
interface Usage {
  reads: number;
  scrolls: number;
  bytes: number;
}

/** Reads and scrolls of all tenants of a service. */
export class EntityReads {
  readonly #maxReads: number;
  readonly #maxScrolls: number;
  readonly #maxBytes: number;
  readonly #ttlMs: number;
  readonly #usage = new Map<string, Usage>();
  readonly #scrolls = new Map<string, { readonly scroll: Scroll; readonly tenant: string; timer: NodeJS.Timeout }>();

  constructor(options: Pick<SluiceHttpOptions, 'maxReads' | 'maxScrolls' | 'maxScrollBytes' | 'scrollTtlMs'>) {
    this.#maxReads = options.maxReads ?? MAX_READS;
    this.#maxScrolls = options.maxScrolls ?? MAX_SCROLLS;
    this.#maxBytes = options.maxScrollBytes ?? MAX_SCROLL_BYTES;
    this.#ttlMs = options.scrollTtlMs ?? SCROLL_TTL_MS;
  }

  /**
   * Finds entities and counts them; keeps those of a page.
   * @throws SluiceError `TOO_MANY_REQUESTS`; those of reading
   */
  async find(jobs: TenantJobs, request: DocumentedBody, page: Page, signal: AbortSignal): Promise<FoundEntities> {
    return this.#read(jobs, request, { from: page.from, to: page.from + page.maxRecords }, signal);
  }

  /**
   * Finds entities, and keeps them all until the scroll is cleared, or has not been used for its lifetime.
   * @throws SluiceError `TOO_MANY_REQUESTS`, `QUOTA_EXCEEDED`, `DISK_FULL`; those of reading
   */
  async open(jobs: TenantJobs, request: DocumentedBody, signal: AbortSignal): Promise<Scroll> {
    const { tenant } = jobs;
    const usage = this.#usageOf(tenant);
    if (usage.scrolls >= this.#maxScrolls) {
      throw new Refusal('TOO_MANY_REQUESTS', `${usage.scrolls} scrolls are open, the maximum; clear some`);
    }
    usage.scrolls++;
    try {
      const { spool, total } = await this.#read(jobs, request, { from: 0, to: Number.POSITIVE_INFINITY }, signal);
      const scroll: Scroll = { id: randomUUID(), total, spool, at: 0 };
      this.#scrolls.set(scroll.id, { scroll, tenant, timer: this.#timerOf(scroll.id) });
      return scroll;
    } catch (cause) {
      usage.scrolls--;
      throw cause;
    }
  }

  /**
   * A scroll of a tenant, which lives on from now.
   * @throws SluiceError `NO_SUCH_FILE` for one that is missing, has expired or belongs to another tenant
   */
  continue(tenant: string, id: string): Scroll {
    const open = this.#scrolls.get(id);
    if (open?.tenant !== tenant) {
      const ttl = `${Math.round(this.#ttlMs / 1000)} seconds after its last page`;
      throw new Refusal(
        'NO_SUCH_FILE',
        `No search context found for id: the scroll was cleared, or has expired ${ttl}`,
      );
    }
    clearTimeout(open.timer);
    open.timer = this.#timerOf(id);
    return open.scroll;
  }

  /** Clears a scroll of a tenant; returns whether it was there. */
  async clear(tenant: string, id: string): Promise<boolean> {
    const open = this.#scrolls.get(id);
    if (open?.tenant !== tenant) return false;
    this.#scrolls.delete(id);
    clearTimeout(open.timer);
    const usage = this.#usageOf(tenant);
    usage.scrolls--;
    usage.bytes -= open.scroll.spool.length;
    await open.scroll.spool.close();
    return true;
  }

  /** Clears all scrolls. */
  async close(): Promise<void> {
    await Promise.all([...this.#scrolls].map(([id, { tenant }]) => this.clear(tenant, id)));
  }

  #timerOf(id: string): NodeJS.Timeout {
    return setTimeout(() => {
      const open = this.#scrolls.get(id);
      // A page that is being sent is not cut off.
      if (open?.scroll.sending) open.timer = this.#timerOf(id);
      else if (open) void this.clear(open.tenant, id);
    }, this.#ttlMs).unref();
  }

  #usageOf(tenant: string): Usage {
    const known = this.#usage.get(tenant);
    if (known) return known;
    const usage: Usage = { reads: 0, scrolls: 0, bytes: 0 };
    this.#usage.set(tenant, usage);
    return usage;
  }

  async #read(
    jobs: TenantJobs,
    request: DocumentedBody,
    kept: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): Promise<FoundEntities> {
    return this.counted(jobs, () => this.#spooled(jobs, request, kept, signal));
  }

  /**
   * Runs what reads the source of a tenant.
   * @throws SluiceError `TOO_MANY_REQUESTS`; those of reading
   */
  async counted<T>({ tenant }: TenantJobs, read: () => Promise<T>): Promise<T> {
    const usage = this.#usageOf(tenant);
    if (usage.reads >= this.#maxReads) {
      throw new Refusal('TOO_MANY_REQUESTS', `${usage.reads} calls read entities already, the maximum of a tenant`);
    }
    usage.reads++;
    try {
      return await read();
    } catch (cause) {
      throw unservable(cause);
    } finally {
      usage.reads--;
    }
  }

  async #spooled(
    jobs: TenantJobs,
    request: DocumentedBody,
    kept: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): Promise<FoundEntities> {
    const usage = this.#usageOf(jobs.tenant);
    const spool = temporarySpool(MEMORY_BYTES);
    const isScroll = kept.to === Number.POSITIVE_INFINITY;
    let total = 0;
    try {
      for await (const chunk of jobs.readEntities(request, { signal })) {
        if (turnIsOver()) await nextTurn();
        const { lines, start, end } = eachLine(chunk, total, kept);
        total += lines;
        if (end === start) continue;
        await spool.write(chunk.subarray(start, end));
        if (!isScroll) continue;
        usage.bytes += end - start;
        if (usage.bytes > this.#maxBytes) {
          throw new Refusal(
            'QUOTA_EXCEEDED',
            `the open scrolls of the tenant take ${this.#maxBytes} bytes; clear some`,
          );
        }
      }
      return { spool, total };
    } catch (cause) {
      if (isScroll) usage.bytes -= spool.length;
      await spool.close();
      throw cause;
    }
  }
}

/** The error of a source that this service cannot read is no fault of the request. */
function unservable(cause: unknown): unknown {
  if (!(cause instanceof SluiceError) || cause.code !== 'UNSUPPORTED' || cause.stage !== 'read') return cause;
  return new Refusal('UNSUPPORTED', `entities cannot be read from this service: ${cause.message}`, { status: 501 });
}
