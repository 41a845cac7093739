/** The sections of a run, in the order of the report; each runs in its own process. */
import type { Inputs } from './input.js';
import type { Section } from './section.js';

/** Each process loads only its section, so sections do not affect one another's warm-up. */
const SECTIONS = [
  ['lines', async (inputs) => (await import('./export.bench.js')).benchLines(inputs)],
  ['document', async (inputs) => (await import('./export.bench.js')).benchDocument(inputs)],
  ['composed-lines', async (inputs) => (await import('./composed.bench.js')).benchComposedLines(inputs)],
  ['composed-document', async (inputs) => (await import('./composed.bench.js')).benchComposedDocument(inputs)],
  ['copy-lines', async (inputs) => (await import('./copy.bench.js')).benchCopyLines(inputs)],
  ['copy-document', async (inputs) => (await import('./copy.bench.js')).benchCopyDocument(inputs)],
  ['work', async (inputs) => (await import('./work.bench.js')).benchWork(inputs)],
  ['criteria', async (inputs) => (await import('./criteria.bench.js')).benchCriteria(inputs)],
  ['fields-300', async (inputs) => (await import('./fields.bench.js')).benchSmallFields(inputs)],
  ['fields-4000', async (inputs) => (await import('./fields.bench.js')).benchLargeFields(inputs)],
  ['array', async (inputs) => (await import('./array.bench.js')).benchArray(inputs)],
  ['tables', async (inputs) => (await import('./tables.bench.js')).benchTables(inputs)],
  ['workbooks', async (inputs) => (await import('./workbooks.bench.js')).benchWorkbooks(inputs)],
  ['postgres', async (inputs) => (await import('./postgres.bench.js')).benchPostgres(inputs)],
  ['stages', async () => (await import('./stages.bench.js')).benchStages()],
  ['zip', async () => (await import('./zip.bench.js')).benchZip()],
  ['processes', async (inputs) => (await import('./processes.bench.js')).benchProcesses(inputs)],
  ['processes-large', async (inputs) => (await import('./processes.bench.js')).benchLargeProcesses(inputs)],
  ['compressed', async (inputs) => (await import('./processes.bench.js')).benchCompressed(inputs)],
  ['start', async (inputs) => (await import('./start.bench.js')).benchStart(inputs)],
  ['small', async (inputs) => (await import('./small.bench.js')).benchSmall(inputs)],
  ['event-loop', async (inputs) => (await import('./event-loop.bench.js')).benchEventLoop(inputs)],
  ['memory', async (inputs) => (await import('./memory.bench.js')).benchMemory(inputs)],
] as const satisfies readonly (readonly [string, (inputs: Inputs) => Promise<Section>])[];

/** The name of a section. */
export type SectionName = (typeof SECTIONS)[number][0];

/** All names, in the order of the report. */
export const SECTION_NAMES: readonly SectionName[] = SECTIONS.map(([name]) => name);

/**
 * Runs the section of this name.
 * @throws for an unknown name
 */
export async function sectionOf(name: string, inputs: Inputs): Promise<Section> {
  const section = SECTIONS.find(([known]) => known === name);
  if (!section) throw new Error(`there is no section ${name}`);
  const [, run] = section;
  return run(inputs);
}
