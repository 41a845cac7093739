/** The typed errors of failed writes. */
import { expect, test } from 'vitest';
import { writeError } from '../../src/destinations/write-error.js';
import { SluiceError } from '../../src/terms/errors.js';

test.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EEXIST', 'DESTINATION_EXISTS'],
  ['EACCES', 'PERMISSION_DENIED'],
  ['EPERM', 'PERMISSION_DENIED'],
  ['EROFS', 'PERMISSION_DENIED'],
  ['ENOENT', 'WRITE_FAILED'],
  ['EPIPE', 'WRITE_FAILED'],
])('%s is %s', (systemCode, code) => {
  const cause = Object.assign(new Error('what the system says'), { code: systemCode });
  const error = writeError(cause, 'out/catalog.json');
  expect(error).toMatchObject({ code, stage: 'write', path: 'out/catalog.json', cause });
  expect(error.message).toBe('out/catalog.json: what the system says');
});

test.each([['a text'], [undefined], [null], [{ code: 'ENOSPC' }]])('a thrown %j is a failed write', (cause) => {
  expect(writeError(cause, 'x').code).toBe('WRITE_FAILED');
});

test('a typed error stays unchanged', () => {
  const error = new SluiceError('TRUNCATED', 'scan', 'cut');
  expect(writeError(error, 'x')).toBe(error);
});
