/**
 * The projects of tests: all of test/**\/*.test.ts, some steps of an export once more without the kernel, and those in
 * folders named postgres, s3 and browser with servers and Chromium. `--mode fast` skips slow files.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';
import { LastLines } from './test/last-lines.js';
import { LongestFirst } from './test/longest-first.js';
import { StuckRun } from './test/stuck-run.js';

/** Tests that need a PostgreSQL server. */
const WITH_POSTGRES = 'test/**/postgres/**/*.test.ts';

/** Tests of S3; some need a server. */
const WITH_S3 = 'test/**/s3/**/*.test.ts';

/** Tests of the console, in a browser. */
const WITH_BROWSER = 'test/**/browser/**/*.test.ts';

/** Time without a result after which a run in CI is stuck, in milliseconds; each test takes less. */
const STUCK_MS = 600_000;

/**
 * Scanner, check, projection, criteria and base64 have a second implementation in the kernel. Other stages get equal
 * batches from both, so only tests of these five, and tests that compare complete inputs, run without the kernel too.
 */
const OF_BOTH_IMPLEMENTATIONS = [
  'test/{shape,sources,select}/*.test.ts',
  'test/export/{bad-input,differential,export-slices,selection-notes,vectors}.test.ts',
  'test/pack/base64.test.ts',
  'test/verify/inspect-source.test.ts',
];

/** Tests beside those of what has one implementation: what comes before the scanner, objects, words, sorted texts. */
const OF_ONE_IMPLEMENTATION = [
  'test/sources/{bytes,collect,damaged-gzip,fifo-input,file-order,files,files-from,gunzip,gzip-members}.test.ts',
  'test/sources/{large-folders,many-inputs,objects,once,pipe-input,read-chunks,stream-json-objects}.test.ts',
  'test/sources/{until-aborted,zip-entries,zstd-frames,zstd-input}.test.ts',
  'test/select/{map-entities,sorted-entries,target-ids,word-match,word-pieces}.test.ts',
];

const withoutServers = globSync('test/**/*.test.ts', {
  ignore: [WITH_POSTGRES, WITH_S3, WITH_BROWSER, 'test/fixtures/**'],
});

/** Test files whose text matches. */
function filesMatching(words: RegExp): readonly string[] {
  return withoutServers.filter((path) => words.test(readFileSync(path, 'utf8')));
}

/** Tests that replace modules or globals, or that measure their process. All others share processes. */
const ALONE = filesMatching(
  /\bvi\.(mock|doMock|resetModules|stubGlobal|useFakeTimers)\(|process\.(memoryUsage|getActiveResourcesInfo)\(|\/proc\/self/,
);

/** Files that take seconds of a processor: they handle megabytes, or the same in many forms. */
const LARGE = globSync([
  'test/{chaos,fuzz}/**/*.test.ts',
  'test/{accept-once,whole-request}.test.ts',
  'test/export/{aborts,bad-input,differential,export-slices,failures,giving-way,resumed-files}.test.ts',
  'test/{encode/encode-dsv,package/api,pack/deflate-blocks,pack/same-bytes,pack/zip-files}.test.ts',
  'test/http/{file-route,hostile,linked-files}.test.ts',
  'test/jobs/{damaged-database,damaged-results,interrupted-notes,open-jobs}.test.ts',
  'test/{generate/catalog,options/parse-json,results/directory-store,values/words}.test.ts',
  'test/scan/{detect-form,rest,scalar,simd,soak,utf8}.test.ts',
  'test/select/{criteria-differential,project-parts,wanted-texts}.test.ts',
  'test/sources/{damaged-gzip,gzip-members,many-inputs}.test.ts',
]);

/** Files that `--mode fast` skips: those, and all that start processes or a server. */
const SLOW = [
  ...filesMatching(/run-sluice|run-sync|kill-worker|node:child_process|consoleFolder|servers\/s3-server|rdp-server/),
  ...LARGE,
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
        exclude: [WITH_POSTGRES, WITH_S3, WITH_BROWSER, ...ALONE, ...slow],
        isolate: false,
        // npm run typecheck reports errors outside the type tests.
        typecheck: {
          ...{ enabled: !fast, ignoreSourceErrors: true },
          ...{ include: ['test/types/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
        },
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
        exclude: OF_ONE_IMPLEMENTATION,
        isolate: false,
        setupFiles: ['test/without-kernel.ts'],
        env: { SLUICE_TEST_KERNEL: 'none' },
      },
    },
    {
      extends: true as const,
      test: {
        name: 'with PostgreSQL',
        include: [WITH_POSTGRES],
        isolate: false,
        globalSetup: ['test/servers/with-postgres.ts'],
      },
    },
    {
      extends: true as const,
      test: { name: 'with S3', include: [WITH_S3], isolate: false, globalSetup: ['test/servers/with-s3.ts'] },
    },
    {
      extends: true as const,
      test: {
        name: 'with a browser',
        include: [WITH_BROWSER],
        globalSetup: ['test/servers/with-browser.ts'],
        isolate: false,
      },
    },
  ];
  return {
    test: {
      // No test asserts on time, so the limit only ends hangs and allows for busy machines. After some of them, CI is told.
      testTimeout: 180_000,
      hookTimeout: 180_000,
      bail: process.env.CI === undefined ? 0 : 25,
      // Many tests wait for servers, processes and disks, so there are two workers more than cores.
      maxWorkers: availableParallelism() + 2,
      sequence: { sequencer: LongestFirst },
      // Silences the AWS SDK's warning about future Node versions.
      env: {
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        TEST_TIMES: process.env.TEST_TIMES ?? (fast ? '0.2' : '0.6'),
      },
      exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
      reporters: [
        'default',
        new LastLines(new Set(slow).size),
        // Nobody watches a run in CI.
        ...(process.env.CI === undefined ? [] : [new StuckRun(STUCK_MS)]),
      ],
      projects: fast ? withKernel : [...withKernel, ...others],
    },
  };
});
