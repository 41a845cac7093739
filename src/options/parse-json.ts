/** JSON that a person wrote: requests, profiles, bodies. What a value of JavaScript would not keep of it is refused. */
import { messageOf, SluiceError } from '../terms/errors.js';
import { escaped } from '../terms/shown-text.js';
import { Faults } from './faults.js';
import { jsonSteps, NoJson } from './json-steps.js';

/**
 * Parses JSON, and keeps all of it or refuses it: members that are there twice, numbers with digits that a double does
 * not hold, brackets nested beyond all use, and `__proto__`.
 * @param name how errors call the text: the path of a file, or words such as "the body"
 * @throws SluiceError `INVALID` with all faults by their path; for what is no JSON with the line
 */
export function parseJson(text: string, name: string): unknown {
  const steps = parseJsonSteps(text, name);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Parses as `parseJson` does, step by step: a body may be long, and others wait. */
export function* parseJsonSteps(text: string, name: string): Generator<void, unknown> {
  const faults = new Faults();
  let value: unknown;
  try {
    value = yield* jsonSteps(text, faults, true);
  } catch (cause) {
    throw cause instanceof NoJson ? noJson(text, name) : cause;
  }
  faults.throwIfAny();
  return value;
}

/** V8 says why best; it tells the place in its message only, and not always. */
function noJson(text: string, name: string): SluiceError {
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
  return new SluiceError('INVALID', 'accept', `${name} is no JSON: ${reason}${where}`, { path: name, line, cause });
}
