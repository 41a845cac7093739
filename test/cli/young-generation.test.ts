/** The young generation of V8's heap in commands that run for long. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundledProgram } from '../bundled-program.js';

const PROGRAM = fileURLToPath(new URL('./young-generation.mjs', import.meta.url));

/** The highest size in MiB. */
async function highest(mode: 'bounded' | 'free', ...flags: readonly string[]): Promise<number> {
  const program = await bundledProgram(PROGRAM);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, mode], { timeout: 60_000 });
  return Number(stdout);
}

// Node 26 gives pages of it back at each collection.
test.skipIf(Number.parseInt(process.versions.node, 10) >= 26)(
  'it stays small, unless flags of Node say how far',
  async () => {
    const bounded = await highest('bounded');
    expect(await highest('free')).toBeGreaterThan(bounded * 1.3);
    expect(await highest('bounded', '--max-semi-space-size=64')).toBeGreaterThan(bounded * 1.3);
  },
);
