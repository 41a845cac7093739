/**
 * A value as plain JavaScript passes it: of the type that the callee expects, whatever it is.
 */
export function untyped<Expected>(value: unknown): Expected {
  return value as Expected;
}
