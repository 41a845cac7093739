/** Values of another realm, as code gets from Node under Jest: there they are no instance of the classes of this one. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { writeError } from '../../src/destinations/write-error.js';
import { bytes, exportEntities, SluiceError } from '../../src/index.js';
import { errorsIn } from '../../src/terms/any-error.js';
import { messageOf, systemCode, toSluiceError } from '../../src/terms/errors.js';
import { guardedCall } from '../../src/terms/guarded-call.js';

/** Evaluates an expression in a realm of its own. */
function foreign(expression: string): unknown {
  return runInNewContext(expression, { DOMException });
}

const NO_FILE = "Object.assign(new Error('no such file'), { code: 'ENOENT' })";

describe('an error of another realm', () => {
  test('keeps its message and its code', () => {
    const error = foreign(NO_FILE);
    expect(error).not.toBeInstanceOf(Error);
    expect(messageOf(error)).toBe('no such file');
    expect(systemCode(error)).toBe('ENOENT');
    expect(toSluiceError(error, 'READ_FAILED', 'read').message).toBe('no such file');
  });

  test('has the errors that it is made of', () => {
    expect([...errorsIn(foreign("new AggregateError([new Error('one')])"))].map(messageOf)).toStrictEqual(['one']);
    expect(errorsIn(foreign(NO_FILE))).toStrictEqual([]);
  });

  test('of an aborted write is that', () => {
    expect(writeError(foreign("new DOMException('gone', 'AbortError')"), 'file').code).toBe('ABORTED');
  });

  test('ends an export whose source throws it', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"id":"1"}\n');
      throw foreign(NO_FILE);
    }
    const error: unknown = await exportEntities({ source: bytes(source()), request: {} })
      .toBuffer()
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('no such file') });
    expect(error).toMatchObject({ message: expect.not.stringContaining('Error:') });
  });
});

test('a rejection of another realm, of a function that nobody awaits, is handled', async () => {
  const cause = await new Promise((resolve) => {
    guardedCall(() => foreign("Promise.reject(new Error('late'))"), resolve);
  });
  expect(messageOf(cause)).toBe('late');
});
