/** Sorting long lists without holding the event loop. */
import { nextTurn, turnIsOver } from './turn.js';

/** Items that are sorted at once, in less than a millisecond. */
const RUN = 2048;

/** Sorts items, stable; yields between short runs and while it merges them. */
export async function sortInTurns<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += RUN) {
    if (turnIsOver()) await nextTurn();
    runs.push(items.slice(from, from + RUN).sort(compare));
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(at + 1 < runs.length ? await merge(runs[at], runs[at + 1], compare) : runs[at]);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(one: readonly T[], other: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const all: T[] = [];
  let [left, right] = [0, 0];
  while (left < one.length && right < other.length) {
    if (all.length % RUN === 0 && turnIsOver()) await nextTurn();
    all.push(compare(one[left], other[right]) <= 0 ? one[left++] : other[right++]);
  }
  while (left < one.length) all.push(one[left++]);
  while (right < other.length) all.push(other[right++]);
  return all;
}
