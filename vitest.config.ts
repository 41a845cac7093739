/** How the tests run: every test/**\/*.test.ts, and with --typecheck the types' own tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
    // Errors outside the type tests are the compiler run's to tell (npm run typecheck).
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      ignoreSourceErrors: true,
    },
  },
});
