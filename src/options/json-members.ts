/** Reads JSON of others, in which members may be missing or of any type. */
import { isObject } from './faults.js';

/** The member at a path; undefined if any step is missing. */
export function memberAt(value: unknown, ...steps: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of steps) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

/** The member as a text that is not empty. */
export function textAt(value: unknown, ...steps: readonly (string | number)[]): string | undefined {
  const found = memberAt(value, ...steps);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The member as a number from 0, also written as digits. */
export function countAt(value: unknown, ...steps: readonly (string | number)[]): number | undefined {
  const found = memberAt(value, ...steps);
  const count = typeof found === 'string' && /^[0-9]+$/.test(found) ? Number(found) : found;
  return typeof count === 'number' && Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** The member as a list; empty if it is not one. */
export function listAt(value: unknown, ...steps: readonly (string | number)[]): readonly unknown[] {
  const found: unknown = memberAt(value, ...steps);
  return Array.isArray(found) ? found : [];
}
