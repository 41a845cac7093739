/** Chunks of streams of entities: batches, each with the run it belongs to. */
import { type Batch, ownText } from '../terms/batch.js';
import type { Run } from '../terms/run.js';

/** The text of a batch that is still in the memory of its reader, which waits until no stage needs it. */
export class Lease {
  #isOut = true;
  #ended = () => {};

  /** Whether somebody still needs the text. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /** Lets the reader go on. */
  end(): void {
    this.#isOut = false;
    this.#ended();
  }

  /** @param act called once no stage needs the text */
  whenEnded(act: () => void): void {
    if (this.#isOut) this.#ended = act;
    else act();
  }
}

/** A batch between two streams. A stream that was given no run takes part in the run of its first batch. */
export class RunBatch {
  readonly run: Run;
  #batch: Batch;
  #lease: Lease | undefined;

  /** @param lease of the text; absent: the text belongs to the holder of the batch */
  constructor(run: Run, batch: Batch, lease?: Lease) {
    this.run = run;
    this.#batch = batch;
    this.#lease = lease;
  }

  /** Entities, in memory that is leased or belongs to their holder. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Whether the text is in memory of its reader, and no stage has taken the lease over yet. */
  get isLeased(): boolean {
    return this.#lease !== undefined;
  }

  /** Takes the lease over, to end it when the text is not needed any more. */
  takeLease(): Lease | undefined {
    const lease = this.#lease;
    this.#lease = undefined;
    return lease;
  }

  /** Gives a batch memory of its own if no stage has taken its lease over. */
  own(): void {
    if (!this.#lease) return;
    this.#batch = ownText(this.#batch);
    this.takeLease()?.end();
  }
}

/** Opens a reader that overwrites each batch when it is asked for the next one. */
export type OpenReader = (isHeld: () => boolean) => AsyncGenerator<Batch, void>;

/** The batches of a reader, for the next stream. They are leased: the reader continues when no stage needs the last one. */
export class LeasedBatches {
  readonly #open: OpenReader;
  readonly #run: Run;
  #lease: Lease | undefined;
  #isGivenUp = false;
  #wake = () => {};

  constructor(open: OpenReader, run: Run) {
    this.#open = open;
    this.#run = run;
  }

  async *read(): AsyncGenerator<RunBatch, void> {
    // If it is left while somebody still needs the last batch, the reader lets its memory go.
    for await (const batch of this.#open(() => this.#lease?.isOut ?? false)) {
      this.#lease = batch.kind === 'bytes' ? new Lease() : undefined;
      yield new RunBatch(this.#run, batch, this.#lease);
      if (this.#lease?.isOut) await this.#ended(this.#lease);
      if (this.#isGivenUp) return;
    }
  }

  /** Waits for no lease any more. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#wake();
  }

  #ended(lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      lease.whenEnded(resolve);
      if (this.#isGivenUp) resolve();
    });
  }
}
