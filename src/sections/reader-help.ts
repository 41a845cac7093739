/** What a reader may do for the stages of an export while it scans. */
import type { Prefilter } from '../scan/scanner.js';
import { excerptNames } from '../select/excerpt-names.js';
import type { ReadOptions } from '../sources/read-options.js';
import { ANY_TYPE } from '../terms/entity-type.js';
import type { ExportPlan, SelectPlan } from '../terms/plan.js';
import { checksFirst } from './selection-stages.js';

/**
 * The options of the reader. A filter by name comes before the check, which then is not of all entities, unless the check
 * comes before all filters: then nothing may be left out unchecked.
 */
export function readerHelp({
  read,
  select,
  project,
}: Pick<ExportPlan, 'read' | 'select' | 'project'>): Pick<ReadOptions, 'prefilter' | 'verify' | 'excerpt'> {
  const excerpt = excerptNames(select.criteria, project);
  if (checksFirst(read)) return { verify: !read.trust, excerpt: select.names === undefined ? excerpt : undefined };
  const verify = !read.trust && select.names === undefined;
  return { prefilter: prefilterOf(select), verify, excerpt: select.names === undefined ? excerpt : undefined };
}

/** What a reader may leave out. An entity with a wanted id counts as found whatever its type, so ids come first. */
function prefilterOf({ ids, types }: SelectPlan): Prefilter {
  // Unknown to who writes the input is enough.
  const seed = Math.floor(Math.random() * 2 ** 32);
  if (ids) return { ids, seed };
  return types && !types.includes(ANY_TYPE) ? { types, seed } : {};
}
