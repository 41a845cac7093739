/** The reason of a refusal, in every documented shape and in problems. */
import { expect, test } from 'vitest';
import { reasonIn } from '../../src/remote/reason.js';

const ok = { messageCode: 'I0011', message: 'submitted', messageType: 'Info' };
const bad = { messageCode: 'E0866', message: 'not valid', messageType: 'ERROR' };

test.each<[string, unknown, object]>([
  ['a problem', { title: 'x', detail: 'y', code: 'INVALID' }, { text: 'y', own: 'INVALID' }],
  ['messages', { messages: [bad] }, { code: 'E0866', text: 'not valid' }],
  ['the error among messages', { messages: [ok, bad] }, { code: 'E0866', text: 'not valid' }],
  ['messages without an error', { messages: [ok] }, { code: 'I0011', text: 'submitted' }],
  ['code and message', { code: 'RSC1', message: 'no' }, { code: 'RSC1', text: 'no' }],
  ['a message alone', { message: 'no' }, { text: 'no' }],
  ['nothing', {}, {}],
  ['a message that is an object', { message: { message: 'no' } }, { text: 'no' }],
  ['a message that is an object of another kind', { message: { why: 1 } }, { text: '{"why":1}' }],
])('%s', (what, detail, reason) => {
  const body = what === 'a problem' ? detail : { response: { status: 'error', statusDetail: detail } };
  expect(reasonIn(body)).toEqual({ faults: [], ...reason });
});
