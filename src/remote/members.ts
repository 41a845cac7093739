/** Reading JSON of a foreign service: members are looked up, never trusted to be there. */

/** The member that the steps lead to; undefined where one of them leads nowhere. */
export function memberAt(value: unknown, ...steps: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of steps) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

/** The member as a text that says something. */
export function textAt(value: unknown, ...steps: readonly (string | number)[]): string | undefined {
  const found = memberAt(value, ...steps);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The member as a number from 0, which may be written as digits. */
export function countAt(value: unknown, ...steps: readonly (string | number)[]): number | undefined {
  const found = memberAt(value, ...steps);
  const count = typeof found === 'string' && /^[0-9]+$/.test(found) ? Number(found) : found;
  return typeof count === 'number' && Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** The member as a list; an empty one where it is none. */
export function listAt(value: unknown, ...steps: readonly (string | number)[]): readonly unknown[] {
  const found: unknown = memberAt(value, ...steps);
  return Array.isArray(found) ? found : [];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
