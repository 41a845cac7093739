/** `npm run bench:compare -- <git ref>`: compares this tree with another state of it, in rounds of fresh processes. */
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

/** Results of one process: milliseconds and megabytes by row. Rows that its state cannot do are missing. */
export type Found = Readonly<Record<string, { readonly ms: number; readonly megabytes: number }>>;

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
  const rounds: { readonly base: Found; readonly here: Found }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // The first process may have an advantage, so the order alternates.
    const first = round % 2 === 0;
    const before = first ? await measure(base, folder, signal) : undefined;
    const here = await measure(ROOT, folder, signal);
    rounds.push({ base: before ?? (await measure(base, folder, signal)), here });
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  print(rounds);
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

async function measure(tree: string, folder: string, signal: AbortSignal): Promise<Found> {
  const script = fileURLToPath(new URL('./compare-tree.js', import.meta.url));
  const resultPath = join(folder, 'found.json');
  const args = ['--expose-gc', script, join(tree, 'dist'), folder, resultPath];
  await ended(spawn(process.execPath, args, { stdio: 'inherit', signal }), `the process of ${tree}`);
  const found: Found = JSON.parse(await readFile(resultPath, 'utf8'));
  return found;
}

function print(rounds: readonly { readonly base: Found; readonly here: Found }[]): void {
  const rows = Object.keys(rounds[0].here).map((name) => {
    const rates = (side: 'base' | 'here') =>
      rounds.map((round) => round[side][name]).map((one) => (one ? (one.megabytes / one.ms) * 1000 : Number.NaN));
    const base = rates('base');
    const here = rates('here');
    if (base.some(Number.isNaN)) return [name, '', rounded(median(here)), '', ''];
    const gains = here.map((rate, round) => rate / base[round]);
    const gain = `${roundedRatio(median(gains))} x`;
    return [name, rounded(median(base)), rounded(median(here)), gain, spread(gains, roundedRatio)];
  });
  console.log(`\nthis tree against ${ref}: ${MEGABYTES} MB, ${ROUNDS} pairs of processes, Node ${process.version}\n`);
  console.log(table(['work', `${ref}, MB/s`, 'here, MB/s', 'speed of this tree', 'spread'], rows));
}
