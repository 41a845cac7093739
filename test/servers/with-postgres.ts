/** Set-up of tests with PostgreSQL: provides a server, starts one if necessary, or reports that there is none. */
import type { TestProject } from 'vitest/node';
import { postgresBinaries, startPostgres } from './postgres-server.js';
import { isRequired } from './required.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server in which tests may create databases; null if there is none. */
    readonly postgres: string | null;
  }
}

/** The variable with the address of an existing server. */
const SERVER = 'SLUICE_TEST_POSTGRES';

export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env[SERVER];
  if (given) {
    provide('postgres', given);
    return undefined;
  }
  const binaries = postgresBinaries();
  if (binaries === undefined) {
    const none = `no PostgreSQL: neither ${SERVER} names a server nor are its programs installed`;
    if (isRequired('postgres')) throw new Error(none);
    console.warn(`${none}; the tests that need it are skipped`);
    provide('postgres', null);
    return undefined;
  }
  const server = await startPostgres(binaries);
  provide('postgres', server.url);
  return () => server.stop();
}
