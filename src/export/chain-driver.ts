/** Drives stages in a row: one input at a time through all of them. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { ObjectBatch } from '../terms/batch.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage, type StageOutput } from '../terms/stage.js';
import { faultOfObjects } from '../terms/unserializable.js';

/** Drives a chain. The result of a stage goes through all later stages before the stage is called again. */
export class ChainDriver {
  readonly #stages: readonly Stage<unknown, unknown>[];

  constructor(stages: readonly Stage<unknown, unknown>[]) {
    this.#stages = stages;
  }

  /** Pushes inputs into the stage at `from`; yields the output of the last stage, piece by piece. */
  async *push(inputs: readonly unknown[], run: Run, from = 0): AsyncGenerator<readonly unknown[], void> {
    const pieces = this.#stages.findIndex(({ more }, index) => index >= from && more !== undefined);
    if (pieces < 0) {
      yield await this.#through(inputs, run, from, this.#stages.length);
      return;
    }
    for (const item of await this.#through(inputs, run, from, pieces)) {
      yield* this.#call(pieces, run, () => this.#stages[pieces].push(item, run), item);
    }
  }

  /** Pushes inputs through the stages in `[from, to)`, none of which yields in pieces. */
  async #through(inputs: readonly unknown[], run: Run, from: number, to: number): Promise<readonly unknown[]> {
    let items = inputs;
    for (let index = from; index < to && items.length > 0; index++) {
      const stage = this.#stages[index];
      if (items.length === 1) {
        items = await timed(stage, run, () => stage.push(items[0], run), items[0]);
        continue;
      }
      const results: unknown[] = [];
      for (const item of items) results.push(...(await timed(stage, run, () => stage.push(item, run), item)));
      items = results;
    }
    return items;
  }

  /** Drains every stage, the first one first; yields the output. */
  async *drain(run: Run): AsyncGenerator<readonly unknown[], void> {
    for (const [index, stage] of this.#stages.entries()) {
      if (stage.drain) yield* this.#call(index, run, () => stage.drain?.(run) ?? NOTHING);
    }
  }

  /** Flushes every stage, the first one first; yields the output. */
  async *flush(run: Run): AsyncGenerator<readonly unknown[], void> {
    for (const [index, stage] of this.#stages.entries()) yield* this.#call(index, run, () => stage.flush(run));
  }

  /** Returns the end that the output needs after a failure. */
  async fail(error: SluiceError, run: Run): Promise<readonly unknown[]> {
    const rest: unknown[] = [];
    for (const [index, stage] of this.#stages.entries()) {
      const answer = (await stage.fail?.(error, run)) ?? NOTHING;
      for await (const items of this.push(answer, run, index + 1)) rest.push(...items);
    }
    return rest;
  }

  /** Calls a stage until its result is complete; yields the output of the later stages for each piece. */
  async *#call(
    index: number,
    run: Run,
    act: () => StageOutput<unknown>,
    input?: unknown,
  ): AsyncGenerator<readonly unknown[], void> {
    const stage = this.#stages[index];
    let items = await timed(stage, run, act, input);
    while (items.length > 0) {
      yield* this.push(items, run, index + 1);
      if (!stage.more) return;
      items = await timed(stage, run, () => stage.more?.(run) ?? NOTHING, input);
    }
  }

  /** Closes every stage. @throws the first failure (rejects) */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const stage of this.#stages) {
      try {
        await stage.close?.();
      } catch (cause) {
        failures.push(cause);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Calls a stage, adds its time to the ledger, and converts what it throws to a SluiceError. */
async function timed(
  stage: Stage<unknown, unknown>,
  run: Run,
  act: () => StageOutput<unknown>,
  input?: unknown,
): Promise<readonly unknown[]> {
  if (turnIsOver()) await nextTurn();
  const before = run.now();
  try {
    const answer = act();
    return answer instanceof Promise ? await answer : answer;
  } catch (cause) {
    const ofObject = isObjects(input) ? faultOfObjects(input, stage.step, cause) : undefined;
    throw ofObject ?? toSluiceError(cause, 'INTERNAL', stage.step);
  } finally {
    run.ledger.addBusy(stage.name, run.now() - before);
  }
}

function isObjects(input: unknown): input is ObjectBatch {
  return typeof input === 'object' && input !== null && 'kind' in input && input.kind === 'objects';
}
