/**
 * Makes the pictures of the documentation, in docs/pictures: a service with some jobs, seen in Chromium
 * (`npm run pictures`, after a build; CHROMIUM is the path of the program).
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { chromium } from 'playwright-core';
import { bearerTokens, sluiceHttp } from 'sluice/http';
import { openJobs } from 'sluice/jobs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PICTURES = join(ROOT, 'docs/pictures');
const TOKEN = 'token-of-the-pictures';

const folder = mkdtempSync(join(tmpdir(), 'sluice-pictures-'));
const source = join(folder, 'catalog.ndjson');
const generate = ['generate', '--size', '400MB', '--entity-bytes', '2000', '--seed', '7', '-o', source];
spawnSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...generate, '--quiet'], { stdio: 'inherit' });
appendFileSync(source, '{"id":"p-1","type":"product","name":}\n');

const jobs = await openJobs({ dataDir: join(folder, 'data'), source, concurrency: 2, plan: { onError: 'skip' } });
const tenant = jobs.forTenant('acme');
const app = fastify();
const ada = { tenant: 'acme', user: 'ada', rights: ['read', 'submit', 'cancel', 'admin'] };
await app.register(sluiceHttp, { jobs, authenticate: bearerTokens(new Map([[TOKEN, ada]])), console: true });
const address = await app.listen({ port: 0, host: '127.0.0.1' });

/** Submits a request, and waits for its end. */
async function ended(request) {
  const { job } = await tenant.submit({ request, userId: 'ada' });
  return tenant.waitFor(job.id);
}

const table = { name: 'sheet', format: 'xlsx', pack: 'zip' };
const lines = { name: 'lines', format: 'ndjson', pack: 'gzip' };
await ended({ types: ['product'], maxRecords: 500, fileName: 'spring-collection', profile: table });
await ended({ ids: ['none'], fileName: 'discontinued' });
await ended({ types: ['image'], maxRecords: 20_000, fileName: 'image-index', profile: lines });
const cancelled = await tenant.submit({ request: { types: ['sku'], fileName: 'all-skus' }, userId: 'ben' });
await tenant.cancel(cancelled.job.id);
const shown = await ended({
  types: ['product'],
  criteria: { attributes: [{ color: { hasvalue: true } }] },
  fileName: 'products-with-a-color',
  profile: lines,
});
await ended({ types: ['sku', 'product'], maxRecords: 1000, fileName: 'nightly-delta', profile: lines });
const nightly = { types: ['product'], delta: { against: 'previous' } };
const first = await tenant.schedules.add({ name: 'nightly-delta', cron: '30 2 * * *', request: nightly });
await tenant.waitFor((await tenant.schedules.run(first.id)).job.id);
const second = await tenant.schedules.add({
  name: 'images-for-the-shop',
  everyMs: 3_600_000,
  request: { types: ['image'] },
});
await tenant.schedules.pause(second.id);
await tenant.inspect();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
mkdirSync(PICTURES, { recursive: true });

/** Opens a page that has signed in. */
async function open(width, height, colorScheme) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(`${address}/`);
  await page.getByLabel('Token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('row').nth(1).waitFor();
  return page;
}

const wide = await open(1120, 430, 'light');
const phone = await open(360, 640, 'dark');
for (const fileName of ['complete-catalog', 'catalog-for-the-shop', 'skus', 'archive']) {
  await tenant.submit({ request: { fileName, profile: lines }, userId: fileName === 'skus' ? 'ben' : 'ada' });
}
await wide.getByText('left').first().waitFor();
await wide.waitForTimeout(1500);
await wide.screenshot({ path: join(PICTURES, 'console-jobs.png') });
await phone.screenshot({ path: join(PICTURES, 'console-phone.png') });
for (const { id, state } of (await tenant.list()).jobs) {
  if (state === 'queued' || state === 'running') await tenant.cancel(id);
}

await wide.setViewportSize({ width: 900, height: 800 });
await wide.goto(`${address}/#/jobs/${shown.id}`);
await wide.getByText('Digest and command lines').first().click();
await wide.getByText('Keep entities of type').waitFor();
await wide.screenshot({ path: join(PICTURES, 'console-job.png') });

await wide.goto(`${address}/#/schedules`);
await wide.getByText('Paused.').waitFor();
await wide.setViewportSize({ width: 900, height: 330 });
await wide.screenshot({ path: join(PICTURES, 'console-schedules.png') });

const dark = await open(1120, 760, 'dark');
await dark.goto(`${address}/#/new`);
await dark.getByLabel('Types', { exact: true }).fill('product');
await dark.getByLabel('Most records').fill('a thousand');
await dark.getByRole('button', { name: 'Add a condition' }).click();
await dark.getByLabel('Name', { exact: true }).fill('price.amount');
await dark.getByLabel('Test').selectOption('gte');
await dark.getByLabel('Value', { exact: true }).fill('10');
await dark.getByText('to change first').waitFor();
await dark.locator('.explained[aria-busy="false"]').waitFor();
await dark.screenshot({ path: join(PICTURES, 'console-new.png') });

await browser.close();
await app.close();
await jobs.close();
rmSync(folder, { recursive: true });
