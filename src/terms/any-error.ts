/** Errors of whatever origin. */

/**
 * Whether a value is an error. A runner of tests such as Jest runs code in a realm of its own, where the errors of Node are
 * no `instanceof Error`.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
}

/** An error for any thrown value; an error is returned unchanged. */
export function asError(cause: unknown): Error {
  return isError(cause) ? cause : new Error(String(cause));
}

/** The errors that an `AggregateError` is made of; none for any other value. */
export function errorsIn(cause: unknown): readonly unknown[] {
  return isError(cause) && cause.name === 'AggregateError' && 'errors' in cause && Array.isArray(cause.errors)
    ? cause.errors
    : [];
}
