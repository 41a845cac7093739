/** The last lines of a test run: what was left out and how to run it, and the numbers of tests. */
import type { Reporter, TestModule } from 'vitest/node';

/** The servers that projects need, by project. */
const SERVERS: ReadonlyMap<string, { readonly server: string; readonly required: string }> = new Map([
  ['with PostgreSQL', { server: 'a server of PostgreSQL', required: 'postgres' }],
  ['with a browser', { server: 'Chromium', required: 'browser' }],
  ['with S3', { server: 'a server of S3', required: 's3' }],
]);

/** Numbers of tests by their outcome. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Including those that were not reached. */
  readonly skipped: number;
}

/** The numbers as one line. */
function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/**
 * Counts the tests of some files.
 * @param others failures outside all files
 */
function countTests(modules: readonly TestModule[], others = 0): Counts {
  const counts = { passed: 0, failed: others, skipped: 0 };
  for (const { children, ok } of modules.map((module) => ({ children: module.children, ok: module.ok() }))) {
    let failed = 0;
    for (const test of children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'failed') failed++;
      else counts.skipped++;
    }
    // A file that fails outside its tests, for example while it is loaded, counts as one.
    counts.failed += ok ? failed : Math.max(failed, 1);
  }
  return counts;
}

/** Prints the lines, below the summary. */
export class LastLines implements Reporter {
  readonly #slow: number;

  /** @param slow number of files that this run skips because they are slow */
  constructor(slow: number) {
    this.#slow = slow;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[] = []): void {
    const skipped = modules.filter((module) => module.state() === 'skipped');
    const missing = [...SERVERS].flatMap(([project, { server, required }]) => {
      const files = skipped.filter((module) => module.project.name === project).length;
      return files === 0 ? [] : [{ said: `${files} files for want of ${server}`, required }];
    });
    if (this.#slow > 0) {
      console.log(`Left out: ${this.#slow} files that are slow, PostgreSQL, S3, a browser. npm test runs them.\n`);
    }
    if (missing.length > 0) {
      const demand = `SLUICE_TEST_REQUIRE=${missing.map(({ required }) => required).join()}`;
      console.log(`Left out: ${missing.map(({ said }) => said).join(', ')}. With ${demand} that is an error.\n`);
    }
    console.log(countsLine(countTests(modules, errors.length)));
  }
}
