/** Tokens of tenants: what is accepted, what is refused, and that no message contains a token. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { tenantTokens, tokensIn } from '../../src/cli/tenant-tokens.js';

const before = process.env.SLUICE_TOKENS;
afterEach(() => {
  if (before === undefined) delete process.env.SLUICE_TOKENS;
  else process.env.SLUICE_TOKENS = before;
});

it('parses lines, commas, comments and several tokens of a tenant', () => {
  const text = '# a comment, with a comma\nt1=abc=\r\n\n t2 = x.y~z , t1=second\n';
  expect([...tokensIn(text, 'here')]).toStrictEqual([
    ['abc=', { tenant: 't1' }],
    ['x.y~z', { tenant: 't2' }],
    ['second', { tenant: 't1' }],
  ]);
});

it('an entry may name a user, and what it may do', () => {
  const text = 'ann@t1=a\nann@example.com@t1:read=b\nt1:submit+cancel=c\nroot@t2:admin=d';
  expect([...tokensIn(text, 'here').values()]).toStrictEqual([
    { tenant: 't1', user: 'ann' },
    { tenant: 't1', user: 'ann@example.com', rights: ['read'] },
    { tenant: 't1', rights: ['submit', 'cancel'] },
    { tenant: 't2', user: 'root', rights: ['admin'] },
  ]);
  expect(() => tokensIn('t1:write=secret', 'here')).toThrow('write is no right; read, submit, cancel, admin are');
});

it.each([
  ...['secret', '=secret', 't1=', 't1=sec ret', 't 1=secret', 't1=secret,t2=secret', '', '# only'],
  ...['@t1=secret', 't1:=secret', 't1:read+=secret', 'a b@t1=secret', 't1:read:submit=secret', 'ann@=secret'],
])('refuses %j without repeating it', (text) => {
  let error: unknown;
  try {
    tokensIn(text, 'here');
  } catch (cause) {
    error = cause;
  }
  expect(error).toMatchObject({ code: 'INVALID' });
  expect(String(error)).not.toContain('sec');
});

it('uses the environment if no file is given', async () => {
  process.env.SLUICE_TOKENS = 't1=abc';
  const flags = { auth: true, host: '0.0.0.0' };
  expect(await tenantTokens(flags)).toStrictEqual(new Map([['abc', { tenant: 't1' }]]));
  await expect(tenantTokens({ ...flags, tokensFile: '/none' })).rejects.toMatchObject({ code: 'READ_FAILED' });
  process.env.SLUICE_TOKENS = '';
  await expect(tenantTokens(flags)).rejects.toMatchObject({ code: 'INVALID' });
});

it('accepts --no-auth for loopback hosts only', async () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    expect(await tenantTokens({ auth: false, host })).toBe('none');
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '127.example.com', '']) {
    await expect(tenantTokens({ auth: false, host })).rejects.toMatchObject({ code: 'INVALID' });
  }
  const both = { auth: false, host: '::1', tokensFile: 'f' };
  await expect(tenantTokens(both)).rejects.toMatchObject({ code: 'INVALID' });
});

it('reads the token of a tenant from a file or a variable, never from the flag itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tokens-'));
  try {
    const path = join(folder, 'acme');
    await writeFile(path, 'from-a-file\n');
    process.env.SLUICE_TOKENS = 'from-the-environment';
    const flags = { auth: true, host: '0.0.0.0', token: [`acme=@${path}`, 'other=$SLUICE_TOKENS'] };
    expect(await tenantTokens(flags)).toStrictEqual(
      new Map([
        ['from-a-file', { tenant: 'acme' }],
        ['from-the-environment', { tenant: 'other' }],
      ]),
    );
    for (const token of ['acme=secret', 'acme', '=@x', 'acme=$NOT_THERE', 'acme=@']) {
      const refused = tenantTokens({ ...flags, token: [token] });
      await expect(refused).rejects.toMatchObject({ code: 'INVALID', message: expect.not.stringContaining('secret') });
    }
    await expect(tenantTokens({ ...flags, auth: false, host: 'localhost' })).rejects.toMatchObject({ code: 'INVALID' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
