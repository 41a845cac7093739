/** Orders names of files. */
import { nextTurn, turnIsOver } from '../loop/turn.js';

/**
 * `name`: by the code units of their paths; `natural`: numbers in them by their value, so that `part-9` comes before
 * `part-10`; `none`: as the file system or a list has them, without keeping names in memory.
 */
export type FileOrder = (typeof FILE_ORDERS)[number];

export const FILE_ORDERS = ['name', 'natural', 'none'] as const;

/** Runs of digits, without leading zeros. */
const NUMBERS = /0*(\d+)/g;

/** Makes a key of each name, whose code units have the natural order: the length of a number comes before its digits. */
function naturalKey(name: string): string {
  return name.replace(NUMBERS, (_all, digits: string) => `0${String.fromCharCode(digits.length)}${digits}`);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Sorts items by their names, and yields between steps when the turn is over; `none` leaves them as they are.
 */
export async function sortedByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  order: FileOrder,
): Promise<readonly T[]> {
  if (order === 'none') return items;
  const keyOf = order === 'natural' ? naturalKey : (name: string) => name;
  const keyed: { readonly item: T; readonly name: string; readonly key: string }[] = [];
  for (const item of items) {
    if (turnIsOver()) await nextTurn();
    const name = nameOf(item);
    keyed.push({ item, name, key: keyOf(name) });
  }
  // What differs only by leading zeros is in the order of its code units.
  const sorted = await sortedInTurns(keyed, (a, b) => byCodeUnits(a.key, b.key) || byCodeUnits(a.name, b.name));
  return sorted.map(({ item }) => item);
}

/** Items sorted at once; more hold the event loop for too long. */
const RUN_LENGTH = 1024;

/** Sorts any number of items, in runs that are then merged. */
async function sortedInTurns<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += RUN_LENGTH) {
    if (turnIsOver()) await nextTurn();
    runs.push(items.slice(from, from + RUN_LENGTH).sort(compare));
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const [one, other] = [runs[index], runs[index + 1]];
      merged.push(other === undefined ? one : await mergedInTurns(one, other, compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergedInTurns<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const merged: T[] = [];
  for (let [at, other] = [0, 0]; at < a.length || other < b.length; ) {
    if (merged.length % RUN_LENGTH === 0 && turnIsOver()) await nextTurn();
    const takesFirst = other === b.length || (at < a.length && compare(a[at], b[other]) <= 0);
    merged.push(takesFirst ? a[at++] : b[other++]);
  }
  return merged;
}
