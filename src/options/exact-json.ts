/** Values of programs that JSON does not hold exactly, as `JSON.stringify` would change them without a word. */
import { describeInstance, isPlainObject } from '../terms/json-value.js';
import { type Faults, join } from './faults.js';

/** Values per step. */
const VALUES_PER_STEP = 300;

/**
 * What JSON would make something else of, in words; undefined for what it holds. Members are not examined; a member
 * that is undefined counts as absent, an item of an array does not.
 */
export function jsonLoss(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : String(value);
    case 'undefined':
      return 'undefined';
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    case 'object':
      return value === null ? undefined : objectLoss(value);
    default:
      return undefined;
  }
}

/** As `jsonLoss`, also for numbers that are stored as another, or may have lost digits before they came here. */
export function strictJsonLoss(value: unknown): string | undefined {
  if (Object.is(value, -0)) return '-0';
  const isBeyond = typeof value === 'number' && Number.isFinite(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isBeyond ? `${value}, which is beyond 2^53; write it as text` : jsonLoss(value);
}

function objectLoss(value: object): string | undefined {
  if (Array.isArray(value)) return undefined;
  if (!isPlainObject(value)) return describeInstance(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return 'an object with toJSON';
  return Object.getOwnPropertySymbols(value).length === 0 ? undefined : 'an object with a symbol as a name';
}

/** A value in a tree. */
export interface ValueAt {
  readonly value: unknown;
  readonly path: string;
  /** Its name in an object; empty elsewhere. */
  readonly name: string;
  /** How many objects and arrays it is in. */
  readonly level: number;
  /** Why JSON does not hold it. */
  readonly loss: string | undefined;
}

/**
 * The values of a tree, each before its members, and no members of one with a loss. Endless for a cycle: it is up to
 * the caller to stop.
 * @param lossOf `jsonLoss` or `strictJsonLoss`
 */
export function* valuesAt(tree: unknown, path: string, lossOf = jsonLoss): Generator<ValueAt, void> {
  const open: Iterator<ValueAt, void>[] = [];
  let next: ValueAt | undefined = { value: tree, path, name: '', level: 0, loss: lossOf(tree) };
  while (next) {
    yield next;
    if (next.loss === undefined && typeof next.value === 'object' && next.value !== null) {
      open.push(membersAt(next.value, next, lossOf));
    }
    next = undefined;
    while (!next && open.length > 0) {
      next = open.at(-1)?.next().value ?? undefined;
      if (!next) open.pop();
    }
  }
}

function* membersAt(value: object, { path, level }: ValueAt, lossOf: typeof jsonLoss): Generator<ValueAt, void> {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      yield { value: item, path: `${path}[${index}]`, name: '', level: level + 1, loss: lossOf(item) };
    }
    return;
  }
  const members: [string, unknown][] = Object.entries(value);
  for (const [name, member] of members) {
    if (member === undefined) continue;
    yield { value: member, path: join(path, name), name, level: level + 1, loss: lossOf(member) };
  }
}

/** Adds a fault for every value in a tree without cycles that JSON would make something else of, in steps. */
export function* refuseLossSteps(tree: unknown, path: string, faults: Faults): Generator<void, void> {
  let seen = 0;
  for (const one of valuesAt(tree, path)) {
    if (++seen % VALUES_PER_STEP === 0) yield;
    refuseLoss(one, faults);
  }
}

/** Adds the fault of a value that has a loss. */
export function refuseLoss({ loss, path }: ValueAt, faults: Faults): void {
  if (loss !== undefined) faults.add('INVALID', path, `must be data that JSON holds exactly, not ${loss}`);
}
