/** How the tests run: every test/**\/*.test.ts, and with --typecheck the types' own tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A busy machine is no fault of a test: nothing here asserts on time, so the limit is only there to end a hang.
    testTimeout: 60_000,
    exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
    // Errors outside the type tests are the compiler run's to tell (npm run typecheck).
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      ignoreSourceErrors: true,
    },
  },
});
