/** What the service says of itself, in a browser. */
import { expect, test } from 'vitest';
import { FakeJobs } from '../../http/fake-jobs.js';
import { describeInBrowser, submitted } from './console-page.js';

describeInBrowser('the service', (open) => {
  test.each(['light', 'dark'] as const)('shows what runs and waits, by tenant, in %s', async (colorScheme) => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    await submitted(jobs, 2, 'acme');
    const [id] = await submitted(jobs, 1);
    jobs.set(id, { state: 'running' });
    const worker = { host: 'one', pid: 7, startedAt: 0 };
    const lease = { id, tenant: 'local', leaseUntil: Date.now() + 60_000 };
    jobs.others = [
      { ...worker, id: 'w1', seenAt: Date.now() + 60_000, jobs: [lease] },
      { ...worker, id: 'w2', seenAt: 0, jobs: [] },
    ];
    const { page, url, violations } = await open({ jobs, at: '#/service', context: { colorScheme } });
    await page.getByRole('row', { name: 'acme 0 2' }).waitFor();
    await page.getByText('1 running, 2 waiting.').waitFor();
    await page.getByText(/^export \w+ of local, lease for \d/).waitFor();
    await page.getByText(/^No sign for/).waitFor();
    await page.getByText('2.86 MiB of results, 2.00 KiB of jobs and their requests, of 9.54 MiB at most.').waitFor();
    await page.getByRole('row', { name: /downloadDataExcel xlsx envelope the result/ }).waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.getByRole('link', { name: 'Running' }).click();
    await page.getByText('1 job found').waitFor();
    expect(page.url()).toBe(`${url}#/jobs?state=running`);
  });

  test('lists deliveries of webhooks, and sends one again', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1);
    const job = { id, tenant: 'local', state: 'completed', createdAt: 1, endedAt: 2, read: 1, written: 1 } as const;
    const told = { createdAt: 1, attempts: 9, ...{ tenant: 'local', job } };
    jobs.told = [
      { ...told, id: 'first', url: 'https://a.example/', state: 'failed', endedAt: 3, error: 'status 500' },
      { ...told, id: 'second', url: 'https://b.example/', state: 'delivered', endedAt: 3 },
    ];
    const { page, violations } = await open({ jobs, at: '#/service' });
    await page.getByText('Given up after 9 attempts. status 500').waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.getByRole('button', { name: 'Given up' }).click();
    await page.getByText('https://b.example/').first().waitFor({ state: 'detached' });
    const sent = page.waitForResponse(/\/webhooks\/deliveries\/first\/redeliver$/);
    await page.getByRole('button', { name: 'Send again to https://a.example/' }).click();
    expect((await sent).status()).toBe(200);
    await page.getByText('It is sent again at once.').waitFor();
  });
});
