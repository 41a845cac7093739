/** Parses JSON that people write: requests, profiles, bodies. What JavaScript values would lose is refused. */
import { messageOf, SluiceError } from '../terms/errors.js';
import { escaped } from '../terms/shown-text.js';
import { Faults } from './faults.js';
import { jsonSteps, NotJson } from './json-steps.js';

/**
 * Parses JSON, and refuses what would be lost: duplicate members, numbers with digits that a double does not hold, too
 * deep nesting, and `__proto__`.
 * @param name of the text in errors: the path of a file, or words such as "the body"
 * @throws SluiceError `INVALID` with all faults by path; if the text is not JSON, with the line
 */
export function parseJson(text: string, name: string): unknown {
  const steps = parseJsonSteps(text, name);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Parses as `parseJson` does, in steps, so that a long body does not block other requests. */
export function* parseJsonSteps(text: string, name: string): Generator<void, unknown> {
  const faults = new Faults();
  let value: unknown;
  try {
    value = yield* jsonSteps(text, faults, true);
  } catch (cause) {
    throw cause instanceof NotJson ? notJson(text, name) : cause;
  }
  faults.throwIfAny();
  return value;
}

/** The error of `JSON.parse` has the reason; its message usually has the position. */
function notJson(text: string, name: string): SluiceError {
  let cause: unknown;
  try {
    JSON.parse(text);
  } catch (thrown) {
    cause = thrown;
  }
  const position = /at position (\d+)/.exec(messageOf(cause))?.[1];
  const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
  const reason = text.trim() === '' ? 'it is empty' : escaped(messageOf(cause));
  const where = line === undefined || line === 1 ? '' : ` (line ${line})`;
  return new SluiceError('INVALID', 'accept', `${name} is not JSON: ${reason}${where}`, { path: name, line, cause });
}
