/** The list of jobs in a browser. */
import { expect, test } from 'vitest';
import { FakeJobs } from '../../http/fake-jobs.js';
import { describeInBrowser, progressAt, submitted } from './console-page.js';

describeInBrowser('the list of jobs', (open) => {
  test('says what it shows while there is nothing', async () => {
    const { page, violations } = await open();
    await page.getByText('There are no jobs yet.').waitFor();
    expect(await violations()).toStrictEqual([]);
  });

  test('follows jobs as they are submitted, run and end', async () => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    const { page, violations } = await open({ jobs });
    await page.getByText('There are no jobs yet.').waitFor();
    const [first] = await submitted(jobs, 2);
    await page
      .getByRole('row', { name: /Waiting/ })
      .nth(1)
      .waitFor();
    jobs.set(first, { state: 'running', startedAt: Date.now(), epoch: 1, progress: progressAt(0.25) });
    const row = page.getByRole('row', { name: /Running/ });
    await row.getByText('25 %, 1,250 of 5,000 records').waitFor();
    expect(await row.textContent()).toMatch(/2,000\/s, 3\.81 MiB\/s.* left/);
    expect(await violations()).toStrictEqual([]);
    jobs.end(first, 'completed');
    await page.getByRole('row', { name: /Completed/ }).waitFor();
  });

  test('finds one of 10,000 jobs, and keeps the search in the address', async () => {
    const jobs = new FakeJobs();
    const ids = await submitted(jobs, 10_000);
    jobs.set(ids[77], {
      state: 'failed',
      error: { code: 'TRUNCATED', message: 'the input ends inside an entity' },
      request: { fileName: 'the one' },
    });
    const { page, url } = await open({ jobs });
    await page.getByText('10,000 jobs', { exact: true }).waitFor();
    const rows = page.getByRole('row');
    // Only what is seen exists.
    expect(await rows.count()).toBeLessThan(60);
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('10001');
    await page.getByRole('searchbox').fill('the one');
    await page.getByText('1 job found').waitFor();
    expect(page.url()).toBe(`${url}#/jobs?q=the+one`);
    await page.reload();
    await page.getByText('1 job found').waitFor();
    await page.getByRole('button', { name: /^Failed/ }).click();
    await page.getByText('1 job found').waitFor();
    expect(page.url()).toContain('state=failed');
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No job matches.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('10,000 jobs', { exact: true }).waitFor();
  });

  test('is used by the keyboard alone', async () => {
    const jobs = new FakeJobs();
    const ids = await submitted(jobs, 600);
    const { page } = await open({ jobs });
    await page.getByText('600 jobs', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const focused = () => page.evaluate<string | null>("document.activeElement.getAttribute('aria-rowindex')");
    for (let steps = 0; steps < 12 && (await focused()) === null; steps++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('2');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByText('600 jobs, 1 chosen').waitFor();
    await page.keyboard.press('End');
    await page.locator('[aria-rowindex="601"]:focus').waitFor();
    await page.keyboard.press('Home');
    await page.locator('[aria-rowindex="2"]:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(ids[599]).first().waitFor();
    expect(page.url()).toContain(`#/jobs/${ids[599]}`);
  });

  test('deletes all that match, after a question', async () => {
    const jobs = new FakeJobs();
    await submitted(jobs, 3);
    jobs.next = 'queued';
    await submitted(jobs, 2);
    const { page } = await open({ jobs });
    await page.getByRole('button', { name: /^Waiting 2/ }).click();
    await page.getByRole('button', { name: 'Cancel 2 that match' }).click();
    await page.getByRole('dialog').getByText('Cancel 2 exports?').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('button', { name: 'Cancel 2 that match' }).click();
    await page.getByRole('button', { name: 'Cancel them' }).click();
    await page.getByText('2 exports cancelled.').waitFor();
    const { jobs: left } = await jobs.forTenant('local').list();
    expect(left.filter(({ state }) => state === 'cancelled')).toHaveLength(2);
    expect(left.filter(({ state }) => state === 'completed')).toHaveLength(3);
  });

  test('says that the service is gone, and comes back with it', async () => {
    const jobs = new FakeJobs();
    await submitted(jobs, 1);
    const { page, stopService, returnService, violations } = await open({ jobs });
    await page.getByText('1 job', { exact: true }).waitFor();
    await stopService();
    await page.getByText('The service does not respond.').waitFor();
    expect(await violations()).toStrictEqual([]);
    await submitted(jobs, 1);
    await returnService();
    await page.getByText('2 jobs', { exact: true }).waitFor();
    await page.getByText('The service does not respond.').waitFor({ state: 'detached' });
  });

  test.each(['light', 'dark'] as const)('fits a screen of 360 pixels in %s', async (colorScheme) => {
    const jobs = new FakeJobs();
    await submitted(jobs, 30);
    const { page, violations } = await open({
      jobs,
      context: { viewport: { width: 360, height: 640 }, colorScheme },
    });
    await page.getByText('30 jobs', { exact: true }).waitFor();
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    const ground = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    expect(width).toBe(360);
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(15, 19, 19)' : 'rgb(246, 247, 248)');
    expect(await violations()).toStrictEqual([]);
  });
});
