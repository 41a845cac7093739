/** Strict acceptance of the options of public functions; each interface has one table of checks. */
import { Faults, isObject, kindOf } from './faults.js';

/** Checks a value other than undefined, and adds its faults. */
export type Check = (value: unknown, path: string, faults: Faults) => void;

/** The check of an option, or a description that has one. */
type Entry = Check | { readonly kind: { readonly check: Check; readonly members?: readonly string[] } };

/** Every option of an interface; a missing one is a compile error. */
export type OptionTable<Options extends object> = { readonly [Name in keyof Required<Options>]: Entry };

/** Maximum delay of `setTimeout` in milliseconds; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** An option that is checked elsewhere, or may be anything. */
export const anything: Check = () => {};

/** True or false. */
export const boolean = check((value) => typeof value === 'boolean', 'true or false');

/** Any text. */
export const text = check((value) => typeof value === 'string', 'a string');

/** Text that is not empty. */
export const filledText = check((value) => typeof value === 'string' && value !== '', 'a string that is not empty');

/** A function. */
export const callback = check((value) => typeof value === 'function', 'a function');

/** An `AbortSignal`, of this realm or another. */
export const abortSignal = check(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
  'an AbortSignal',
);

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger of pino's shape. */
export const logger = check(
  (value) => isObject(value) && LOG_LEVELS.every((level) => typeof value[level] === 'function'),
  `a logger with the methods ${LOG_LEVELS.join(', ')}`,
);

/** A registry of prom-client. */
export const promRegistry = check(
  (value) => isObject(value) && typeof value.getSingleMetric === 'function' && typeof value.metrics === 'function',
  'a Registry of prom-client',
);

/** A whole number. */
export function count(min = 0, max = Number.MAX_SAFE_INTEGER): Check {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return check(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
    `a whole number ${range}`,
  );
}

/** The delay of a timer in milliseconds. */
export function timerMs(min = 0): Check {
  return count(min, MAX_TIMER_MS);
}

/** One of some values. */
export function oneOf(choices: readonly (string | number | boolean)[]): Check {
  return check(
    (value) => choices.some((choice) => choice === value),
    `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
  );
}

/** An array in which each item passes the check. */
export function listOf(item: Check): Check {
  return (value, path, faults) => {
    if (!Array.isArray(value)) {
      faults.add('INVALID', path, `must be an array, not ${kindOf(value)}`);
      return;
    }
    for (const [index, one] of value.entries()) item(one, `${path}[${index}]`, faults);
  };
}

/** An object of options. */
export function optionsIn<Options extends object>(table: OptionTable<Options>): Check {
  return (value, path, faults) => {
    const options = faults.object(value, path);
    if (options) examine(options, path, table, faults);
  };
}

/**
 * A check by a test.
 * @param expected completes "must be …" in the message
 */
export function check(test: (value: unknown) => boolean, expected: string): Check {
  return (value, path, faults) => {
    if (!test(value)) faults.add('INVALID', path, `must be ${expected}, not ${shown(value)}`);
  };
}

/**
 * Accepts the options of one call.
 * @param options undefined if the caller gave none
 * @param required names of required options
 * @throws SluiceError with all faults: `UNKNOWN_KEY` for a name that is not in the table, `INVALID` for a wrong value
 */
export function acceptOptions<Options extends object>(
  options: unknown,
  table: OptionTable<Options>,
  required: readonly (keyof Options & string)[] = [],
): void {
  if (options === undefined && required.length === 0) return;
  const faults = new Faults();
  const given = faults.object(options === undefined ? {} : options, 'options');
  if (given) {
    examine(given, '', table, faults);
    for (const name of required) if (given[name] === undefined) faults.add('INVALID', name, 'is required');
  }
  faults.throwIfAny();
}

/**
 * Accepts a required argument.
 * @throws SluiceError `INVALID`
 */
export function acceptArgument(name: string, value: unknown, examineValue: Check): void {
  const faults = new Faults();
  if (value === undefined) faults.add('INVALID', name, 'is required');
  else examineValue(value, name, faults);
  faults.throwIfAny();
}

function examine(
  options: Readonly<Record<string, unknown>>,
  path: string,
  table: Readonly<Record<string, Entry>>,
  faults: Faults,
): void {
  const entries = Object.entries(table);
  const isOwner = (entry: Entry, key: string) => typeof entry !== 'function' && entry.kind.members?.includes(key);
  faults.checkKeys(options, path, Object.keys(table), [], (key) => entries.find(([, one]) => isOwner(one, key))?.[0]);
  for (const [name, entry] of entries) {
    const value = options[name];
    const examineValue = typeof entry === 'function' ? entry : entry.kind.check;
    if (value !== undefined) examineValue(value, path === '' ? name : `${path}.${name}`, faults);
  }
}

/** The value in a message: itself if it is short, else its kind. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value.length <= 40 ? JSON.stringify(value) : kindOf(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}
