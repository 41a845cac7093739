/** The error class: its members, its forms, and how thrown values become one. */
import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, messageOf, SluiceError, systemCode, toSluiceError } from '../../src/terms/errors.js';

describe('an error', () => {
  const cause = new Error('below');
  const error = new SluiceError('INVALID_JSON', 'scan', 'feed.ndjson: record 3', {
    source: 'feed.ndjson',
    recordIndex: 3,
    byteOffset: 120,
    cause,
  });

  test('has code, stage, position and cause', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'SluiceError',
      code: 'INVALID_JSON',
      stage: 'scan',
      message: 'feed.ndjson: record 3',
      source: 'feed.ndjson',
      recordIndex: 3,
      byteOffset: 120,
    });
    expect(error.cause).toBe(cause);
  });

  test('is printed with name, message and stack', () => {
    expect(String(error)).toBe('SluiceError: feed.ndjson: record 3');
    expect(inspect(error)).toContain('errors.test');
  });

  test('about a record has no stack, while others have one', () => {
    expect(new SluiceError('INVALID_JSON', 'scan', 'a fault').stack).not.toContain('\n    at ');
    expect(new SluiceError('INTERNAL', 'run', 'a fault').stack).toContain('errors.test.ts');
    expect(new Error('another').stack).toContain('errors.test.ts');
  });

  test('as JSON leaves out unknown details and the cause', () => {
    expect(JSON.parse(JSON.stringify(error))).toStrictEqual({
      code: 'INVALID_JSON',
      stage: 'scan',
      message: 'feed.ndjson: record 3',
      source: 'feed.ndjson',
      recordIndex: 3,
      byteOffset: 120,
    });
    expect(JSON.stringify(new SluiceError('INTERNAL', 'run', 'x'))).toBe(
      '{"code":"INTERNAL","stage":"run","message":"x"}',
    );
  });

  test('has record 0 and byte 0 as positions', () => {
    const first = new SluiceError('INVALID_JSON', 'scan', 'x', { recordIndex: 0, byteOffset: 0 });
    expect(first.toJSON()).toMatchObject({ recordIndex: 0, byteOffset: 0 });
  });

  test('without a cause has no such member', () => {
    expect('cause' in new SluiceError('INTERNAL', 'run', 'x')).toBe(false);
  });

  test('is printed with the members it has, and no others', () => {
    const printed = inspect(new SluiceError('INVALID_JSON', 'scan', 'a fault', { recordIndex: 3 }));
    expect(printed).toBe("[SluiceError: a fault] {\n  code: 'INVALID_JSON',\n  stage: 'scan',\n  recordIndex: 3\n}");
    expect(Object.keys(new SluiceError('INTERNAL', 'run', 'x'))).toStrictEqual(['code', 'stage']);
  });
});

describe('between threads', () => {
  const cause = new Error('below');
  const details = { source: 'feed', recordIndex: 0, faults: [{ code: 'INVALID', path: 'ids', message: 'x' }] } as const;
  const error = new SluiceError('INTERNAL', 'run', 'a fault', { ...details, cause });

  test('a structured clone keeps message, stack and cause, and is a plain Error', () => {
    const clone = structuredClone(error);
    expect(clone).not.toBeInstanceOf(SluiceError);
    expect(clone).toMatchObject({ name: 'Error', message: 'a fault', stack: error.stack, cause: { message: 'below' } });
    expect(clone.stack).toMatch(/^SluiceError: a fault\n/);
    expect(clone).not.toHaveProperty('code');
  });

  test('the plain form survives a message to another port, and restores the error', async () => {
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once('message', resolve));
    port1.postMessage(error.toJSON());
    const restored = SluiceError.fromJSON(await received);
    port1.close();
    expect(restored).toBeInstanceOf(SluiceError);
    expect(restored.toJSON()).toStrictEqual(error.toJSON());
    expect(restored).toMatchObject({ code: 'INTERNAL', stage: 'run', message: 'a fault', ...details });
    expect(restored.cause).toBeUndefined();
  });

  test.each([
    [undefined],
    ['text'],
    [{}],
    [{ code: 'NO_SUCH_CODE', stage: 'run', message: 'x' }],
    [{ code: 'INTERNAL', stage: 'run' }],
    [new Error('x')],
  ])('fromJSON refuses what is not the plain form of an error: %o', (json) => {
    expect(() => SluiceError.fromJSON(json)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('a thrown value', () => {
  test('becomes the cause of a typed error', () => {
    const cause = new TypeError('not a function');
    const error = toSluiceError(cause, 'INTERNAL', 'select', { recordIndex: 7 });
    expect(error).toMatchObject({ code: 'INTERNAL', stage: 'select', message: 'not a function', recordIndex: 7 });
    expect(error.cause).toBe(cause);
  });

  test('that is typed is returned unchanged', () => {
    const error = new SluiceError('TRUNCATED', 'scan', 'cut');
    expect(toSluiceError(error, 'INTERNAL', 'run')).toBe(error);
  });

  test.each([
    ['a text', 'a text'],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new Error('said'), 'said'],
  ])('%s has a text', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
    expect(toSluiceError(thrown, 'INTERNAL', 'run').message).toBe(text);
  });

  test.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [Object.assign(new Error('x'), { code: 5 }), undefined],
    [new Error('x'), undefined],
    [{ code: 'ENOENT' }, undefined],
    [undefined, undefined],
  ])('has a system code where it is an error with one', (thrown, code) => {
    expect(systemCode(thrown)).toBe(code);
  });
});

test('every code belongs to a family', () => {
  const families = new Set(Object.values(ERROR_CODES));
  expect([...families].sort()).toStrictEqual([
    'abort',
    'access',
    'expired',
    'input',
    'internal',
    'io',
    'limit',
    'missing',
    'request',
    'state',
    'unavailable',
  ]);
  for (const code of Object.keys(ERROR_CODES)) expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
});
