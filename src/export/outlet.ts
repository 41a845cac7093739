/** Lends the memory of what a stream emits to the next stage, where that is provably the only one that gets it. */
import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Batch } from '../terms/batch.js';
import { giveBack, isLent, keepLent } from '../terms/lent-memory.js';
import { RunBatch } from './run-batch.js';

// An item goes from a stream to its readers in one synchronous emit, unless it is buffered first. So it has one reader
// if, when it is pushed, nothing is buffered, and the only listener is the one that `pipe` has added for a stage of
// sluice. Only such an item is on loan. Everything else, such as a tee, a stream of somebody else, an iterator or a
// buffered item, gets memory that is its own from then on. A stage gives back what is on loan when it has pushed what it
// makes of it.

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
    const bytes = memoryOf(item);
    if (!bytes || !isLent(bytes)) return this.#stream.push(item);
    if (this.#stream.readableLength === 0 && this.#leadsToStage) ON_LOAN.add(bytes);
    else keepLent(bytes);
    const more = this.#stream.push(item);
    if (this.#stream.readableLength > 0) keepLent(bytes);
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

  /** @param isCut whether the stage returns its output in pieces */
  constructor(given: unknown, isCut: boolean) {
    const bytes = memoryOf(given);
    this.#isCut = isCut;
    if (!bytes) return;
    // What somebody else has written to the stage, others may have.
    if (ON_LOAN.delete(bytes)) this.#bytes = bytes;
    else keepLent(bytes);
  }

  /** Called before outputs are pushed: one that is in the same memory takes it over, of several none gives it back. */
  passOn(outputs: readonly unknown[]): void {
    const bytes = this.#bytes;
    if (!bytes) return;
    const inside = outputs.map((output) => memoryOf(output)).filter((memory) => memory?.buffer === bytes.buffer);
    if (inside.length === 0) return;
    if (this.#isCut || inside.length > 1 || inside[0] !== bytes) keepLent(bytes);
    this.#isPassedOn = true;
  }

  /** Called after the last output. */
  end(): void {
    if (this.#bytes && !this.#isPassedOn) giveBack(this.#bytes);
  }
}

/** The memory of a chunk or of a batch of text. */
function memoryOf(item: unknown): Buffer | undefined {
  if (Buffer.isBuffer(item)) return item;
  const batch = item instanceof RunBatch ? item.batch : isBatch(item) ? item : undefined;
  return batch?.kind === 'bytes' ? batch.bytes : undefined;
}

/** Whether an output of a stage is a batch. */
export function isBatch(item: unknown): item is Batch {
  return (
    typeof item === 'object' && item !== null && 'kind' in item && (item.kind === 'bytes' || item.kind === 'objects')
  );
}
