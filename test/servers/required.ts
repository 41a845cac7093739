/** Which servers are required: the gate requires all, so that no test is skipped unnoticed. */

/** Whether tests fail instead of being skipped without this server. */
export function isRequired(server: 'browser' | 'postgres' | 's3'): boolean {
  return (process.env.SLUICE_TEST_REQUIRE ?? '').split(',').includes(server);
}
