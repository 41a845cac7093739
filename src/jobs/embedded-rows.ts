/** The rows of the embedded engine in LMDB: JSON text, with requests stored separately, and an index in memory. */
import type { Database, RootDatabase } from 'lmdb';
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { Faults, isObject } from '../options/faults.js';
import { jsonSteps } from '../options/json-steps.js';
import { sizeOf } from '../results/parts.js';
import { parseText } from '../scan/decode-value.js';
import { messageOf } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import { isAscii } from '../values/words.js';
import { EmbeddedIndex } from './embedded-index.js';
import { type JobRow, MOST_PAGE_BYTES, type RowPage, type StoredBytes, type WholeRow } from './engine.js';
import { hasResult, isEnded } from './job.js';
import { SEARCHED_CHARACTERS } from './job-search.js';
import { cursorOf, newestFirst, type OrderKey } from './newest-first.js';
import { isRow, unreadable } from './stored-row.js';

/** Characters of a request that is parsed at once. */
const SMALL_TEXT = 16 * 1024;

/** Rows that are kept in memory after a change, and the size of the largest: who waits for a job looks at it at once. */
const MOST_RECENT = 64;
const MOST_RECENT_BYTES = 16 * 1024;

/** When an ended job is due: to expire its result, or, if it has none, to be deleted. */
interface Due {
  readonly at: number;
  readonly hasResult: boolean;
}

/**
 * All methods that read or write are called within a transaction, or for a single read. The index in memory must follow
 * the database: call `noted` after each committed change.
 */
export class EmbeddedRows {
  readonly #rows: Database<string, string>;
  readonly #requests: Database<string, string>;
  readonly #order: Database<true, OrderKey>;
  /** `[tenant, idempotency key]` to the job's id. */
  readonly #keys: Database<string, [string, string]>;
  /** Rows of an earlier version, encoded with msgpack. */
  readonly #old: Database<unknown, string>;
  readonly #root: RootDatabase;
  readonly #logger: Logger;
  readonly #aside = new Set<string>();
  /** The oldest change first. */
  readonly #recent = new Map<string, JobRow>();
  readonly #stored = new Map<string, { results: number; rows: number }>();
  readonly #due = new Map<string, Due>();
  /** What searches look at. */
  readonly index = new EmbeddedIndex((id) => this.#beginOfRequest(id));

  constructor(root: RootDatabase, logger: Logger) {
    this.#root = root;
    this.#logger = logger;
    this.#rows = root.openDB({ name: 'rows', encoding: 'string' });
    this.#requests = root.openDB({ name: 'requests', encoding: 'string' });
    this.#order = root.openDB({ name: 'order' });
    this.#keys = root.openDB({ name: 'keys' });
    this.#old = root.openDB({ name: 'jobs' });
  }

  /** Number of jobs whose rows are unreadable. */
  get setAside(): number {
    return this.#aside.size;
  }

  /**
   * Reads all rows once, in the order of submission, and migrates those of an earlier version. Unreadable rows are set
   * aside: they stay in the database, are counted, and are logged.
   */
  async *open(): AsyncGenerator<JobRow, void> {
    await this.#migrate();
    for (const [, , id] of [...this.#order.getKeys()]) {
      if (turnIsOver()) await nextTurn();
      const row = this.tryRead(id);
      if (!row) continue;
      this.noted(undefined, row, this.#requestBytes(id));
      yield row;
    }
  }

  /**
   * The row of a job, without its request.
   * @throws SluiceError `INTERNAL` if it exists and is unreadable
   */
  read(id: string): JobRow | undefined {
    const text = this.#rows.get(id);
    if (text === undefined) {
      if (this.#aside.has(id)) throw unreadable(id, 'it is set aside');
      return undefined;
    }
    try {
      const row = parseText(text);
      if (!isRow(row, id)) throw new Error('it is not a row of a job');
      SIZES.set(row, text.length);
      return row;
    } catch (cause) {
      this.#setAside(id, cause);
      throw unreadable(id, messageOf(cause), cause);
    }
  }

  /** The committed row of a job, as another reader may have it, too; throws as `read` does. */
  look(id: string): JobRow | undefined {
    return this.#recent.get(id) ?? this.read(id);
  }

  isSetAside(id: string): boolean {
    return this.#aside.has(id);
  }

  /** Like `read`, but undefined for an unreadable row. */
  tryRead(id: string): JobRow | undefined {
    try {
      return this.read(id);
    } catch {
      return undefined;
    }
  }

  /** The row with its request; throws as `read` does. */
  readWhole(id: string): WholeRow | undefined {
    const row = this.read(id);
    if (!row) return undefined;
    const text = this.#requests.get(id);
    if (text === undefined) throw unreadable(id, 'its request is not there');
    try {
      return { ...row, request: parseText(text) };
    } catch (cause) {
      this.#setAside(id, cause);
      throw unreadable(id, messageOf(cause), cause);
    }
  }

  /** The row with its request, parsed without blocking the event loop; throws as `read` does. */
  async takeWhole(id: string): Promise<WholeRow | undefined> {
    const row = this.read(id);
    return row && { ...row, request: await this.takeRequest(id) };
  }

  /** The current request of a job, parsed without blocking the event loop; throws as `read` does. */
  async takeRequest(id: string): Promise<unknown> {
    const text = this.#requests.get(id);
    if (text === undefined) throw unreadable(id, 'its request is not there');
    try {
      if (text.length <= SMALL_TEXT) return parseText(text);
      return await stepsInTurns(jsonSteps(text, new Faults(), false));
    } catch (cause) {
      this.#setAside(id, cause);
      throw unreadable(id, messageOf(cause), cause);
    }
  }

  /** The id of the job with an idempotency key. */
  idOf(tenant: string, idempotencyKey: string): string | undefined {
    return this.#keys.get([tenant, idempotencyKey]);
  }

  /** Adds a row; returns the size of its request. */
  add(row: JobRow, request: unknown): number {
    const { id, tenant, createdAt, idempotencyKey } = row;
    const text = JSON.stringify(request);
    this.#requests.put(id, text);
    this.put(row);
    this.#order.put([tenant, createdAt, id], true);
    if (idempotencyKey !== undefined) this.#keys.put([tenant, idempotencyKey], id);
    return Buffer.byteLength(text);
  }

  put(row: JobRow): void {
    const text = JSON.stringify(row);
    SIZES.set(row, text.length);
    this.#rows.put(row.id, text);
  }

  /** Deletes a row and everything that belongs to it; returns the size of its request. */
  remove({ id, tenant, createdAt, idempotencyKey }: JobRow): number {
    const bytes = this.#requestBytes(id);
    this.#rows.remove(id);
    this.#requests.remove(id);
    this.#order.remove([tenant, createdAt, id]);
    if (idempotencyKey !== undefined) this.#keys.remove([tenant, idempotencyKey]);
    return bytes;
  }

  /**
   * A page of the tenant's rows, newest first.
   * @param after `next` of the page before
   * @param isFound whether a job is listed
   * @throws SluiceError `INVALID`
   */
  async list(tenant: string, limit: number, after?: string, isFound?: (id: string) => boolean): Promise<RowPage> {
    const rows: JobRow[] = [];
    let bytes = 0;
    let last: OrderKey | undefined;
    for await (const key of newestFirst(this.#order, tenant, after)) {
      const [, , id] = key;
      if (turnIsOver()) await nextTurn();
      if (!isFound || isFound(id)) {
        if (last && (rows.length === limit || bytes > MOST_PAGE_BYTES)) return { rows, next: cursorOf(last) };
        const row = this.tryRead(id);
        if (row) {
          rows.push(row);
          bytes += bytesOf(row);
        }
      }
      last = key;
    }
    return { rows };
  }

  /** Updates the index after a change; `before` is undefined for a new row, `after` for a deleted one. */
  noted(before: JobRow | undefined, after: JobRow | undefined, requestBytes = 0): void {
    const tenant = (after ?? before)?.tenant ?? '';
    const stored = this.#stored.get(tenant) ?? { results: 0, rows: 0 };
    stored.results += resultBytes(after) - resultBytes(before);
    stored.rows += (after ? bytesOf(after) : 0) - (before ? bytesOf(before) : 0);
    if (!before) stored.rows += requestBytes;
    if (!after) stored.rows -= requestBytes;
    this.#stored.set(tenant, stored);
    const id = (after ?? before)?.id ?? '';
    this.index.note(tenant, id, after);
    this.#recent.delete(id);
    if (after && bytesOf(after) <= MOST_RECENT_BYTES) this.#recent.set(id, after);
    if (this.#recent.size > MOST_RECENT) this.#recent.delete(this.#recent.keys().next().value ?? '');
    if (before && !after) this.#due.delete(before.id);
    if (!after || !isEnded(after.state)) return;
    const at = hasResult(after.state) ? (after.expiresAt ?? 0) : (after.endedAt ?? 0);
    this.#due.set(after.id, { at, hasResult: hasResult(after.state) });
  }

  storedBytes(tenant: string): StoredBytes {
    const { results, rows } = this.#stored.get(tenant) ?? { results: 0, rows: 0 };
    return { results, rows };
  }

  /** Ids of jobs whose results have expired by `now`, and of those without a result that ended before `forget`. */
  due(now: number, forget: number): readonly string[] {
    return [...this.#due].filter(([, one]) => (one.hasResult ? one.at <= now : one.at < forget)).map(([id]) => id);
  }

  async #migrate(): Promise<void> {
    for (const id of [...this.#old.getKeys()]) {
      try {
        const value = this.#old.get(id);
        const { request, ...rest } = isObject(value) ? value : {};
        const row: unknown = { lost: 0, ...rest };
        if (!isRow(row, id)) throw new Error('it is not a row of a job');
        const texts = [JSON.stringify(row), JSON.stringify(request ?? {})] as const;
        await this.#root.transaction(() => {
          this.#rows.put(id, texts[0]);
          this.#requests.put(id, texts[1]);
          this.#old.remove(id);
        });
      } catch (cause) {
        this.#setAside(id, cause);
      }
    }
  }

  /** The part of a request that is searched for a text. */
  #beginOfRequest(id: string): string {
    const bytes = this.#requests.getBinaryFast(id);
    if (!bytes) return '';
    // The memory goes on after the length that LMDB states.
    const begin = bytes.toString('utf8', 0, Math.min(bytes.length, SEARCHED_CHARACTERS));
    // A character has at most 3 bytes for each of its units.
    return isAscii(begin) ? begin : bytes.toString('utf8', 0, Math.min(bytes.length, 3 * SEARCHED_CHARACTERS));
  }

  #requestBytes(id: string): number {
    return this.#requests.getBinaryFast(id)?.length ?? 0;
  }

  #setAside(id: string, cause: unknown): void {
    if (this.#aside.has(id)) return;
    this.#aside.add(id);
    // The error of JSON.parse quotes the text, which is the client's data.
    const reason = cause instanceof SyntaxError ? 'it is no JSON' : messageOf(cause);
    const facts = { job: id, reason, err: cause };
    this.#logger.error(facts, 'the row of a job is unreadable: it is skipped and kept');
  }
}

/** Size of the results, also of unfinished ones. */
function resultBytes(row: JobRow | undefined): number {
  return sizeOf([...(row?.files ?? []), ...(row?.checkpoint?.parts ?? [])]);
}

/** Sizes of rows that were read or written. */
const SIZES = new WeakMap<JobRow, number>();

/** Approximate size of a row. */
function bytesOf(row: JobRow): number {
  return SIZES.get(row) ?? JSON.stringify(row).length;
}
