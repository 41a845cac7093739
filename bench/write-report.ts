/** Writes the tables of RESULTS.md and the chart from the files of results; prose between tables is kept. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chart } from './report/chart.js';
import { newestResults, type Results } from './report/results.js';
import { machineList, nodesTable, sectionTable } from './report/tables.js';
import { targetsTable } from './report/targets-table.js';
import { SECTION_NAMES } from './sections.js';
import { OUT, ROOT } from './settings.js';

/** The Node version whose tables are shown completely: the one that most people run. */
const SHOWN_NODE = 24;

/** `<!-- table:lines -->` to `<!-- end -->`. */
const MARKED = /<!-- table:([a-z-]+) -->\n[\s\S]*?<!-- end -->/g;

/** Replaces the tables between markers; one without numbers is kept. */
export async function writeReport(): Promise<void> {
  const all = await newestResults();
  const shown = all.get(SHOWN_NODE) ?? [...all.values()][0];
  if (!shown) return;
  const path = join(OUT, 'RESULTS.md');
  const text = await readFile(path, 'utf8').catch(() => readFile(join(ROOT, 'bench', 'RESULTS.md'), 'utf8'));
  const written = text.replace(MARKED, (whole, name: string) => {
    const made = makeTable(name, shown, all);
    return made === undefined ? whole : `<!-- table:${name} -->\n${made}\n<!-- end -->`;
  });
  await writeFile(path, written);
  const drawn = chart(shown);
  if (drawn !== undefined) await writeFile(join(OUT, 'chart.svg'), drawn);
  process.stderr.write(`${path} and the chart show ${[...all.values()].map(({ node }) => node).join(', ')}\n`);
}

function makeTable(name: string, shown: Results, all: ReadonlyMap<number, Results>): string | undefined {
  if (name === 'targets') return targetsTable([...all.values()]);
  if (name === 'machine') return machineList(all);
  if (name === 'nodes') return nodesTable(all);
  const section = SECTION_NAMES.find((one) => one === name);
  if (!section) throw new Error(`RESULTS.md has a marker for ${name}, which is not a table`);
  return sectionTable(section, shown);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await writeReport();
