/** For tests: file systems that cannot sync. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

/** Makes syncing fail with a code of the system until the test ends. */
export function failSync(code: string): void {
  const error = Object.assign(new Error(`${code}: refused`), { code });
  const spy = vi.spyOn(fs, 'fsync').mockImplementation((_fd, done) => done(error));
  syncBuiltinESMExports();
  onTestFinished(() => {
    spy.mockRestore();
    syncBuiltinESMExports();
  });
}
