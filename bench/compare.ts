/** `npm run bench:compare -- <git ref>`: compares this tree with another state of it, in pairs of fresh processes. */
import { execFile, spawn } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeInputs, withFolder } from './input.js';
import { median } from './race.js';
import { rounded, roundedRatio, spread, table } from './report/markdown.js';
import { ended } from './run-all.js';
import { MEGABYTES, ROOT, ROUNDS } from './settings.js';

/** What one process writes. */
export interface Found {
  /** The names of all works. */
  readonly rows?: readonly string[];
  /** Milliseconds of one; absent where its state cannot do it. */
  readonly ms?: number;
}

/** Milliseconds of one work in one pair of processes, each absent where its state cannot do it. */
interface Pair {
  readonly base?: number;
  readonly here?: number;
}

/** Exit code of a wrong command line. */
const EXIT_USAGE = 2;

const run = promisify(execFile);

const [, , ref] = process.argv;
if (!ref) {
  process.stderr.write('usage: npm run bench:compare -- <git ref>\n');
  process.exit(EXIT_USAGE);
}
const { stdout: commit } = await run('git', ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
  cwd: ROOT,
}).catch(() => ({ stdout: '' }));
if (!commit) {
  process.stderr.write(`git knows no commit ${ref}\n`);
  process.exit(EXIT_USAGE);
}

await withFolder(async (folder, signal) => {
  const base = await checkOut(commit.trim(), folder, signal);
  await makeInputs(folder);
  const { rows = [] } = await measure(ROOT, folder, signal);
  const lines: (readonly string[])[] = [];
  for (const row of rows) {
    const pairs: Pair[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Next to one another, as a shared machine is slower for a while; the order alternates, as the first may have an advantage.
      const first = round % 2 === 0;
      const before = first ? await measure(base, folder, signal, row) : undefined;
      const here = await measure(ROOT, folder, signal, row);
      pairs.push({ base: (before ?? (await measure(base, folder, signal, row))).ms, here: here.ms });
    }
    lines.push(lineOf(row, pairs));
    process.stderr.write('.');
  }
  const pairs = `${ROUNDS} pairs of processes for each work`;
  console.log(`\n\nthis tree against ${ref}: ${MEGABYTES} MB, ${pairs}, Node ${process.version}\n`);
  console.log(table(['work', `${ref}, ms`, 'here, ms', 'speed of this tree', 'spread'], lines));
});

/** Checks out and builds the other state, in a clone that leaves no trace in this repository. */
async function checkOut(commit: string, folder: string, signal: AbortSignal): Promise<string> {
  const tree = join(folder, 'base');
  await run('git', ['clone', '--quiet', '--shared', '--no-checkout', ROOT, tree], { signal });
  await run('git', ['checkout', '--quiet', '--detach', commit], { cwd: tree, signal });
  const [lock, ourLock] = await Promise.all(
    [tree, ROOT].map((one) => readFile(join(one, 'package-lock.json'), 'utf8')),
  );
  if (lock === ourLock) await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  else
    await ended(
      spawn('npm', ['ci', '--silent', '--ignore-scripts'], { cwd: tree, stdio: 'inherit', signal }),
      'npm ci',
    );
  await ended(spawn('npm', ['run', '-s', 'build'], { cwd: tree, stdio: 'inherit', signal }), 'the build');
  return tree;
}

async function measure(tree: string, folder: string, signal: AbortSignal, ...row: readonly string[]): Promise<Found> {
  const script = fileURLToPath(new URL('./compare-tree.js', import.meta.url));
  const resultPath = join(folder, 'found.json');
  const args = [script, join(tree, 'dist'), folder, resultPath, ...row];
  await ended(spawn(process.execPath, args, { stdio: 'inherit', signal }), `the process of ${tree}`);
  const found: Found = JSON.parse(await readFile(resultPath, 'utf8'));
  return found;
}

function lineOf(row: string, pairs: readonly Pair[]): readonly string[] {
  const base = pairs.flatMap(({ base: ms }) => ms ?? []);
  const here = pairs.flatMap(({ here: ms }) => ms ?? []);
  if (base.length < pairs.length) return [row, '', rounded(median(here)), '', ''];
  const gains = here.map((ms, round) => base[round] / ms);
  const gain = `${roundedRatio(median(gains))} x`;
  return [row, rounded(median(base)), rounded(median(here)), gain, spread(gains, roundedRatio)];
}
