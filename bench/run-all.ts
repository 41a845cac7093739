/** Runs the sections, each in a fresh process, and writes their numbers to the file of the day. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeInputs, withFolder } from './input.js';
import { writeResults } from './report/results.js';
import type { Section } from './section.js';
import { SECTION_NAMES, type SectionName } from './sections.js';
import { ONLY } from './settings.js';

/** Runs the sections that `BENCH_ONLY` names, or all. */
export async function runAll(): Promise<void> {
  const unknown = ONLY.filter((name) => !SECTION_NAMES.some((one) => one === name));
  if (unknown.length > 0) throw new Error(`BENCH_ONLY: there is no ${unknown}; there are ${SECTION_NAMES.join(', ')}`);
  const names = SECTION_NAMES.filter((name) => ONLY.length === 0 || ONLY.includes(name));
  await withFolder(async (folder, signal) => {
    const start = performance.now();
    say(`Node ${process.version}: making the inputs`);
    await makeInputs(folder);
    const measured: Partial<Record<SectionName, Section>> = {};
    for (const name of names) {
      process.stderr.write(`${secondsSince(start)} s: ${name} `);
      measured[name] = await runSection(name, folder, signal);
    }
    const path = await writeResults(measured);
    say(`${secondsSince(start)} s: ${path}`);
  });
}

async function runSection(name: SectionName, folder: string, signal: AbortSignal): Promise<Section> {
  const resultPath = join(folder, `${name}.section.json`);
  const script = fileURLToPath(new URL('./run-section.js', import.meta.url));
  // race.ts needs the flag to collect garbage between turns.
  const args = ['--expose-gc', script, name, folder, resultPath];
  await ended(spawn(process.execPath, args, { stdio: 'inherit', signal }), `the section ${name}`);
  const section: Section = JSON.parse(await readFile(resultPath, 'utf8'));
  return section;
}

/** Waits for a process that must succeed. */
export async function ended(child: ChildProcess, what: string): Promise<void> {
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${what} ended with ${code ?? signal}`);
}

function secondsSince(start: number): string {
  return String(Math.round((performance.now() - start) / 1000)).padStart(4);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runAll();
