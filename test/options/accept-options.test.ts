/** Strict acceptance of options: every name, every value, all faults at once. */
import { describe, expect, test } from 'vitest';
import {
  abortSignal,
  acceptOptions,
  boolean,
  callback,
  count,
  filledText,
  listOf,
  logger,
  MAX_TIMER_MS,
  type OptionTable,
  oneOf,
  optionsIn,
  text,
  timerMs,
} from '../../src/options/accept-options.js';
import { SluiceError } from '../../src/terms/errors.js';

interface Options {
  overwrite?: boolean;
  name?: string;
  level?: number;
  format?: string;
  names?: readonly string[];
  limits?: { running?: number };
  signal?: AbortSignal;
  onProgress?: () => void;
  waitMs?: number;
  prefix?: string;
  logger?: object;
}

const LIMITS: OptionTable<NonNullable<Options['limits']>> = { running: count(1) };

const TABLE: OptionTable<Options> = {
  overwrite: boolean,
  name: text,
  level: count(0, 9),
  format: oneOf(['json', 'ndjson']),
  names: listOf(filledText),
  limits: optionsIn(LIMITS),
  signal: abortSignal,
  onProgress: callback,
  waitMs: timerMs(),
  prefix: filledText,
  logger,
};

function refused(options: unknown): SluiceError {
  try {
    acceptOptions(options, TABLE);
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error('the options were accepted');
}

describe('options', () => {
  test('are accepted if each is valid, and if none is given', () => {
    acceptOptions(undefined, TABLE);
    acceptOptions({}, TABLE);
    acceptOptions({ overwrite: undefined }, TABLE);
    acceptOptions(
      {
        overwrite: true,
        name: '',
        level: 9,
        format: 'json',
        names: ['a'],
        limits: { running: 1 },
        signal: new AbortController().signal,
        onProgress: () => {},
        waitMs: MAX_TIMER_MS,
        prefix: '/x',
        logger: console,
      },
      TABLE,
    );
  });

  test('of an unknown name are refused, with the nearest name', () => {
    const { code, path, message } = refused({ overWrite: true });
    expect([code, path]).toStrictEqual(['UNKNOWN_KEY', 'overWrite']);
    expect(message).toContain('did you mean "overwrite"?');
    expect(refused({ limits: { runing: 1 } }).path).toBe('limits.runing');
  });

  test.each([
    ['overwrite', 'yes'],
    ['overwrite', null],
    ['name', 3],
    ['level', 10],
    ['level', 1.5],
    ['level', '1'],
    ['level', Number.NaN],
    ['format', 'xml'],
    ['names', 'a'],
    ['limits', 3],
    ['limits', { running: 0 }],
    ['signal', {}],
    ['onProgress', true],
    ['waitMs', 2 ** 31],
    ['waitMs', Number.POSITIVE_INFINITY],
    ['prefix', ''],
    ['logger', { info: () => {} }],
  ])('%s cannot be %j', (name, value) => {
    const error = refused({ [name]: value });
    expect(error).toMatchObject({ code: 'INVALID', stage: 'accept' });
    expect(error.path?.startsWith(name)).toBe(true);
  });

  test('are refused with all faults at once', () => {
    const { faults } = refused({ level: 10, names: ['a', '', 3], colour: 1 });
    expect(faults?.map(({ path }) => path)).toStrictEqual(['colour', 'level', 'names[1]', 'names[2]']);
  });

  test.each([['level'], [3], [null]])('that are no object are refused: %j', (options) => {
    expect(refused(options)).toMatchObject({ code: 'INVALID', path: 'options' });
  });
});
