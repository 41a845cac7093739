/**
 * `npm run bench:cores`: complete processes with one thread, two, four … up to the cores of this machine. It prints
 * the rates, and how many times as fast each is as with one thread. DuckDB has as many threads. It writes no results.
 */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEED, WANTED, withFolder, writeLines } from './input.js';
import { runCommand } from './peers/commands.js';
import { type Contender, median, race, rates } from './race.js';
import { rounded, roundedRatio, table } from './report/markdown.js';
import { MEGABYTES, PROCESS_FACTOR, ROOT } from './settings.js';

const SLUICE = join(ROOT, 'dist', 'cli', 'main.js');
const DUCKDB = fileURLToPath(new URL('./peers/duckdb-process.js', import.meta.url));

/** The kinds of work: a name, and the arguments of Node for so many threads. */
type Work = readonly [name: string, args: (threads: string) => readonly string[]];

await withFolder(async (folder) => {
  const file = await writeLines(folder, 'lines', PROCESS_FACTOR * MEGABYTES);
  const exporting = [SLUICE, 'export', file.path, '--type', WANTED, '--quiet', '--overwrite'];
  const to = (name: string) => ['-o', join(folder, name)];
  const works: readonly Work[] = [
    ['sluice to a file', (threads) => [...exporting, '--threads', threads, ...to('selected.ndjson')]],
    ['sluice to a zip, level 1', (threads) => [...exporting, '--threads', threads, '--level', '1', ...to('a.zip')]],
    ['sluice to a zip, level 6', (threads) => [...exporting, '--threads', threads, '--level', '6', ...to('b.zip')]],
    ['DuckDB, raw lines to the null device', (threads) => [DUCKDB, file.path, threads]],
  ];
  const counts = threadCounts(availableParallelism());
  const contenders = works.flatMap(([name, args]) =>
    counts.map((threads) => processOf(`${name}, ${threads}`, file.bytes, args(String(threads)))),
  );
  const timings = await race(contenders);
  const rateOf = (name: string) => {
    const timing = timings.find((one) => one.name === name);
    return timing ? median(rates(timing)) : Number.NaN;
  };
  const { size } = await stat(file.path);
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, ${rounded(size / 1e6)} MB (seed ${SEED}); MB/s`,
  );
  const rows = works.map(([name]) => [
    name,
    ...counts.map((threads) => {
      const rate = rateOf(`${name}, ${threads}`);
      return `${rounded(rate)} (${roundedRatio(rate / rateOf(`${name}, 1`))} x)`;
    }),
  ]);
  console.log(table(['threads', ...counts.map(String)], rows));
});

/** Powers of two up to the number of cores, and that number. */
function threadCounts(cores: number): readonly number[] {
  const counts: number[] = [];
  for (let threads = 1; threads < cores; threads *= 2) counts.push(threads);
  return [...counts, cores];
}

function processOf(name: string, inputBytes: number, args: readonly string[]): Contender {
  const expected = { entities: 0, bytes: 0 };
  const work = async () => {
    await runCommand(process.execPath, args, () => {});
    return expected;
  };
  return { name, inputBytes, expected, work };
}
