/** Sharing the event loop: long work checks between its steps whether its turn is over, and then yields. */
import type { Run } from '../terms/run.js';
import { clock } from './clock.js';

/**
 * How long work may hold the event loop, in milliseconds. Steps differ in length, the garbage collector interrupts, and
 * nothing in a process should wait for more than 20. A request of a client needs several turns.
 */
const TURN_MS = 4;

/** That of Node: where tests replace the global one by a fake, an export continues all the same. */
const { setImmediate } = globalThis;

/** When the work of this turn of the event loop began; undefined before. All work of a process shares one clock. */
let began: number | undefined;

/** Work that has yielded. One continues per turn; together they would hold the loop for as many times as long. */
const waiting: (() => void)[] = [];

/** Whether work has held the event loop long enough and should await `nextTurn`. Cheap, for frequent calls. */
export function turnIsOver(): boolean {
  if (began === undefined) {
    began = clock();
    setImmediate(() => {
      began = undefined;
    });
    return false;
  }
  return clock() - began >= TURN_MS;
}

/**
 * Resolves after timers, sockets and other long work had their turn.
 * @throws SluiceError (rejects) `ABORTED` when the run is aborted by then
 */
export async function nextTurn(run?: Run): Promise<void> {
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(continueOne);
  });
  if (run?.signal.aborted) throw run.abortError();
}

/** Resolves when the event loop has done what is due in this turn. */
export function turnEnd(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function continueOne(): void {
  began = undefined;
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(continueOne);
}

/** Calls a function with each item, and yields between two when the turn is over. */
export async function eachInTurns<T>(items: Iterable<T>, act: (item: T) => void): Promise<void> {
  for (const item of items) {
    if (turnIsOver()) await nextTurn();
    act(item);
  }
}

/** Runs steps to their end, and yields between two when the turn is over. @returns the result of the steps */
export async function stepsInTurns<T>(steps: Generator<void, T>, run?: Run): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (turnIsOver()) await nextTurn(run);
  }
}
