/** The table of targets: met or missed. */
import { PIPED } from '../names.js';
import { median, quantile, ratios } from '../race.js';
import type { LoopDelay, MemoryUse } from '../section.js';
import {
  BOUND_TARGETS,
  type BoundTarget,
  RATIO_TARGETS,
  type RatioTarget,
  SMALL_TARGETS,
  type SmallTarget,
} from '../targets.js';
import { roundedRatio, spread, table } from './markdown.js';
import type { Results, SectionResults } from './results.js';

/** The result of a target in one run. */
interface Judgement {
  /** The measured value with its spread; empty if not measured. */
  readonly measured: string;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const NOT_MEASURED: Judgement = { measured: '', verdict: 'not measured' };

/** One row per target, one column per Node version. */
export function targetsTable(all: readonly Results[]): string {
  const rows = [
    ...RATIO_TARGETS.map((target) => ({
      start: [target.work, target.ours.replace('sluice ', ''), target.peer, `${Number(target.least.toFixed(2))} x`],
      judgements: all.map((results) => judgeRatio(target, results)),
    })),
    ...BOUND_TARGETS.map((target) => ({
      start: [target.work, '', target.against, `${target.most} ${target.unit} at most`],
      judgements: all.map((results) => judgeBound(target, results)),
    })),
    ...SMALL_TARGETS.map((target) => ({
      start: [target.work, '', '', smallGoal(target)],
      judgements: all.map((results) => judgeSmall(target, results)),
    })),
  ];
  const summaries = all.map((results, column) => {
    const verdicts = rows.map(({ judgements }) => judgements[column].verdict);
    const measured = verdicts.filter((verdict) => verdict !== 'not measured').length;
    const met = verdicts.filter((verdict) => verdict === 'met').length;
    return `- Node ${results.node.slice(1)}, ${results.date}, ${sizesOf(results)}: ${met} of ${measured} met.`;
  });
  const head = ['work', 'ours', 'against', 'target', ...all.map(({ node }) => `Node ${node.slice(1)}`)];
  const lines = rows.map(({ start, judgements }) => [
    ...start,
    ...judgements.map(({ measured, verdict }) => `${measured} ${verdict}`.trim()),
  ]);
  return [...summaries, '', table(head, lines)].join('\n');
}

/** Input sizes of the sections, which may differ if some ran again. */
function sizesOf({ sections }: Results): string {
  const settings = Object.values(sections).map(({ settings }) => `${settings.megabytes} MB, ${settings.rounds} rounds`);
  return [...new Set(settings)].join(' and ');
}

function judgeRatio({ section, ours, peer, least }: RatioTarget, { sections }: Results): Judgement {
  const rows = sections[section]?.rows ?? [];
  const first = rows.find(({ name }) => name === ours);
  const second = rows.find(({ name }) => name === peer);
  if (!first || !second) return NOT_MEASURED;
  const found = ratios(first, second);
  const middle = median(found);
  const measured = `${roundedRatio(middle)} x (${spread(found, roundedRatio)})`;
  return { measured, verdict: middle >= least ? 'met' : 'missed' };
}

function judgeBound({ section, most, unit, measure }: BoundTarget, { sections }: Results): Judgement {
  const found = sections[section];
  const counted = count(measure, found);
  if (!counted) return NOT_MEASURED;
  const measured = `${counted.value.toFixed(1)} ${unit} (${counted.about})`;
  return { measured, verdict: counted.value <= most ? 'met' : 'missed' };
}

function smallGoal({ bound }: SmallTarget): string {
  return 'rate' in bound ? `${bound.least} a second` : `p${100 * bound.share} ${bound.mostMs} ms at most`;
}

function judgeSmall({ section, bound }: SmallTarget, { sections }: Results): Judgement {
  const found = sections[section];
  if (!found) return NOT_MEASURED;
  if ('rate' in bound) {
    const rate = found.facts[bound.rate];
    if (rate === undefined) return NOT_MEASURED;
    return { measured: `${Math.round(rate)} a second`, verdict: rate >= bound.least ? 'met' : 'missed' };
  }
  const row = found.rows.find(({ name }) => name === bound.row);
  if (!row) return NOT_MEASURED;
  const ms = quantile(row.ms, bound.share);
  return { measured: `${ms.toFixed(2)} ms`, verdict: ms <= bound.mostMs ? 'met' : 'missed' };
}

/** A number with its subject. */
interface Counted {
  readonly value: number;
  readonly about: string;
}

function count(measure: BoundTarget['measure'], section: SectionResults | undefined): Counted | undefined {
  if (measure === 'memoryGrowth') return memoryGrowth(section?.memory ?? []);
  if (measure === 'memoryOfCommand') return memoryOfCommand(section?.memory ?? []);
  if (measure === 'bytesReadForTenRecords') return bytesRead(section, measure);
  return longestDelay(section?.delays ?? [], measure);
}

function bytesRead(section: SectionResults | undefined, name: string): Counted | undefined {
  const bytes = section?.facts[name];
  return bytes === undefined ? undefined : { value: bytes / 1e6, about: `of ${section?.settings.megabytes} MB` };
}

/** The plan during which timers are latest. */
function longestDelay(delays: readonly LoopDelay[], measure: 'p50' | 'p99' | 'max'): Counted | undefined {
  const [worst] = [...delays].sort((a, b) => b[measure] - a[measure]);
  return worst && { value: worst[measure], about: worst.name };
}

/** Memory of the largest export above the smallest of the same kind. */
function memoryGrowth(memory: readonly MemoryUse[]): Counted | undefined {
  const largest = memory.reduce<MemoryUse | undefined>(
    (most, use) => (most && most.megabytes >= use.megabytes ? most : use),
    undefined,
  );
  const smallest = memory.find(({ name }) => name === largest?.name);
  if (!largest || !smallest || largest === smallest) return undefined;
  return {
    value: largest.highest - smallest.highest,
    about: `${largest.megabytes} MB over ${smallest.megabytes} MB`,
  };
}

/** Memory of the command with its largest input. */
function memoryOfCommand(memory: readonly MemoryUse[]): Counted | undefined {
  const use = memory.filter(({ name }) => name === PIPED).sort((a, b) => b.megabytes - a.megabytes)[0];
  return use && { value: use.highest, about: `${use.megabytes} MB` };
}
