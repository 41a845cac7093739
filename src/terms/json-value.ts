/** JavaScript values as `JSON.stringify` would write them. */

/** An object as JSON writes it: own members, each with a value that JSON has. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The value that is written for a member; undefined where the member is left out.
 * @param key name of the member, an argument of `toJSON`
 */
export function jsonValue(value: unknown, key: string): unknown {
  const written = hasToJson(value) ? value.toJSON(key) : value;
  return typeof written === 'function' || typeof written === 'symbol' ? undefined : written;
}

/** The object that is written for a value, its members as they are; undefined where JSON writes anything else. */
export function writtenObject(value: unknown, key: string): object | undefined {
  const written = jsonValue(value, key);
  return typeof written !== 'object' || written === null || Array.isArray(written) || isBoxed(written)
    ? undefined
    : written;
}

/** The members that are written for an object; undefined for a value that JSON writes as anything else. */
export function jsonObject(value: unknown, key: string): JsonObject | undefined {
  const written = writtenObject(value, key);
  if (!written) return undefined;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(written)) {
    const memberValue = jsonValue(member, name);
    if (memberValue !== undefined) members.push([name, memberValue]);
  }
  // Unlike an assignment, this makes an own member even of `__proto__`.
  return Object.fromEntries(members);
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';
}

function isBoxed(value: object): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean;
}

/** Whether it is an object of a literal or of `JSON.parse`, of this realm or another, not an instance of a class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}

/** An instance of a class in words. */
export function describeInstance(value: object): string {
  return `an instance of ${value.constructor?.name || 'a class without a name'}`;
}

/** The value at a path inside a value, as JSON writes it; undefined where there is none. */
export function valueAt(value: unknown, names: readonly string[]): unknown {
  let found = jsonValue(value, '');
  for (const name of names) {
    if (typeof found !== 'object' || found === null || isBoxed(found)) return undefined;
    if (Array.isArray(found) ? !/^(0|[1-9]\d*)$/.test(name) : !Object.hasOwn(found, name)) return undefined;
    found = jsonValue(Reflect.get(found, name), name);
  }
  return found;
}
