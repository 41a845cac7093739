/**
 * How the tests run: every test/**\/*.test.ts, those of the pipeline that read entities twice, those in folders called
 * postgres and s3 beside servers, and with --typecheck the types' own tests.
 */
import { defineConfig } from 'vitest/config';

/** Tests that need a PostgreSQL server. */
const WITH_POSTGRES = 'test/**/postgres/**/*.test.ts';

/** Tests that have to do with S3; some need a server. */
const WITH_S3 = 'test/**/s3/**/*.test.ts';

export default defineConfig({
  test: {
    // A busy machine is no fault of a test: nothing here asserts on time, so the limit is only there to end a hang.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for servers and processes: one more than the default on two cores.
    maxWorkers: '100%',
    // The AWS SDK says at each start which Node it will want one day.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [WITH_POSTGRES, WITH_S3],
          // Errors outside the type tests are the compiler run's to tell (npm run typecheck).
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], ignoreSourceErrors: true },
        },
      },
      {
        extends: true,
        test: {
          name: 'without the kernel',
          include: ['test/pipeline/**/*.test.ts'],
          // These read no text of entities, so that the kernel has no part in them.
          exclude: [
            WITH_POSTGRES,
            WITH_S3,
            'test/pipeline/{accept,plan}/**',
            'test/pipeline/wrap/!(same-bytes).test.ts',
          ],
          setupFiles: ['test/without-kernel.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'with PostgreSQL', include: [WITH_POSTGRES], globalSetup: ['test/servers/with-postgres.ts'] },
      },
      {
        extends: true,
        test: { name: 'with S3', include: [WITH_S3], globalSetup: ['test/servers/with-s3.ts'] },
      },
    ],
  },
});
