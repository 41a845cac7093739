/** Reads the begin of what a plan exports, as lines of entities: within a time and a size, and without a job. */
import { ExportStream } from '../export/run-export.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';
import type { ExportPlan } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import { readOnce } from './source-for.js';

const NEWLINE = 0x0a;

/** Why reading ended: all was read, the limit or the ids of the request were reached, or a bound of time or size was. */
export type ReadStop = 'end' | 'limit' | 'ids' | 'time' | 'size';

/** How much is read. */
export interface ReadBounds {
  /** Maximum of entities; absent: that of the request. */
  readonly entities?: number;
  /** Bytes of all lines after which reading ends. */
  readonly bytes: number;
  /** Milliseconds after which it ends. */
  readonly durationMs: number;
}

/** Reads once. */
export class BoundedLines {
  /** Records of the source that were read so far, about as many while it is being read. */
  read = 0;
  /** Why reading ended, once it has. */
  stoppedBy: ReadStop = 'end';
  /** What a user should know of what was read, once that has ended; nothing where a bound of time or size ended it. */
  notes: readonly Note[] = [];
  readonly #source: Source;
  readonly #plan: ExportPlan;
  readonly #bounds: ReadBounds;

  /** @throws SluiceError `UNSUPPORTED` for a source that can be read only once, such as a stream */
  constructor(source: Source, plan: ExportPlan, bounds: ReadBounds) {
    if (source.reopenable === false) throw readOnce();
    this.#source = source;
    this.#plan = planOfLines(plan, bounds.entities);
    this.#bounds = bounds;
  }

  /**
   * Complete lines, several at a time.
   * @throws SluiceError as an export does
   */
  async *lines(signal: AbortSignal): AsyncGenerator<Buffer, void> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), this.#bounds.durationMs);
    const onProgress = ({ read }: { readonly read: number }) => {
      this.read = read;
    };
    const options = { source: this.#source, signal: AbortSignal.any([signal, over.signal]), onProgress };
    const stream = new ExportStream(() => this.#plan, options, { now: Date.now() });
    try {
      yield* this.#whole(stream);
      if (this.stoppedBy === 'size') return;
      const receipt = await stream.receipt;
      this.read = receipt.read;
      this.stoppedBy = receipt.stoppedBy;
      this.notes = receipt.notes;
    } catch (cause) {
      const isLate = over.signal.aborted && !signal.aborted;
      if (!isLate || !(cause instanceof SluiceError) || cause.code !== 'ABORTED') throw cause;
      this.stoppedBy = 'time';
    } finally {
      clearTimeout(timer);
      stream.destroy();
    }
  }

  /** Joins the pieces of lines. */
  async *#whole(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    let pending: Buffer[] = [];
    let room = this.#bounds.bytes;
    for await (const chunk of chunks) {
      const isTooMuch = chunk.length > room;
      const within = isTooMuch ? chunk.subarray(0, room) : chunk;
      const end = within.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        yield Buffer.concat([...pending, within.subarray(0, end)]);
        pending = [];
      }
      if (isTooMuch) {
        this.stoppedBy = 'size';
        return;
      }
      if (end < chunk.length) pending.push(Buffer.from(chunk.subarray(end)));
      room -= chunk.length;
    }
  }
}

/** The plan whose result is lines, whatever the form of the result is. */
function planOfLines({ delta: _, ...plan }: ExportPlan, most: number | undefined): ExportPlan {
  const { level, deflate, fileName } = plan.output;
  const limit = most === undefined ? plan.select.limit : Math.min(most, plan.select.limit ?? most);
  return {
    ...plan,
    scan: { threads: 1 },
    select: limit === undefined ? plan.select : { ...plan.select, limit },
    output: { format: 'ndjson', pack: 'none', level, deflate, threads: 1, fileName },
  };
}
