/** A new export by the form, in a browser, over real jobs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Jobs, openJobs } from '../../../src/jobs/open-jobs.js';
import { describeInBrowser } from './console-page.js';

const ENTITIES = [
  { id: '1', type: 'product', price: 9.5 },
  { id: '2', type: 'product', price: 12.25 },
  { id: '3', type: 'sku', price: 40 },
  { id: '4', type: 'product', price: 80 },
].map((entity) => `${JSON.stringify(entity)}\n`);

const FAULTY = '{"id":"5","type":"product","price":}';

describeInBrowser('a new export', (open) => {
  let folder = '';
  let jobs: Jobs;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-console-'));
    await writeFile(join(folder, 'catalog.ndjson'), `${ENTITIES.join('')}${FAULTY}\n`);
    const source = join(folder, 'catalog.ndjson');
    jobs = await openJobs({ dataDir: join(folder, 'data'), source, plan: { onError: 'skip' } });
  });
  afterAll(async () => {
    await jobs.close();
    await rm(folder, { recursive: true });
  });

  test('shows faults at their fields, says what would happen, is submitted, saved, and run again', async () => {
    const { page, url, violations } = await open({ jobs, at: '#/new' });
    await page.getByText('Write complete entities').waitFor();
    await page.getByLabel('Types').fill('product');
    await page.getByLabel('Most records').fill('ten');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Name', { exact: true }).fill('price');
    await page.getByLabel('Test').selectOption('gte');
    await page.getByLabel('Value', { exact: true }).fill('dear');
    await page.getByText('2 things have to change first:').waitFor();
    for (const label of ['Most records', 'Value']) {
      expect(await page.getByLabel(label, { exact: true }).getAttribute('aria-invalid'), label).toBe('true');
    }
    expect(await page.getByLabel('Types').getAttribute('aria-invalid')).toBe('false');
    expect(await page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true);
    expect(await violations()).toStrictEqual([]);
    await page.getByLabel('Most records').fill('1');
    await page.getByLabel('Value', { exact: true }).fill('12');
    await page.getByLabel('Format').selectOption('ndjson');
    await page.getByLabel('Packing').selectOption('none');
    await page.getByLabel('Name of the file').fill('dear ones');
    await page.getByText('Keep entities where a value at "price" is at least 12.').waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('heading', { name: /dear ones\.ndjson Completed/ }).waitFor();
    await page.getByText('It stopped at the limit of the request.').waitFor();
    await page.getByText('Keep entities where a value at "price" is at least 12.').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download/ }).click();
    expect(await text(await (await download).createReadStream())).toBe(ENTITIES[1]);
    await page.getByText('Saved. Its SHA-256 is that of the result.').waitFor();
    expect(await violations()).toStrictEqual([]);
    const first = page.url();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByText('Repeats the request of').waitFor();
    expect(page.url()).not.toBe(first);
    await page.getByRole('heading', { name: /dear ones\.ndjson Completed/ }).waitFor();
    await page.getByRole('link', { name: 'Change and run' }).click();
    const field = page.getByLabel('Request as JSON');
    expect(await field.inputValue()).toContain('"gte": 12');
    await field.fill('{"ids": ["1", "3"], "fileName": "two"}');
    await page.getByText('Keep the 2 ids').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('heading', { name: /two\.\w+ Completed/ }).waitFor();
    await page.goto(`${url}#/jobs?q=dear`);
    await page.getByText('2 jobs found').waitFor();
    expect((await jobs.forTenant('local').list()).jobs).toHaveLength(3);
  });

  test('knows the source, shows the first entities, and is saved as a schedule', async () => {
    const { page, violations } = await open({ jobs, at: '#/new' });
    const types = page.getByRole('group', { name: 'Types in the source' });
    await types.getByText(/^4 entities, just now/).waitFor();
    await types.getByRole('button', { name: 'product 3' }).click();
    await types.getByRole('button', { name: 'sku 1' }).click();
    await types.getByRole('button', { name: 'product 3' }).click();
    expect(await page.getByLabel('Types', { exact: true }).inputValue()).toBe('sku');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    const names = page.getByLabel('Name', { exact: true }).locator('+ datalist > option');
    expect(await names.evaluateAll((options) => options.map((option) => option.getAttribute('value')))).toStrictEqual([
      ...['id', 'type', 'price'],
    ]);
    await page.getByLabel('Name', { exact: true }).fill('prise');
    await page.getByLabel('Test').selectOption('gt');
    await page.getByLabel('Value', { exact: true }).fill('10');
    await page.getByText('Keep entities where a value at "prise" is above 10.').waitFor();
    await page.getByRole('button', { name: 'Show the first entities' }).click();
    await page
      .getByRole('listitem')
      .getByText(/none .* "prise"/)
      .waitFor();
    await page.getByLabel('Name', { exact: true }).fill('price');
    await page.getByText('Keep entities where a value at "price" is above 10.').waitFor();
    await page.getByRole('button', { name: 'Show the first entities' }).click();
    await page.getByRole('group', { name: 'Entity 1' }).getByText('"price": 40').waitFor();
    await page.getByText('1 entity, which is all, of 5 records.').waitFor();
    expect(await violations()).toStrictEqual([]);
    await page.getByText('Save as a schedule').click();
    await page.getByLabel('Name of the schedule').fill('nightly');
    await page.getByLabel('Pattern').fill('30 25 * * *');
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.locator('[aria-invalid="true"]').waitFor();
    expect(await page.getByLabel('Pattern').getAttribute('aria-invalid')).toBe('true');
    expect(await violations()).toStrictEqual([]);
    await page.getByLabel('Pattern').fill('30 2 * * *');
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByLabel('Only what has changed since the run before').check();
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.getByText('At 30 2 * * * (cron), Europe/Berlin').waitFor();
    await page.getByRole('button', { name: 'Pause nightly' }).click();
    await page.getByText('Paused.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume nightly' }).click();
    await page.getByText('Next:').waitFor();
    await page.getByRole('button', { name: 'Run now nightly' }).click();
    await page.getByRole('link', { name: /^export / }).waitFor();
    expect(await violations()).toStrictEqual([]);
    const { schedules } = jobs.forTenant('local');
    const [{ id, ...saved }] = await schedules.list();
    expect(saved).toMatchObject({ name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    expect((await schedules.get(id)).request).toMatchObject({
      ...{ types: ['sku'], criteria: { fields: [{ price: { gt: 10 } }] }, delta: { against: 'previous' } },
    });
    await page.getByRole('button', { name: 'Delete nightly' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There are no schedules yet.').waitFor();
  });

  test('shows what it rejected, with place and text, in a balance', async () => {
    const { page, url, violations } = await open({ jobs });
    const { job } = await jobs.forTenant('local').submit({ request: { types: ['product'] } });
    await page.goto(`${url}#/jobs/${job.id}`);
    await page.getByText('5 read = 3 written + 1 filtered + 1 rejected. The source was read to its end.').waitFor();
    const rejected = page.getByRole('region', { name: 'Rejected records' });
    await rejected.getByText(FAULTY).waitFor();
    expect(await rejected.textContent()).toMatch(/expected a value .*catalog\.ndjson, record 4, line 5, byte \d+/);
    await page.getByRole('heading', { name: 'Time by stage' }).waitFor();
    expect(await violations()).toStrictEqual([]);
  });

  test('is filled in, previewed and submitted by the keyboard alone', async () => {
    const { page } = await open({ jobs, at: '#/new' });
    const { keyboard } = page;
    await page.getByRole('group', { name: 'Types in the source' }).getByRole('button').nth(1).waitFor();
    const focused = () =>
      page.evaluate<string>(
        "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.split('\\n', 1)[0].trim()",
      );
    /** Tabs to a control by its label or text. */
    const reach = async (name: string) => {
      for (let steps = 0; steps < 60; steps++) {
        await keyboard.press('Tab');
        if ((await focused()) === name) return;
      }
      expect.fail(`Tab does not reach ${name}`);
    };
    await reach('Types');
    await reach('product');
    await keyboard.press('Space');
    await reach('Add a condition');
    await keyboard.press('Enter');
    await keyboard.press('Shift+Tab');
    for (const name of ['Remove', 'Value', 'Test', 'Name']) {
      if (name !== 'Remove') await keyboard.press('Shift+Tab');
      expect(await focused()).toBe(name);
    }
    await keyboard.type('price');
    await keyboard.press('Tab');
    for (let steps = 0; steps < 5; steps++) await keyboard.press('ArrowDown');
    await keyboard.press('Tab');
    await keyboard.type('10');
    await reach('Format');
    await keyboard.type('lines');
    await reach('Name of the file');
    await keyboard.type('by keyboard');
    await page.getByText('Keep entities where a value at "price" is below 10.').waitFor();
    await reach('Show the first entities');
    await keyboard.press('Enter');
    await page.getByRole('group', { name: 'Entity 1' }).getByText('"price": 9.5').waitFor();
    await keyboard.press('Shift+Tab');
    for (let steps = 0; steps < 20 && (await focused()) !== 'Export'; steps++) await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: /by keyboard\.\w+ Completed/ }).waitFor();
  });

  test('fits a screen of 360 pixels', async () => {
    const { page, violations } = await open({ jobs, at: '#/new', context: { viewport: { width: 360, height: 640 } } });
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByText('Write complete entities').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await violations()).toStrictEqual([]);
  });
});
