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
    const { page, url, violations } = await open({ jobs, at: '#/service', context: { colorScheme } });
    await page.getByRole('row', { name: 'acme 0 2' }).waitFor();
    await page.getByText('1 running, 2 waiting.').waitFor();
    await page.getByRole('row', { name: /downloadDataExcel xlsx envelope the result/ }).waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.getByRole('link', { name: 'Running' }).click();
    await page.getByText('1 job found').waitFor();
    expect(page.url()).toBe(`${url}#/jobs?state=running`);
  });
});
