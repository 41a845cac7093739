/** Which servers must be there: the gate asks for all of them, so that no test is skipped unseen. */

/** Whether tests must fail, not be skipped, where this server cannot be had. */
export function isRequired(server: 'postgres' | 's3'): boolean {
  return (process.env.SLUICE_TEST_REQUIRE ?? '').split(',').includes(server);
}
