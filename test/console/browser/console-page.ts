/** For tests: the console in a browser, over jobs whose states a test sets. */
import { source as AXE } from 'axe-core';
import { fastify } from 'fastify';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';
import { type SluiceHttpOptions, sluiceHttp } from '../../../src/http.js';
import { FakeJobs } from '../../http/fake-jobs.js';

/** Describes tests of pages, which are skipped where there is no browser. */
export function describeInBrowser(name: string, tests: (open: OpenConsole) => void): void {
  const address = inject('browser');
  describe.skipIf(address === null)(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.connect(address ?? '');
    });
    afterAll(() => browser.close());
    const opened: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of opened.splice(0)) await close();
    });
    tests((options) => openConsole(browser, (close) => opened.push(close), options));
  });
}

/** How a console is opened. */
export interface ConsoleOptions {
  readonly jobs?: SluiceHttpOptions['jobs'];
  /** More options of the plugin. */
  readonly service?: Partial<SluiceHttpOptions>;
  readonly context?: BrowserContextOptions;
  /** After the hash. */
  readonly at?: string;
}

/** Opens a console on a service of its own. */
export type OpenConsole = (options?: ConsoleOptions) => Promise<ConsolePage>;

/** A console in a browser; when its test ends, nothing may have offended its policy or failed in its program. */
export interface ConsolePage {
  readonly page: Page;
  /** The page's address without a hash. */
  readonly url: string;
  /** Ends the service, as when its machine is gone; the same address is served again by `returnService`. */
  stopService(): Promise<void>;
  returnService(): Promise<void>;
  /** What axe finds wrong in the page. */
  violations(): Promise<readonly string[]>;
}

async function openConsole(
  browser: Browser,
  onOpen: (close: () => Promise<void>) => void,
  { jobs = new FakeJobs(), service = {}, context: contextOptions, at = '' }: ConsoleOptions = {},
): Promise<ConsolePage> {
  const start = async (port: number) => {
    const app = fastify({ forceCloseConnections: true });
    await app.register(sluiceHttp, { jobs, authenticate: 'none', rateLimit: false, console: true, ...service });
    await app.listen({ port, host: '127.0.0.1' });
    return app;
  };
  let app = await start(0);
  const [address] = app.addresses();
  const port = typeof address === 'object' ? address.port : 0;
  const url = `http://127.0.0.1:${port}${service.prefix ?? ''}/`;
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  // As all limits of time in tests, it only ends hangs.
  page.setDefaultTimeout(120_000);
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (line) => {
    if (/content.security.policy/i.test(line.text())) faults.push(line.text());
  });
  onOpen(async () => {
    await context.close();
    await app.close();
    expect(faults).toStrictEqual([]);
  });
  await page.goto(`${url}${at}`);
  return {
    page,
    url,
    stopService: () => app.close(),
    async returnService() {
      app = await start(port);
    },
    async violations() {
      await page.evaluate(AXE);
      const { violations } = await page.evaluate<AxeResult>('axe.run()');
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
  };
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Jobs of a tenant, submitted in this order. */
export async function submitted(jobs: FakeJobs, howMany: number, tenant = 'local'): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < howMany; index++) {
    const { job } = await jobs.forTenant(tenant).submit({ request: { types: ['product'] } });
    ids.push(job.id);
  }
  return ids;
}

/** Progress of a running job. */
export function progressAt(share: number) {
  return {
    read: Math.round(share * 20_000),
    written: Math.round(share * 5000),
    bytesIn: Math.round(share * 40_000_000),
    totalBytes: 40_000_000,
    bytesPerSecond: 4_000_000,
    recordsPerSecond: 2000,
    estimatedEnd: Date.now() + Math.round((1 - share) * 10_000),
  };
}
