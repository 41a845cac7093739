/** The targets beside what was measured: met, or missed. */
import { median, ratios } from '../race.js';
import type { MemoryUse } from '../section.js';
import { BOUND_TARGETS, type BoundTarget, RATIO_TARGETS, type RatioTarget } from '../targets.js';
import { roundedRatio, spread, table } from './markdown.js';
import type { Results, SectionResults } from './results.js';

/** The table of one run. */
export function targetsTable(results: Results): string {
  const { settings } = results.sections.lines ?? {};
  const rows = [
    ...RATIO_TARGETS.map((target) => ratioRow(target, results)),
    ...BOUND_TARGETS.map((target) => boundRow(target, results)),
  ];
  const met = rows.filter((row) => row.at(-1) === 'met').length;
  const measured = rows.filter((row) => row.at(-1) !== 'not measured').length;
  const size = settings ? `, ${settings.megabytes} MB, ${settings.rounds} rounds` : '';
  const head = ['work', 'ours', 'against', 'target', 'median', 'spread', ''];
  return [
    `Node ${results.node.slice(1)}, ${results.date}${size}: ${met} of ${measured} met.`,
    '',
    table(head, rows),
  ].join('\n');
}

function ratioRow({ work, section, ours, peer, least }: RatioTarget, { sections }: Results): readonly string[] {
  const rows = sections[section]?.rows ?? [];
  const first = rows.find(({ name }) => name === ours);
  const second = rows.find(({ name }) => name === peer);
  const start = [work, ours.replace('sluice ', ''), peer, `${Number(least.toFixed(2))} x`];
  if (!first || !second) return [...start, '', '', 'not measured'];
  const found = ratios(first, second);
  const middle = median(found);
  return [...start, `${roundedRatio(middle)} x`, spread(found, roundedRatio), middle >= least ? 'met' : 'missed'];
}

function boundRow({ work, section, most, unit, measure }: BoundTarget, results: Results): readonly string[] {
  const found = results.sections[section];
  const { value, against } =
    measure === 'memoryGrowth' ? memoryGrowth(found?.memory ?? []) : bytesRead(found?.facts[measure], found);
  const start = [work, '', against, `${most} ${unit} at most`];
  if (value === undefined) return [...start, '', '', 'not measured'];
  return [...start, `${value.toFixed(1)} ${unit}`, '', value <= most ? 'met' : 'missed'];
}

/** A number, and what it is about. */
interface Counted {
  readonly value?: number;
  readonly against: string;
}

function bytesRead(bytes: number | undefined, section: SectionResults | undefined): Counted {
  return bytes === undefined
    ? { against: '' }
    : { value: bytes / 1e6, against: `bytes read of ${section?.settings.megabytes} MB` };
}

/** What the largest export takes beyond the smallest of the same kind. */
function memoryGrowth(memory: readonly MemoryUse[]): Counted {
  const largest = memory.reduce<MemoryUse | undefined>(
    (most, use) => (most && most.megabytes >= use.megabytes ? most : use),
    undefined,
  );
  const smallest = memory.find(({ name }) => name === largest?.name);
  if (!largest || !smallest || largest === smallest) return { against: '' };
  return {
    value: largest.highest - smallest.highest,
    against: `${largest.megabytes} MB over ${smallest.megabytes} MB, ${largest.name}`,
  };
}
