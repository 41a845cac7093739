/**
 * How the tests run: every test/**\/*.test.ts, some of an export's steps twice, those in folders called postgres and s3
 * beside servers, and with --typecheck the types' own tests. `--mode fast` leaves out whatever is slow.
 */
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';
import { LeftOut } from './test/left-out.js';

/** Tests that need a PostgreSQL server. */
const WITH_POSTGRES = 'test/**/postgres/**/*.test.ts';

/** Tests that have to do with S3; some need a server. */
const WITH_S3 = 'test/**/s3/**/*.test.ts';

/**
 * Four pieces have a second implementation, in the kernel: the scanner, the check, the projection and the criteria.
 * What is behind them gets equal batches from both, so that no more is run without the kernel than what these pieces
 * are part of, and what holds whole inputs against the places and values that are due.
 */
const OF_BOTH_IMPLEMENTATIONS = [
  'test/{sources,select}/*.test.ts',
  'test/export/{bad-input,differential,export-slices,selection-notes,vectors}.test.ts',
  'test/verify/inspect-source.test.ts',
];

const withoutServers = globSync('test/**/*.test.ts', { ignore: [WITH_POSTGRES, WITH_S3, 'test/fixtures/**'] });

/** Test files of which the text says something. */
function filesThatSay(words: RegExp): readonly string[] {
  return withoutServers.filter((path) => words.test(readFileSync(path, 'utf8')));
}

/** Tests that replace modules or globals, or that measure their process. All others share processes. */
const ALONE = filesThatSay(
  /\bvi\.(mock|doMock|resetModules|stubGlobal|useFakeTimers)\(|process\.(memoryUsage|getActiveResourcesInfo)\(|\/proc\/self/,
);

/** What `--mode fast` leaves out: tests that start processes or a server of S3, and those that export megabytes again and again. */
const SLOW = [
  ...filesThatSay(/run-sluice|kill-worker|node:child_process|servers\/s3-server/),
  ...globSync(['test/{chaos,fuzz}/**/*.test.ts', 'test/export/export-slices.test.ts', 'test/whole-request.test.ts']),
];

export default defineConfig(({ mode }) => {
  const fast = mode === 'fast';
  const slow = fast ? SLOW : [];
  const withKernel = [
    {
      extends: true as const,
      test: {
        name: 'all',
        include: ['test/**/*.test.ts'],
        exclude: [WITH_POSTGRES, WITH_S3, ...ALONE, ...slow],
        isolate: false,
        // Errors outside the type tests are the compiler run's to tell (npm run typecheck).
        typecheck: { enabled: !fast, include: ['test/types/**/*.test-d.ts'], ignoreSourceErrors: true },
      },
    },
    { extends: true as const, test: { name: 'alone', include: [...ALONE], exclude: slow } },
  ];
  const others = [
    {
      extends: true as const,
      test: {
        name: 'without the kernel',
        include: OF_BOTH_IMPLEMENTATIONS,
        isolate: false,
        setupFiles: ['test/without-kernel.ts'],
      },
    },
    {
      extends: true as const,
      test: { name: 'with PostgreSQL', include: [WITH_POSTGRES], globalSetup: ['test/servers/with-postgres.ts'] },
    },
    {
      extends: true as const,
      test: { name: 'with S3', include: [WITH_S3], globalSetup: ['test/servers/with-s3.ts'] },
    },
  ];
  return {
    test: {
      // A busy machine is no fault of a test: nothing here asserts on time, so the limit is only there to end a hang.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Many tests wait for servers and processes: one more than the default on two cores.
      maxWorkers: '100%',
      // The AWS SDK says at each start which Node it will want one day.
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
      reporters: ['default', new LeftOut(new Set(slow).size)],
      projects: fast ? withKernel : [...withKernel, ...others],
    },
  };
});
