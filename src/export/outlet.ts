/** Lends the memory of what a stream emits to the next stage, where that is provably the only one that gets it. */
import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { type Batch, ownText } from '../terms/batch.js';
import { giveBack, isLent, keepLent } from '../terms/lent-memory.js';
import type { Run } from '../terms/run.js';
import { type Lease, RunBatch } from './run-batch.js';

// An item goes from a stream to its readers in one synchronous emit, unless it is buffered first. So it has one reader
// if, when it is pushed, nothing is buffered, and the only listener is the one that `pipe` has added for a stage of
// sluice. Only such an item is on loan. Everything else, such as a tee, a stream of somebody else, an iterator or a
// buffered item, gets memory that is its own from then on. A stage gives back what is on loan when it has pushed what it
// makes of it.
//
// The text of a batch that a reader emits is in the memory that it reads into. The next stage takes the lease of it over
// in the emit itself, or never: then the batch gets memory of its own at once. The reader waits for the end of the lease.

/** Streams that use a chunk or batch up before they ask for the next one, and then give it back. */
const STAGES = new WeakSet<object>();

/** Declares that a stream gives back what it is lent. */
export function markStage(stream: object): void {
  STAGES.add(stream);
}

/** Memory that only the next stage has. */
const ON_LOAN = new WeakSet<Uint8Array>();

/** The end of a stream at which it emits. */
export class Outlet {
  readonly #stream: Readable;
  /** Listeners that `pipe` has added, and the stages that they write to. */
  readonly #toStages = new WeakMap<object, object>();

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /** Connects the stream to another one by the given call of `pipe`. */
  pipe<T extends object>(to: T, pipe: () => T): T {
    const before = new Set(this.#stream.rawListeners('data'));
    pipe();
    // Listeners of others may come by events of `pipe`; and where `write` was replaced, others get the items.
    const [added, ...others] = this.#stream.rawListeners('data').filter((listener) => !before.has(listener));
    if (added && others.length === 0 && STAGES.has(to)) this.#toStages.set(added, to);
    return to;
  }

  /** Whether the only reader is a stage that is still busy. */
  get isBusy(): boolean {
    return this.#stream.readableFlowing === false && this.#leadsToStage;
  }

  /** Pushes an item; as `push` of a stream. */
  push(item: unknown): boolean {
    if (item instanceof RunBatch && item.isLeased) return this.#pushLeased(item);
    const bytes = memoryOf(item);
    if (!bytes || !isLent(bytes)) return this.#stream.push(item);
    if (this.#stream.readableLength === 0 && this.#leadsToStage) ON_LOAN.add(bytes);
    else keepLent(bytes);
    const more = this.#stream.push(item);
    if (this.#stream.readableLength > 0) keepLent(bytes);
    return more;
  }

  #pushLeased(item: RunBatch): boolean {
    if (this.#stream.readableLength > 0 || !this.#leadsToStage) item.own();
    const more = this.#stream.push(item);
    item.own();
    return more;
  }

  get #leadsToStage(): boolean {
    const listeners = this.#stream.rawListeners('data');
    const stage = listeners.length === 1 ? this.#toStages.get(listeners[0]) : undefined;
    return stage !== undefined && !Object.hasOwn(stage, 'write') && this.#stream.listenerCount('readable') === 0;
  }
}

/** The memory of what a stage was given, until it has pushed everything that it makes of it. */
export class Loan {
  readonly #bytes: Buffer | undefined;
  readonly #isCut: boolean;
  #isPassedOn = false;
  /** Of the text, if it is in the memory of the reader. */
  #lease: Lease | undefined;
  /** What takes the lease over. */
  #heir: unknown;

  /** @param isCut whether the stage returns its output in pieces */
  constructor(given: unknown, isCut: boolean) {
    const bytes = memoryOf(given);
    this.#isCut = isCut;
    if (!bytes) return;
    this.#lease = given instanceof RunBatch ? given.takeLease() : undefined;
    if (this.#lease) this.#bytes = bytes;
    // What somebody else has written to the stage, others may have.
    else if (ON_LOAN.delete(bytes)) this.#bytes = bytes;
    else keepLent(bytes);
  }

  /** Called before outputs are pushed: one that is in the same memory takes it over, of several none gives it back. */
  passOn(outputs: readonly unknown[]): void {
    const bytes = this.#bytes;
    if (!bytes) return;
    const inside = outputs.map((output) => memoryOf(output)).filter((memory) => memory?.buffer === bytes.buffer);
    if (inside.length === 0) return;
    if (this.#lease) {
      const isAlone = inside.length === 1 && !this.#isCut;
      this.#heir = isAlone ? outputs.find((output) => memoryOf(output) === inside[0]) : undefined;
      return;
    }
    if (this.#isCut || inside.length > 1 || inside[0] !== bytes) keepLent(bytes);
    this.#isPassedOn = true;
  }

  /** The output for the next stream, which takes over the lease of what is in its memory, or gets memory of its own. */
  wrap(output: unknown, run: Run): unknown {
    const isInside = this.#lease !== undefined && memoryOf(output)?.buffer === this.#bytes?.buffer;
    if (!isInside) return wrapped(output, run);
    if (!isBatch(output)) return Buffer.isBuffer(output) ? Buffer.from(output) : output;
    if (output !== this.#heir) return new RunBatch(run, ownText(output));
    const lease = this.#lease;
    this.#lease = undefined;
    return new RunBatch(run, output, lease);
  }

  /** Called after the last output. */
  end(): void {
    if (this.#bytes && !this.#isPassedOn) giveBack(this.#bytes);
  }

  /** Called when the stage does nothing more with what it was given, whether it has failed or not. */
  release(): void {
    this.#lease?.end();
    this.#lease = undefined;
  }
}

/** The memory of a chunk or of a batch of text. */
function memoryOf(item: unknown): Buffer | undefined {
  if (Buffer.isBuffer(item)) return item;
  const batch = item instanceof RunBatch ? item.batch : isBatch(item) ? item : undefined;
  return batch?.kind === 'bytes' ? batch.bytes : undefined;
}

/** What a stage puts out, as the next stream gets it. */
export function wrapped(output: unknown, run: Run): unknown {
  return isBatch(output) ? new RunBatch(run, output) : output;
}

/** Whether an output of a stage is a batch. */
function isBatch(item: unknown): item is Batch {
  return (
    typeof item === 'object' && item !== null && 'kind' in item && (item.kind === 'bytes' || item.kind === 'objects')
  );
}
