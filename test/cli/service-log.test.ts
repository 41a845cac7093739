/** The log of a service: JSON lines without secrets. */
import { expect, it } from 'vitest';
import { serviceLog } from '../../src/cli/service-log.js';
import { SluiceError } from '../../src/terms/errors.js';

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
])('hides secrets in %j', (facts) => {
  const [line] = lines((log) => log.info(facts, 'told'));
  expect(JSON.parse(line).msg).toBe('told');
  expect(line).toContain('[secret]');
  expect(line.replaceAll('[secret]', '').replaceAll('auth-client-secret', '')).not.toContain('secret');
});

it('logs warnings and errors only with quiet', () => {
  expect(lines((log) => log.info({}, 'a'), true)).toHaveLength(0);
  expect(lines((log) => log.warn({}, 'a'), true)).toHaveLength(1);
});

it('logs the code, the path and the causes of an error', () => {
  const system = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', path: '/data/jobs' });
  const cause = new Error('the commit failed', { cause: system });
  const error = new SluiceError('DISK_FULL', 'job', 'no space is left', { path: '/data', cause });
  for (const name of ['err', 'error', 'cause']) {
    const [line] = lines((log) => log.error({ [name]: error }, 'told'));
    expect(JSON.parse(line)[name]).toMatchObject({
      type: 'SluiceError',
      code: 'DISK_FULL',
      stage: 'job',
      path: '/data',
      message: 'no space is left',
      stack: expect.stringContaining('service-log.test.ts'),
      cause: { message: 'the commit failed', cause: { code: 'ENOSPC', path: '/data/jobs' } },
    });
  }
});

it('describes an error without a message', () => {
  const refused = new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })], '');
  const [line] = lines((log) => log.error({ err: Object.assign(refused, { code: 'ECONNREFUSED' }) }, 'told'));
  expect(JSON.parse(line).err).toMatchObject({ message: 'ECONNREFUSED', errors: [{ code: 'ECONNREFUSED' }] });
});

it('omits members that libraries add to errors: queries, rows, headers', () => {
  const error = Object.assign(new Error('it failed'), {
    token: 'payload',
    query: 'payload',
    detail: 'payload',
    $response: { headers: { authorization: 'payload' }, body: 'payload' },
    cause: Object.assign(new Error('below'), { parameters: ['payload'] }),
  });
  const [line] = lines((log) => log.error({ err: error, job: 'j' }, 'told'));
  expect(line).not.toContain('payload');
});

it('stops at circular causes', () => {
  const one = new Error('one');
  one.cause = new Error('two', { cause: one });
  expect(lines((log) => log.error({ err: one }, 'told'))).toHaveLength(1);
});

it.each(['{"id":payload}', `{"a":"${'x'.repeat(500)}","id":payload,"b":"${'x'.repeat(500)}"}`, 'payload'])(
  'omits the excerpt that JSON.parse quotes of %j',
  (text) => {
    let cause: unknown;
    try {
      JSON.parse(text);
    } catch (thrown) {
      cause = thrown;
    }
    const [line] = lines((log) =>
      log.error({ err: new SluiceError('INTERNAL', 'job', 'it failed', { cause }) }, 'told'),
    );
    expect(line).toContain('not valid JSON');
    expect(line).not.toContain('payl');
  },
);
