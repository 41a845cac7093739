/** The sections of a run, in the order of the report; each runs in its own process. */
import type { Inputs } from './input.js';
import type { Section } from './section.js';

/** Each process loads only its section, so sections do not affect one another's warm-up. */
export const SECTIONS = {
  lines: async (inputs: Inputs): Promise<Section> => (await import('./export.bench.js')).benchLines(inputs),
  document: async (inputs: Inputs): Promise<Section> => (await import('./export.bench.js')).benchDocument(inputs),
  'copy-lines': async (inputs: Inputs): Promise<Section> => (await import('./copy.bench.js')).benchCopyLines(inputs),
  'copy-document': async (inputs: Inputs): Promise<Section> =>
    (await import('./copy.bench.js')).benchCopyDocument(inputs),
  work: async (inputs: Inputs): Promise<Section> => (await import('./work.bench.js')).benchWork(inputs),
  criteria: async (inputs: Inputs): Promise<Section> => (await import('./criteria.bench.js')).benchCriteria(inputs),
  'fields-300': async (inputs: Inputs): Promise<Section> =>
    (await import('./fields.bench.js')).benchSmallFields(inputs),
  'fields-4000': async (inputs: Inputs): Promise<Section> =>
    (await import('./fields.bench.js')).benchLargeFields(inputs),
  array: async (inputs: Inputs): Promise<Section> => (await import('./array.bench.js')).benchArray(inputs),
  tables: async (inputs: Inputs): Promise<Section> => (await import('./tables.bench.js')).benchTables(inputs),
  workbooks: async (inputs: Inputs): Promise<Section> => (await import('./workbooks.bench.js')).benchWorkbooks(inputs),
  postgres: async (inputs: Inputs): Promise<Section> => (await import('./postgres.bench.js')).benchPostgres(inputs),
  stages: async (): Promise<Section> => (await import('./stages.bench.js')).benchStages(),
  zip: async (): Promise<Section> => (await import('./zip.bench.js')).benchZip(),
  processes: async (inputs: Inputs): Promise<Section> => (await import('./processes.bench.js')).benchProcesses(inputs),
  'processes-large': async (inputs: Inputs): Promise<Section> =>
    (await import('./processes.bench.js')).benchLargeProcesses(inputs),
  compressed: async (inputs: Inputs): Promise<Section> =>
    (await import('./processes.bench.js')).benchCompressed(inputs),
  start: async (inputs: Inputs): Promise<Section> => (await import('./start.bench.js')).benchStart(inputs),
  small: async (inputs: Inputs): Promise<Section> => (await import('./small.bench.js')).benchSmall(inputs),
  'event-loop': async (inputs: Inputs): Promise<Section> =>
    (await import('./event-loop.bench.js')).benchEventLoop(inputs),
  memory: async (inputs: Inputs): Promise<Section> => (await import('./memory.bench.js')).benchMemory(inputs),
} as const;

/** The name of a section. */
export type SectionName = keyof typeof SECTIONS;

/** All names, in the order of the report. */
export const SECTION_NAMES: readonly SectionName[] = [
  'lines',
  'document',
  'copy-lines',
  'copy-document',
  'work',
  'criteria',
  'fields-300',
  'fields-4000',
  'array',
  'tables',
  'workbooks',
  'postgres',
  'stages',
  'zip',
  'processes',
  'processes-large',
  'compressed',
  'start',
  'small',
  'event-loop',
  'memory',
];
