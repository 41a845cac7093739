/** The log of a service: lines of JSON without what is secret in them. */
import { expect, it } from 'vitest';
import { serviceLog } from '../../src/cli/service-log.js';

function lines(write: (log: ReturnType<typeof serviceLog>) => void, quiet = false): readonly string[] {
  const written: string[] = [];
  write(serviceLog({ quiet }, { write: (line) => void written.push(line) }));
  return written;
}

it.each([
  { authorization: 'Bearer secret' },
  { token: 'secret', tokens: ['secret'] },
  { headers: { authorization: 'Bearer secret', cookie: 'secret' } },
  { req: { headers: { authorization: 'Bearer secret', 'auth-client-secret': 'secret' } } },
  { res: { headers: { 'set-cookie': 'secret' } } },
  { options: { token: 'secret', headers: { authorization: 'secret' } } },
  { err: Object.assign(new Error('it failed'), { token: 'secret', headers: { authorization: 'secret' } }) },
])('hides secrets in %j', (facts) => {
  const [line] = lines((log) => log.info(facts, 'told'));
  expect(JSON.parse(line).msg).toBe('told');
  expect(line).toContain('[secret]');
  expect(line.replaceAll('[secret]', '').replaceAll('auth-client-secret', '')).not.toContain('secret');
});

it('says less when it is to be quiet', () => {
  expect(lines((log) => log.info({}, 'a'), true)).toHaveLength(0);
  expect(lines((log) => log.warn({}, 'a'), true)).toHaveLength(1);
});
