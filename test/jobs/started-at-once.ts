/** For tests: sources that never come, so that jobs stay running, and which tenants have asked for them. */
import type { SourceFor } from '../../src/jobs.js';

export interface StartedAtOnce {
  readonly source: SourceFor;
  /** Resolves once so many jobs have started, to their tenants in order of their names. */
  atOnce(count: number): Promise<readonly string[]>;
}

export function startedAtOnce(): StartedAtOnce {
  const tenants: string[] = [];
  let tell = () => {};
  return {
    source: ({ tenant }) => {
      tenants.push(tenant);
      tell();
      return new Promise(() => {});
    },
    async atOnce(count) {
      while (tenants.length < count) {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
      return tenants.toSorted();
    },
  };
}
