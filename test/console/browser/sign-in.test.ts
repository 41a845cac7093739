/** Signing in, in a browser. */
import { expect, test } from 'vitest';
import { oidcTokens } from '../../../src/http/oidc/oidc-tokens.js';
import { bearerTokens, type Identity } from '../../../src/http.js';
import { FakeJobs } from '../../http/fake-jobs.js';
import { openIssuer } from '../../http/test-issuer.js';
import { describeInBrowser, submitted } from './console-page.js';

const authenticate = bearerTokens(
  new Map<string, string | Identity>([
    ['token-of-acme', 'acme'],
    ['token-of-other', 'other'],
    ['token-of-auditor', { tenant: 'acme', user: 'ada', rights: ['read'] }],
  ]),
);

describeInBrowser('signing in', (open) => {
  test('shows each tenant its own jobs, and keeps no token that it was not asked to keep', async () => {
    const jobs = new FakeJobs();
    await submitted(jobs, 3, 'acme');
    await submitted(jobs, 1, 'other');
    const { page, url, violations } = await open({ jobs, service: { authenticate } });
    const signIn = async (token: string, keep = false) => {
      await page.getByLabel('Token').fill(token);
      if (keep) await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violations()).toStrictEqual([]);
    await signIn('wrong');
    await page.getByText('The service does not know this token.').waitFor();
    await signIn('token-of-acme');
    await page.getByText('3 jobs', { exact: true }).waitFor();
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')).toStrictEqual([
      0,
      0,
      '',
    ]);
    await page.reload();
    await signIn('token-of-other', true);
    await page.getByText('1 job', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('1 job', { exact: true }).waitFor();
    const [foreign] = (await jobs.forTenant('acme').list()).jobs;
    await page.goto(`${url}#/jobs/${foreign.id}`);
    await page.getByText('There is no such job.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('is possible at an issuer of OpenID Connect, for the tab alone', async () => {
    const issuer = await openIssuer();
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1, 'acme');
    const oidc = await oidcTokens({ issuer: issuer.url, audience: 'exports' });
    const signIn = { issuer: issuer.url, clientId: 'console' };
    const { page, url, violations } = await open({ jobs, service: { authenticate: oidc, signIn }, at: `#/jobs/${id}` });
    const button = page.getByRole('button', { name: /^Sign in at 127/ });
    await button.click();
    await page.getByText('The issuer has refused: access_denied.').waitFor();
    expect(await violations()).toStrictEqual([]);
    issuer.person = { sub: 'ann', tenant: 'acme' };
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await button.click();
    await page.getByText('ann, acme').waitFor();
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    expect(page.url()).toBe(`${url}#/jobs/${id}`);
    expect(addresses.filter((address) => address.includes('eyJ'))).toStrictEqual([]);
    expect(await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')).toStrictEqual([
      ...[0, 0, ''],
    ]);
    // An answer that this tab has not asked for signs nobody in.
    await page.goto(`${url}?code=stolen&state=other`);
    await page.getByText('a sign-in that this tab has not begun').waitFor();
    expect(page.url()).toBe(url);
    await issuer.close();
  });

  test('offers a caller who may only read nothing that would be refused', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1, 'acme');
    jobs.next = 'queued';
    const [waiting] = await submitted(jobs, 1, 'acme');
    const { page, url } = await open({ jobs, service: { authenticate }, at: `#/jobs/${id}` });
    await page.getByLabel('Token').fill('token-of-auditor');
    await page.keyboard.press('Enter');
    await page.getByText('ada, acme, read only').waitFor();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await page.goto(`${url}#/jobs/${waiting}`);
    await page.getByText('waits for its turn').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
    await page.goto(`${url}#/jobs`);
    await page
      .getByRole('row', { name: /Completed/ })
      .getByRole('checkbox')
      .check();
    await page.getByText('2 jobs, 1 chosen').waitFor();
    expect(await page.getByRole('button', { name: /^(Delete|Cancel)/ }).count()).toBe(0);
    expect(await page.getByRole('navigation').textContent()).toBe('JobsSchedulesService');
    await page.goto(`${url}#/schedules`);
    await page.getByText('There are no schedules yet.').waitFor();
    expect(await page.getByRole('main').getByRole('button').or(page.getByRole('main').getByRole('link')).count()).toBe(
      0,
    );
    await page.goto(`${url}#/new`);
    await page.getByText('You may not ask for exports.').waitFor();
  });
});
