/** Set-up of tests with a browser: starts Chromium once, or reports that there is none. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { isRequired } from './required.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of a running Chromium; null if there is none. */
    readonly browser: string | null;
  }
}

/** The variable with the path of the program. */
const PROGRAM = 'SLUICE_TEST_CHROMIUM';

export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env[PROGRAM];
  const program = given ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  if (program === undefined) {
    const none = `no browser: neither ${PROGRAM} names Chromium nor is it installed`;
    if (isRequired('browser')) throw new Error(none);
    console.warn(`${none}; the tests that need it are skipped`);
    provide('browser', null);
    return undefined;
  }
  // Chromium's sandbox does not work for root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const server = await chromium.launchServer({
    executablePath: program,
    args: [...sandbox, '--disable-dev-shm-usage'],
  });
  provide('browser', server.wsEndpoint());
  return () => server.close();
}
