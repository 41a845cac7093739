/** The last line of a test run: which test files were skipped, and how to run them. */
import type { Reporter, TestModule } from 'vitest/node';

/** The servers that projects need, by project. */
const SERVERS: ReadonlyMap<string, { readonly server: string; readonly required: string }> = new Map([
  ['with PostgreSQL', { server: 'PostgreSQL', required: 'postgres' }],
  ['with S3', { server: 'S3', required: 's3' }],
]);

/** Prints what was skipped, below the summary. */
export class LeftOut implements Reporter {
  readonly #slow: number;

  /** @param slow number of files that this run skips because they are slow */
  constructor(slow: number) {
    this.#slow = slow;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.filter((module) => module.state() === 'skipped');
    const missing = [...SERVERS].flatMap(([project, { server, required }]) => {
      const files = skipped.filter((module) => module.project.name === project).length;
      return files === 0 ? [] : [{ said: `${files} files for want of a server of ${server}`, required }];
    });
    if (this.#slow > 0) {
      console.log(`Left out: ${this.#slow} files that are slow, PostgreSQL, S3. npm test runs them.\n`);
    }
    if (missing.length === 0) return;
    const demand = `SLUICE_TEST_REQUIRE=${missing.map(({ required }) => required).join()}`;
    console.log(`Left out: ${missing.map(({ said }) => said).join(', ')}. With ${demand} that is an error.\n`);
  }
}
