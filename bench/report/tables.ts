/** The tables of the report, by name, made from the results only. */
import { ARRAY, CRITERIA, FIELDS, OURS, POSTGRES, PROCESSES, TABLES, WORK, WORKBOOKS } from '../names.js';
import { median, quantile, rates, ratios, type Timing } from '../race.js';
import type { LoopDelay, MemoryUse } from '../section.js';
import type { SectionName } from '../sections.js';
import { rounded, roundedRatio, spread, table } from './markdown.js';
import type { Results, SectionResults } from './results.js';

/** A table of a section: head and rows, as Markdown. */
type MakeTable = (section: SectionResults) => string;

const SECTION_TABLES: Readonly<Record<SectionName, MakeTable>> = {
  lines: comparison,
  document: comparison,
  'composed-lines': comparison,
  'composed-document': comparison,
  'copy-lines': comparison,
  'copy-document': comparison,
  work: workTable,
  criteria: (section) => againstHand(section, CRITERIA.split),
  'fields-300': (section) => againstHand(section, FIELDS.split),
  'fields-4000': (section) => againstHand(section, FIELDS.split),
  array: (section) => againstHand(section, ARRAY.streamJson),
  tables: (section) => againstHand(section, TABLES.split),
  workbooks: (section) => againstHand(section, WORKBOOKS.hucre),
  postgres: postgresTable,
  stages: stagesTable,
  zip: zipTable,
  processes: processesTable,
  'processes-large': processesTable,
  compressed: zipTable,
  start: startTable,
  small: smallTable,
  'event-loop': ({ delays = [] }) => delaysTable(delays),
  memory: ({ memory = [] }) => memoryTable(memory),
};

/** The table of a section, with its size and skipped contenders. */
export function sectionTable(name: SectionName, results: Results): string | undefined {
  const section = results.sections[name];
  if (!section) return undefined;
  const absent = section.skipped.length > 0 ? [`\nSkipped: ${section.skipped.join('; ')}.`] : [];
  return [runLine(results, section, name), '', SECTION_TABLES[name](section), ...absent].join('\n');
}

/** Machine and peers, once for all Node versions that share them. */
export function machineList(all: ReadonlyMap<number, Results>): string {
  const nodes = new Map<string, string[]>();
  for (const { node, date, machine, peers } of all.values()) {
    const { cpu, cores, memoryGigabytes, platform } = machine;
    const versions = Object.entries(peers).map(([peer, version]) => `${peer} ${version}`);
    const where = `${date}, ${cores} cores of ${cpu}, ${memoryGigabytes} GB, ${platform}. Peers: ${versions.join('; ')}.`;
    nodes.set(where, [...(nodes.get(where) ?? []), node.slice(1)]);
  }
  return [...nodes].map(([where, versions]) => `Node ${versions.join(', ')}; ${where}`).join('\n\n');
}

/** Sluice's rows on each Node version, in MB/s. */
export function nodesTable(all: ReadonlyMap<number, Results>): string {
  const nodes = [...all.values()];
  const first = nodes[0];
  const names = ['lines', 'document', 'composed-lines', 'composed-document'] as const;
  const rows = names.flatMap((name) =>
    (first?.sections[name]?.rows ?? []).map((row) => [
      `${name}: ${row.name}`,
      ...nodes.map(({ sections }) => {
        const timing = sections[name]?.rows.find((one) => one.name === row.name);
        return timing ? rounded(median(rates(timing))) : '';
      }),
    ]),
  );
  return table(['MB/s', ...nodes.map(({ node }) => `Node ${node.slice(1)}`)], rows);
}

function runLine({ node, date: all }: Results, { settings, date = all }: SectionResults, name: SectionName): string {
  const { rounds, warmupRounds, megabytes, oddMegabytes, stageMegabytes } = settings;
  const size: Readonly<Partial<Record<SectionName, string>>> = {
    stages: `${stageMegabytes} MB in memory, a quarter for stages that deflate; `,
    zip: `what a selection from ${oddMegabytes} MB amounts to; `,
    start: '',
    small: '',
    postgres: 'a server on the same machine; ',
  };
  if (name === 'event-loop') return `Node ${node.slice(1)}, ${date}; ${megabytes} MB.`;
  if (name === 'memory' || name === 'small') return `Node ${node.slice(1)}, ${date}.`;
  const input = size[name] ?? `${megabytes} MB; `;
  return `Node ${node.slice(1)}, ${date}; ${input}${rounds} rounds after ${warmupRounds} of warm-up.`;
}

/** All rows, relative to the code that a user would write. */
function againstHand({ rows }: SectionResults, hand: string): string {
  const byHand = rows.find(({ name }) => name === hand);
  return table(
    ['who', 'MB/s', 'spread', 'so many times as fast as by hand'],
    rows.map((timing) => [
      timing.name,
      rounded(median(rates(timing))),
      spread(rates(timing), rounded),
      byHand === undefined || byHand === timing ? '' : `${roundedRatio(median(ratios(timing, byHand)))} x`,
    ]),
  );
}

/** Readers of rows, relative to psql. */
function postgresTable({ rows, facts }: SectionResults): string {
  const psql = rows.find(({ name }) => name === POSTGRES.psql);
  return table(
    ['who', 'MB/s', 'spread', 'rows/s', 'so many times as fast as psql'],
    rows.map((timing) => [
      timing.name,
      rounded(median(rates(timing))),
      spread(rates(timing), rounded),
      String(Math.round((1000 * facts.entities) / median(timing.ms))),
      psql === undefined ? '' : `${roundedRatio(median(ratios(timing, psql)))} x`,
    ]),
  );
}

/** All contenders, relative to sluice's checked export. */
function comparison({ rows }: SectionResults): string {
  const ours = rows.find(({ name }) => name === OURS.checked);
  const trusted = rows.find(({ name }) => name === OURS.trusted);
  const against = (first: Timing | undefined, timing: Timing) =>
    first === undefined || first === timing ? '' : `${roundedRatio(median(ratios(first, timing)))} x`;
  return table(
    ['who', 'MB', 'MB/s', 'spread', 'checked is so many times as fast', 'trusted is'],
    rows.map((timing) => [
      timing.name,
      rounded(timing.inputBytes / 1e6),
      rounded(median(rates(timing))),
      spread(rates(timing), rounded),
      against(ours, timing),
      against(trusted, timing),
    ]),
  );
}

function workTable({ rows, facts }: SectionResults): string {
  const lines = rows.map((timing) => [
    timing.name,
    timing.inputBytes === 0 ? '' : rounded(timing.inputBytes / 1e6),
    timing.inputBytes === 0 ? '' : rounded(median(rates(timing))),
    timing.inputBytes === 0 ? '' : spread(rates(timing), rounded),
    rounded(median(timing.ms)),
    timing.name === WORK.tenRecords ? `reads ${(facts.bytesReadForTenRecords / 1e6).toFixed(2)} MB` : '',
  ]);
  return table(['work', 'MB', 'MB/s', 'spread', 'ms', 'note'], lines);
}

function stagesTable({ rows, facts }: SectionResults): string {
  const entityBytes = facts.bytes / facts.entities;
  const lines = rows.map((timing) => [
    timing.name,
    rounded(median(rates(timing))),
    spread(rates(timing), rounded),
    Math.round((entityBytes / median(rates(timing))) * 1000),
  ]);
  return table(['stage', 'MB/s of its input', 'spread', 'ns an entity'], lines);
}

function zipTable({ rows, facts }: SectionResults): string {
  const lines = rows.map((timing) => [
    timing.name,
    rounded(timing.inputBytes / 1e6),
    rounded(median(rates(timing))),
    spread(rates(timing), rounded),
    `${((100 * facts[`bytes of ${timing.name}`]) / timing.inputBytes).toFixed(2)}`,
  ]);
  return table(['who', 'MB', 'MB/s', 'spread', 'size in %'], lines);
}

/** Complete processes; jq and its relatives read the small file, so only rates are comparable. */
function processesTable({ rows }: SectionResults): string {
  const ours = rows.find(({ name }) => name === PROCESSES.envelope);
  return table(
    ['process', 'MB', 'ms', 'MB/s', 'spread', 'the envelope is so many times as fast'],
    rows.map((timing) => [
      timing.name,
      rounded(timing.inputBytes / 1e6),
      rounded(median(timing.ms)),
      rounded(median(rates(timing))),
      spread(rates(timing), rounded),
      ours === undefined || ours === timing ? '' : `${roundedRatio(median(ratios(ours, timing)))} x`,
    ]),
  );
}

function startTable({ rows }: SectionResults): string {
  const lines = rows.map(({ name, ms }) => [name, rounded(median(ms)), spread(ms, rounded)]);
  return table(['process', 'ms', 'spread'], lines);
}

function smallTable({ rows, facts }: SectionResults): string {
  const lines = rows.map(({ name, ms }) => [name, ...[0.5, 0.95, 1].map((share) => quantile(ms, share).toFixed(2))]);
  const more = Object.entries(facts).map(([name, value]) => `${name} ${rounded(value)}`);
  return `${table(['work', 'p50, ms', 'p95', 'longest'], lines)}\n\n16 at once: ${more.join(', ')}.`;
}

function delaysTable(delays: readonly LoopDelay[]): string {
  const lines = delays.map(({ name, p50, p99, max }) => [name, ...[p50, p99, max].map((ms) => ms.toFixed(1))]);
  return table(['work', 'p50, ms', 'p99', 'longest'], lines);
}

function memoryTable(memory: readonly MemoryUse[]): string {
  const lines = memory.map(({ name, megabytes, entities, highest, seconds }) => [
    name,
    `${megabytes} MB`,
    entities,
    Math.round(highest),
    seconds.toFixed(1),
  ]);
  return table(['what', 'input', 'entities written', 'RSS highest, MiB', 'seconds'], lines);
}
