/** One job in a browser. */
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { CONTENT, FakeJobs } from '../../http/fake-jobs.js';
import { describeInBrowser, progressAt, submitted } from './console-page.js';

describeInBrowser('a job', (open) => {
  test('is followed to its end', async () => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    const [id] = await submitted(jobs, 1);
    const { page, violations } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByText('waits for its turn').waitFor();
    const run = (share: number) =>
      jobs.set(id, { state: 'running', startedAt: Date.now(), epoch: 1, progress: progressAt(share) });
    run(0.25);
    await page.getByText('25 %, 1,250 of 5,000 records').waitFor();
    run(0.5);
    await page.getByText('50 %, 2,500 of 10,000 records').waitFor();
    // A rate needs some time between two events.
    const chart = page.getByRole('img', { name: /^Records per second: [\d,]+ last, [\d,]+ at most$/ });
    let share = 0.5;
    const draws = async () => {
      share += 0.001;
      run(share);
      return chart.count();
    };
    await expect.poll(draws, { timeout: 120_000 }).toBe(1);
    expect(await violations()).toStrictEqual([]);
    jobs.end(id, 'completed');
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    expect(await page.getByRole('progressbar').count()).toBe(0);
    expect(await violations()).toStrictEqual([]);
  });

  test('has its attempts and its throughput after the fact', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1);
    const error = { code: 'SERVICE_FAILED', message: 'the bucket does not respond' };
    jobs.history = {
      events: [
        { at: 1_000, kind: 'started', attempt: 1 },
        { at: 3_000, kind: 'retried', attempt: 1, error },
        { at: 4_000, kind: 'started', attempt: 2 },
        { at: 5_000, kind: 'lost', attempt: 2 },
        { at: 6_000, kind: 'started', attempt: 3 },
        { at: 8_000, kind: 'ended', attempt: 3, state: 'completed' },
      ],
      samples: [
        { at: 6_000, attempt: 3, read: 0, written: 0, bytesIn: 0 },
        { at: 7_000, attempt: 3, read: 5_000, written: 0, bytesIn: 0 },
        { at: 8_000, attempt: 3, read: 7_500, written: 0, bytesIn: 0 },
      ],
    };
    const { page, violations } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByRole('img', { name: 'Records per second: 2,500 last, 5,000 at most' }).waitFor();
    const events = page.getByRole('region', { name: 'Attempts and events' });
    await events.getByText('Attempt 1 failed and is repeated: ').waitFor();
    await events.getByText('Attempt 2 was lost').waitFor();
    expect(await events.getByRole('listitem').count()).toBe(8);
    expect(await violations()).toStrictEqual([]);
  });

  test('is followed again after the service was gone', async () => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    const [id] = await submitted(jobs, 1);
    const { page, stopService, returnService } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByText('waits for its turn').waitFor();
    await stopService();
    await page.getByText('The connection broke.').waitFor();
    jobs.end(id, 'completed');
    await returnService();
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    expect(await page.getByText('The connection broke.').count()).toBe(0);
  });

  test('says that the browser is offline, and is followed again when it is not', async () => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    const [id] = await submitted(jobs, 1);
    const { page } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByText('waits for its turn').waitFor();
    await page.context().setOffline(true);
    await page.getByText('The browser is offline.').waitFor();
    jobs.end(id, 'completed');
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    expect(await page.getByText('The browser is offline.').count()).toBe(0);
  });

  test('is cancelled after a question, and deleted after another one', async () => {
    const jobs = new FakeJobs();
    jobs.next = 'queued';
    const [id] = await submitted(jobs, 1);
    const { page, url, violations } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('there is no result').waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.keyboard.press('Escape');
    expect((await jobs.forTenant('local').get(id)).state).toBe('queued');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the export' }).click();
    await page.getByRole('heading', { name: /Cancelled/ }).waitFor();
    expect((await jobs.forTenant('local').get(id)).state).toBe('cancelled');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The export is deleted.').waitFor();
    expect(page.url()).toBe(`${url}#/jobs`);
  });

  test('saves a file whose digest is that of the result', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1);
    const { page } = await open({ jobs, at: `#/jobs/${id}` });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download/ }).click();
    expect((await buffer(await (await download).createReadStream())).equals(CONTENT)).toBe(true);
    await page.getByText('Saved. Its SHA-256 is that of the result.').waitFor();
  });

  test('saves no file that arrives damaged', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1);
    const { page } = await open({ jobs, at: `#/jobs/${id}` });
    await page.route('**/files/*', (route) => route.fulfill({ body: 'something else' }));
    let downloads = 0;
    page.on('download', () => downloads++);
    await page.getByRole('button', { name: /^Download/ }).click();
    await page.getByText('arrived damaged').waitFor();
    expect(downloads).toBe(0);
  });

  test('shows lines for a shell, and says who it does not know', async () => {
    const jobs = new FakeJobs();
    jobs.fileName = "it's.zip";
    const [id] = await submitted(jobs, 1);
    const { page, url } = await open({ jobs, at: `#/jobs/${id}` });
    await page.getByText('Digest and command lines').click();
    expect(await page.getByLabel('curl', { exact: true }).inputValue()).toBe(
      `curl -fSs -o 'it'\\''s.zip' ${url}jobs/${id}/files/it's.zip`
        .replace(/ (http\S+)it's/, ` '$1it'\\''s`)
        .replace(/\.zip$/, ".zip'"),
    );
    await page.goto(`${url}#/jobs/nobody`);
    await page.getByText('There is no such job.').waitFor();
  });

  test('keeps all digits of its request', async () => {
    const jobs = new FakeJobs();
    const [id] = await submitted(jobs, 1);
    const { page } = await open({ jobs });
    await page.route(`**/jobs/${id}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replace('"types"', '"n":12345678901234567890123,"types"'),
      });
    });
    await page.getByRole('row').nth(1).click();
    await page.getByText('As JSON').click();
    await page.getByRole('group', { name: 'The request as JSON' }).getByText('12345678901234567890123').waitFor();
  });
});
