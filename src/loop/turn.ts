/** Sharing the event loop: long work asks between its steps whether its turn is over, and then lets everybody else go on. */
import type { Run } from '../terms/run.js';

/**
 * How long work may keep the event loop at a time, in milliseconds. Steps differ in length, the garbage collector comes
 * between, and nothing of a process shall wait for more than 20.
 */
const TURN_MS = 8;

/** When the work of this turn of the event loop began; undefined where none has. One clock for all work of a process. */
let began: number | undefined;

/** Those who gave way, and go on one a turn: together they would keep the loop for as many times as long. */
const waiting: (() => void)[] = [];

/** Whether work has kept the event loop long enough by now: then it should wait for `nextTurn`. Cheap; asked often. */
export function turnIsOver(): boolean {
  if (began === undefined) {
    began = performance.now();
    setImmediate(() => {
      began = undefined;
    });
    return false;
  }
  return performance.now() - began >= TURN_MS;
}

/**
 * Resolves when everybody else was let in: timers, sockets, other long work.
 * @throws SluiceError `ABORTED` where nobody wants what the run makes any more by then
 */
export async function nextTurn(run?: Run): Promise<void> {
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(goOn);
  });
  if (run?.signal.aborted) throw run.abortError();
}

function goOn(): void {
  began = undefined;
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(goOn);
}

/** Does something with each item, giving way between two where it is time. */
export async function eachInTurns<T>(items: Iterable<T>, act: (item: T) => void): Promise<void> {
  for (const item of items) {
    if (turnIsOver()) await nextTurn();
    act(item);
  }
}

/** Takes steps to their end, giving way between two where it is time; answers what they come to. */
export async function stepsInTurns<T>(steps: Generator<void, T>, run?: Run): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (turnIsOver()) await nextTurn(run);
  }
}
