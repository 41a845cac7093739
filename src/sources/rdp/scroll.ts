/** Reads a scroll of the platform, from its first page to its end, as the text of one array. */

import { countAt, memberAt, textAt } from '../../options/json-members.js';
import { BackOff, Outage, type Retry } from '../../remote/back-off.js';
import { type Connection, failed } from '../../remote/connection.js';
import { readJson } from '../../remote/responses.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { JsonObject } from '../../terms/json-value.js';
import type { Logger } from '../../terms/logger.js';
import { ResponseCutter } from './cut-response.js';
import { callPlatform, errorIn, Refusal } from './platform-calls.js';

const GET = 'api/entityappservice/get';
const CLEAR = 'api/entityappservice/clearscroll';

/** Documented lifetime of a scroll id. */
const SCROLL_LIFE_MS = 5 * 60_000;

/** Time limit of clearing a scroll, which is optional, since a scroll expires automatically. */
const CLEAR_LIMIT_MS = 5000;

/** Bytes of a page that are buffered until it is complete; of larger pages the first bytes are passed on earlier. */
const HELD_BYTES = 16 * 1024 * 1024;

/** Bytes that identify a page. */
const TOLD_BY_BYTES = 4096;

/** The cause of a failure after a long pause. */
const OUTLIVED = `a scroll expires five minutes after its last page, and cannot be resumed: \
read faster, or use smaller pages (pageSize)`;

/** Options of a scroll. */
export interface ScrollOptions {
  /** `params.query`, `params.fields`, and `params.options.maxRecords`. */
  readonly query: JsonObject;
  readonly fields: JsonObject;
  readonly pageSize: number;
  /** Number of entities that is probably enough: beyond it no page is requested in advance. */
  readonly enough?: number;
  /** Whether the number of entities must be equal to the announced one. */
  readonly checkTotal: boolean;
  readonly retry: Retry;
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A page with entities. */
interface Page {
  readonly cutter: ResponseCutter;
  /** The text of its entities, or the first part of it. */
  readonly held: readonly Uint8Array[];
  /** The rest of its response; undefined if it is complete. */
  readonly rest?: AsyncGenerator<Uint8Array, void>;
}

/**
 * Reads a scroll page by page. The next page is requested while the current one is processed.
 *
 * A lost response is requested again. For the first page that begins a new scroll, and nothing of the lost one was passed
 * on. For later pages it is unknown whether the platform has moved on after the lost response: if the response had begun,
 * the new one must begin with the same bytes; and at the end the number of entities must be the announced one. So nothing
 * is lost, and nothing comes twice, without an error.
 */
export class Scroll {
  readonly #connection: Connection;
  readonly #options: ScrollOptions;
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  #id: string | undefined;
  /** Scrolls that lost responses have begun. */
  readonly #strayIds: string[] = [];
  /** Number of entities by the first response. */
  #total: number | undefined;
  #read = 0;
  /** Whether no more pages follow. */
  #ended = false;
  #repeated = false;
  #respondedAt: number;
  #asking: Promise<unknown> = Promise.resolve();
  #chunks: AsyncGenerator<Uint8Array, void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, options: ScrollOptions, signal: AbortSignal) {
    this.#connection = connection;
    this.#options = options;
    this.#respondedAt = options.now();
    this.#signal = AbortSignal.any([signal, this.#ending.signal]);
  }

  /** The entities of all pages as one array. Nothing is requested before it is read. */
  async *text(): AsyncGenerator<Uint8Array, void> {
    yield Buffer.from('[');
    let next: Promise<Page | undefined> | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const page = await (next ?? this.#askNext());
      if (!page) break;
      const { enough = Number.POSITIVE_INFINITY } = this.#options;
      next = page.rest || this.#read >= enough ? undefined : this.#askNext();
      if (!isFirst) yield Buffer.from(',');
      yield* page.held;
      yield* this.#restOf(page);
    }
    yield Buffer.from(']');
  }

  /** Cancels pending calls, and clears the scroll; never fails. A scroll whose id has not arrived expires automatically. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#asking.catch(() => {});
    await this.#chunks?.return().catch(() => {});
    const ids = [...this.#strayIds, this.#id].filter((id) => id !== undefined);
    const signal = AbortSignal.timeout(CLEAR_LIMIT_MS);
    await Promise.all(ids.map((id) => this.#clear(id, signal)));
  }

  async #clear(scrollId: string, signal: AbortSignal): Promise<void> {
    const { retry, logger } = this.#options;
    try {
      await new BackOff({ ...retry, retries: 1 }, signal, 'read').run(async () => {
        const body = { params: { scrollId } };
        const response = await this.#connection.send(CLEAR, { method: 'POST', body, signal });
        const answer = await readJson(response, this.#connection);
        const error = errorIn(answer, this.#connection);
        if (error) throw error;
      });
    } catch (cause) {
      logger.warn({ source: this.#connection.place }, `the scroll was not cleared: ${messageOf(cause)}`);
    }
  }

  #askNext(): Promise<Page | undefined> {
    const page = this.#ended ? Promise.resolve(undefined) : this.#ask();
    // The await of the page handles its failure; after the end of reading nothing does.
    page.catch(() => {});
    this.#asking = page;
    return page;
  }

  /** The next page; undefined after the last. */
  async #ask(): Promise<Page | undefined> {
    const { retry, logger } = this.#options;
    const onRetry = (error: SluiceError, waitMs: number) => {
      logger.warn({ source: this.#connection.place, waitMs }, `retrying: ${error.message}`);
      return retry.onRetry?.(error, waitMs);
    };
    const backOff = new BackOff({ ...retry, onRetry }, this.#signal, 'read');
    let lost: Buffer = Buffer.alloc(0);
    for (;;) {
      const cutter = new ResponseCutter();
      const held: Uint8Array[] = [];
      try {
        return await this.#hold(cutter, held, lost);
      } catch (cause) {
        if (!(cause instanceof Outage)) throw this.#explained(cause);
        if (this.#id === undefined) {
          const stray = cutter.scrollId();
          if (stray !== undefined) this.#strayIds.push(stray);
        } else if (!cause.unheard) {
          this.#refuseUncounted(cause);
          this.#repeated = true;
          if (lost.length === 0) lost = Buffer.concat(held).subarray(0, TOLD_BY_BYTES);
        }
        await backOff.after(cause);
      }
    }
  }

  /** Requests a page, and reads it until it is complete, or as much of it as may be buffered. */
  async #hold(cutter: ResponseCutter, held: Uint8Array[], lost: Buffer): Promise<Page | undefined> {
    const { timeoutMs } = this.#options;
    const chunks = callPlatform(this.#connection, GET, this.#body(), { signal: this.#signal, timeoutMs });
    this.#chunks = chunks;
    let size = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      const text = cutter.push(next.value);
      if (cutter.fault) break;
      if (!text) continue;
      held.push(text);
      size += text.length;
      if (size > HELD_BYTES) {
        this.#refuseOther(held, lost);
        return { cutter, held, rest: chunks };
      }
    }
    await chunks.return();
    const frame = this.#frameOf(cutter);
    this.#refuseOther(held, lost);
    this.#take(cutter.entities, frame);
    return cutter.entities === 0 ? undefined : { cutter, held };
  }

  async *#restOf({ cutter, rest }: Page): AsyncGenerator<Uint8Array, void> {
    if (!rest) return;
    try {
      for await (const chunk of rest) {
        const text = cutter.push(chunk);
        if (cutter.fault) break;
        if (text) yield text;
      }
      this.#take(cutter.entities, this.#frameOf(cutter));
    } catch (cause) {
      if (!(cause instanceof Outage)) throw cause;
      const reason = 'the page was too large to be buffered completely, and cannot be requested again';
      throw this.#failure(`${cause.message}; ${reason}: use smaller pages (pageSize)`, cause);
    }
  }

  #body(): JsonObject {
    const { query, fields, pageSize } = this.#options;
    const scroll = this.#id === undefined ? { prepareScroll: true } : { scrollId: this.#id };
    return { params: { query, fields, options: { maxRecords: pageSize }, ...scroll } };
  }

  /**
   * The frame around the entities of a response.
   * @throws SluiceError that the response reports; an `Outage` if it was cut
   */
  #frameOf(cutter: ResponseCutter): unknown {
    const { place } = this.#connection;
    const cut = cutter.end();
    if (cut.kind === 'cut') throw new Outage('READ_FAILED', `${place}: the response was cut`, { stage: 'read' });
    if (cut.kind === 'invalid') {
      throw failed(`${place}: the response is not as documented: ${cut.message}`, undefined, 'read');
    }
    const error = errorIn(cut.frame, this.#connection);
    if (error) throw error;
    const entities = memberAt(cut.frame, 'response', 'entities');
    if (entities === undefined || entities === null || Array.isArray(entities)) return cut.frame;
    throw failed(`${place}: the response is not as documented: its entities are not a list`, undefined, 'read');
  }

  /** Accepts a complete page; a page without entities is the end. */
  #take(entities: number, frame: unknown): void {
    const isFirst = this.#id === undefined;
    // The id may change from page to page, or come only once.
    this.#id = textAt(frame, 'response', 'scrollId') ?? this.#id;
    // The last page has a total of 0.
    if (isFirst) this.#total = countAt(frame, 'response', 'totalRecords');
    this.#read += entities;
    this.#ended = entities === 0 || this.#id === undefined;
    this.#checkTotal();
    this.#respondedAt = this.#options.now();
  }

  #checkTotal(): void {
    const { checkTotal, now } = this.#options;
    const [total, read] = [this.#total, this.#read];
    if (this.#ended && this.#id === undefined && read > 0 && (total === undefined || read < total)) {
      throw this.#failure('the response has no scrollId, without which the rest cannot be requested');
    }
    const fits = total === undefined || read === total || (read < total && !this.#ended);
    if (fits || !checkTotal) return;
    const reasons = [
      ...(this.#repeated ? ['a response was lost, and the platform had moved on after it'] : []),
      ...(now() - this.#respondedAt > SCROLL_LIFE_MS ? [OUTLIVED] : []),
    ];
    const why = reasons.length > 0 ? `: ${reasons.join(', or ')}` : '';
    throw this.#failure(`${total} entities were announced, but ${read} came${why}; export again`);
  }

  /** @throws if it is not the page of the lost response */
  #refuseOther(held: readonly Uint8Array[], lost: Buffer): void {
    const front = Buffer.concat(held).subarray(0, lost.length);
    if (front.equals(lost)) return;
    throw this.#failure('a response was lost, and the platform has moved on after it; export again');
  }

  /** @throws if the end could not show whether the platform has moved on after the lost response */
  #refuseUncounted(lost: Outage): void {
    if (this.#total !== undefined && this.#options.checkTotal) return;
    const reason = 'the platform may have moved on after that response, which nothing would show; export again';
    throw this.#failure(`${lost.message}; ${reason}`, lost);
  }

  /** The error of the platform for a page, explained if the scroll has expired. */
  #explained(cause: unknown): unknown {
    if (!(cause instanceof Refusal) || cause.code !== 'SERVICE_FAILED' || this.#id === undefined) return cause;
    const outlived = this.#options.now() - this.#respondedAt > SCROLL_LIFE_MS;
    if (!outlived && !/scroll/i.test(cause.message)) return cause;
    return this.#failure(`${cause.message}; ${OUTLIVED}`, cause);
  }

  #failure(message: string, cause?: unknown): SluiceError {
    const { place } = this.#connection;
    const text = message.startsWith(place) ? message : `${place}: ${message}`;
    return new SluiceError('READ_FAILED', 'read', text, { source: place, cause });
  }
}
