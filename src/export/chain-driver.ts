/** Driving stages in a row: one input at a time through all of them. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { type Answer, NOTHING, type Stage } from '../terms/stage.js';

/** Drives a chain. What a stage answers has gone through all stages behind it before the stage is called again. */
export class ChainDriver {
  readonly #stages: readonly Stage<unknown, unknown>[];
  readonly #run: Run | undefined;

  constructor(stages: readonly Stage<unknown, unknown>[], run: Run | undefined) {
    this.#stages = stages;
    this.#run = run;
  }

  /** Pushes inputs into the stage at `from`; yields what comes out behind the last one, piece by piece. */
  async *push(inputs: readonly unknown[], from = 0): AsyncGenerator<readonly unknown[], void> {
    const pieces = this.#stages.findIndex(({ more }, index) => index >= from && more !== undefined);
    if (pieces < 0) {
      yield await this.#through(inputs, from, this.#stages.length);
      return;
    }
    for (const item of await this.#through(inputs, from, pieces)) {
      yield* this.#ask(pieces, () => this.#stages[pieces].push(item));
    }
  }

  /** Pushes inputs through the stages from one to before another, none of which answers in pieces. */
  async #through(inputs: readonly unknown[], from: number, to: number): Promise<readonly unknown[]> {
    let items = inputs;
    for (let index = from; index < to && items.length > 0; index++) {
      const stage = this.#stages[index];
      if (items.length === 1) {
        items = await this.#timed(stage, () => stage.push(items[0]));
        continue;
      }
      const answers: unknown[] = [];
      for (const item of items) answers.push(...(await this.#timed(stage, () => stage.push(item))));
      items = answers;
    }
    return items;
  }

  /** Drains every stage, the first one first; yields what comes out. */
  async *drain(): AsyncGenerator<readonly unknown[], void> {
    for (const [index, stage] of this.#stages.entries()) {
      if (stage.drain) yield* this.#ask(index, () => stage.drain?.() ?? NOTHING);
    }
  }

  /** Flushes every stage, the first one first; yields what comes out. */
  async *flush(): AsyncGenerator<readonly unknown[], void> {
    for (const [index, stage] of this.#stages.entries()) yield* this.#ask(index, () => stage.flush());
  }

  /** Asks the stages what the output still needs after a failure. */
  async fail(error: SluiceError): Promise<readonly unknown[]> {
    const rest: unknown[] = [];
    for (const [index, stage] of this.#stages.entries()) {
      const answer = (await stage.fail?.(error)) ?? NOTHING;
      for await (const items of this.push(answer, index + 1)) rest.push(...items);
    }
    return rest;
  }

  /** Asks a stage for its answer, all of it; yields what the stages behind it make of that. */
  async *#ask(index: number, act: () => Answer<unknown>): AsyncGenerator<readonly unknown[], void> {
    const stage = this.#stages[index];
    let items = await this.#timed(stage, act);
    while (items.length > 0) {
      yield* this.push(items, index + 1);
      if (!stage.more) return;
      items = await this.#timed(stage, () => stage.more?.() ?? NOTHING);
    }
  }

  async close(): Promise<void> {
    for (const stage of this.#stages) await stage.close?.();
  }

  async #timed(stage: Stage<unknown, unknown>, act: () => Answer<unknown>): Promise<readonly unknown[]> {
    if (turnIsOver()) await nextTurn();
    if (!this.#run) return act();
    const before = this.#run.now();
    try {
      const answer = act();
      return answer instanceof Promise ? await answer : answer;
    } catch (cause) {
      throw toSluiceError(cause, 'INTERNAL', stage.step);
    } finally {
      this.#run.ledger.addBusy(stage.name, this.#run.now() - before);
    }
  }
}
