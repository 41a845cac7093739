/** Exit codes: published numbers, one for each family of errors. */
import { expect, test } from 'vitest';
import { EXIT, exitCodeOf, exitCodeOfDone } from '../../src/cli/exit-codes.js';
import { ERROR_CODES, type ErrorCode, type ErrorFamily } from '../../src/terms/errors.js';

const PUBLISHED: Readonly<Record<ErrorFamily, number>> = {
  request: 2,
  input: 4,
  io: 5,
  unavailable: 5,
  access: 6,
  missing: 6,
  state: 6,
  expired: 6,
  limit: 6,
  abort: 130,
  internal: 1,
};

const CODES = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);

test.each(CODES)('%s', (code) => {
  expect(exitCodeOf(code)).toBe(PUBLISHED[ERROR_CODES[code]]);
});

test('success, rejects and failure have different codes', () => {
  expect(EXIT).toStrictEqual({
    done: 0,
    internal: 1,
    usage: 2,
    unmatched: 3,
    input: 4,
    io: 5,
    refused: 6,
    rejects: 7,
    interrupted: 130,
  });
  expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
});

test('a strict export tells by its code that something asked for matched nothing; rejects go before', () => {
  const notes = [{ code: 'FIELDS_NOT_FOUND', text: '' } as const];
  expect(exitCodeOfDone({ rejected: 0, notes }, true)).toBe(EXIT.unmatched);
  expect(exitCodeOfDone({ rejected: 1, notes }, true)).toBe(EXIT.rejects);
  expect(exitCodeOfDone({ rejected: 0, notes }, false)).toBe(EXIT.done);
  expect(exitCodeOfDone({ rejected: 0, notes: [{ code: 'OTHER_ARRAYS', text: '' }] }, true)).toBe(EXIT.done);
  // Deletions among changes have no row, which is expected; a path that no record has is not.
  const ofPath = (nothing: number) => [{ code: 'NOTHING_AT_PATH', text: '', counts: { records: 3, nothing } } as const];
  expect(exitCodeOfDone({ rejected: 0, notes: ofPath(1) }, true)).toBe(EXIT.done);
  expect(exitCodeOfDone({ rejected: 0, notes: ofPath(3) }, true)).toBe(EXIT.unmatched);
});
