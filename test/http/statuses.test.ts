/** What clients see of errors. */
import { expect, test } from 'vitest';
import { publicMessage } from '../../src/http/statuses.js';
import { attemptsExhausted } from '../../src/jobs/lost-attempts.js';

test('clients are told why attempts are exhausted, and nothing of other internal errors', () => {
  const { code, message } = attemptsExhausted(3);
  expect(publicMessage(code, message)).toContain('3 attempts died in a row without an error, each before its first');
  expect(publicMessage('INTERNAL', 'cannot read /srv/secret')).not.toContain('secret');
});
