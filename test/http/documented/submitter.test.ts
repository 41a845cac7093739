/** Who submits an export: the names in headers that a client sends. */
import { expect, test } from 'vitest';
import { submitterOf } from '../../../src/http/documented/submitter.js';

const by = (rawHeaders: readonly string[], userHeaders = true) =>
  submitterOf({ raw: { rawHeaders: [...rawHeaders] }, body: {} }, { userHeaders }).userId;

test('a name that is given twice is one name; two names are refused', () => {
  expect(by(['Host', 'x', 'X-RDP-userId', 'ann'])).toBe('ann');
  expect(by(['x-rdp-userId', 'ann', 'X-Rdp-UserId', 'ann'])).toBe('ann');
  expect(by(['x-rdp-userid', ''])).toBeUndefined();
  expect(() => by(['x-rdp-userId', 'ann', 'x-rdp-userId', 'bob'])).toThrow(
    'headers.x-rdp-userid: is given more than once, with different names',
  );
  expect(by(['x-rdp-userId', 'ann', 'x-rdp-userId', 'bob'], false)).toBeUndefined();
});
