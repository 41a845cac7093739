/** A stream of batches that is iterated over entity by entity. */
import type { Readable } from 'node:stream';
import { settleBatch } from '../encode/settle-batch.js';
import { type EntityObject, entityAt } from '../select/call-with-entities.js';
import { checkStage } from '../select/check.js';
import { setAsideStage } from '../select/set-aside.js';
import { type Batch, entityCount } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { GeneratorReadable } from './generator-readable.js';
import { LeasedBatches, type OpenReader, RunBatch } from './run-batch.js';

/** Yields entities as objects with `for await`, and batches when piped into another stage. */
export type EntityStream = AsyncIterable<EntityObject> & Readable;

/** Makes the stream of a run. */
export function entityStream(open: OpenReader, run: Run): EntityStream {
  return new BatchReadable(open, run);
}

class BatchReadable extends GeneratorReadable {
  readonly #batches: LeasedBatches;

  constructor(open: OpenReader, run: Run) {
    const batches = new LeasedBatches(open, run);
    super(() => batches.read(), run, { output: 'batches' });
    this.#batches = batches;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#batches.giveUp();
    super._destroy(error, callback);
  }

  /**
   * The entities as objects, checked. What `JSON.parse` cannot hold is lost, such as digits beyond a double. An entity
   * counts as written once its batch has been iterated over. Leaving the loop early aborts the run and closes the source.
   * @throws SluiceError (rejects) with the failure of the run, after the entities before it; `ALREADY_USED`
   */
  override async *[Symbol.asyncIterator](): AsyncGenerator<EntityObject, undefined> {
    const items: AsyncIterable<unknown> = { [Symbol.asyncIterator]: () => super[Symbol.asyncIterator]() };
    const check = checkStage();
    const setAside = setAsideStage();
    const passed = async (batch: Batch, run: Run): Promise<readonly Batch[]> => {
      const all: Batch[] = [];
      for (const one of await check.push(batch, run)) all.push(...(await setAside.push(one, run)));
      return all;
    };
    let fault: unknown;
    try {
      for await (const item of items) {
        if (!(item instanceof RunBatch)) continue;
        const { batch, run } = item;
        for (const checked of await passed(batch, run)) {
          for (let position = 0; position < entityCount(checked); position++) yield entityAt(checked, position);
          await settleBatch(checked, run);
          if (checked.ending?.kind !== 'fault') continue;
          fault = checked.ending.error;
          run.fail(checked.ending.error);
        }
      }
      if (fault) throw fault;
    } finally {
      await check.close?.();
      if (!this.closed) await new Promise((resolve) => this.once('close', resolve));
    }
  }
}
