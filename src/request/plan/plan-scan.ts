/** Decides whether more than one thread scans a file. */
import type { Criteria } from '../../terms/criteria.js';
import type { OutputPlan, ReadPlan, ScanPlan, SelectPlan } from '../../terms/plan.js';
import { isTable } from '../../terms/profile.js';

/** Most ids that are sent to each thread: sending more would hold the event loop. */
const MOST_IDS = 100_000;

/** Decides how many threads scan a file of lines, and why it is one. */
export function planScan(
  threads: number,
  read: ReadPlan,
  select: SelectPlan,
  output: Pick<OutputPlan, 'format' | 'splitBy'>,
): ScanPlan {
  const reason = threads === 1 ? 'threads is 1' : whyOne(read, select, output);
  return reason === undefined ? { threads } : { threads: 1, reason };
}

/** Why one thread must see all entities; undefined if it need not. */
function whyOne(
  read: ReadPlan,
  select: SelectPlan,
  { format, splitBy }: Pick<OutputPlan, 'format' | 'splitBy'>,
): string | undefined {
  const { form, path, unwrap, keep, idFromKey, explode, nest, deeper } = read;
  if ((form !== undefined && form !== 'lines') || path) return 'only lines can be scanned in sections';
  if (unwrap || keep || idFromKey || explode || nest || deeper) return 'records are not the entities';
  if (select.ids && select.ids.length > MOST_IDS) return `there are more than ${MOST_IDS} ids`;
  if (select.ids?.length === 0 || select.limit === 0) return 'nothing is read';
  if (hasQueries(select.criteria)) return 'the criteria depend on other entities';
  // Its faults are found, with their places, where the text is looked at.
  if (read.trust && (select.sort || isTable(format))) return 'trusted text is sorted or becomes a table';
  return splitBy ? 'entities are divided by a value' : undefined;
}

function hasQueries({ relationships = [] }: Criteria = {}): boolean {
  return relationships.some((element) => Object.values(element).some(({ query }) => query !== undefined));
}
