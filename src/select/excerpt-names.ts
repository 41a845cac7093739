/** Which members of the first level the stages after the check look at, where that is known beforehand. */
import type { Criteria } from '../terms/criteria.js';
import { MOST_EXCERPTED } from '../terms/excerpts.js';
import { EVERY, type Path, parsePath } from '../terms/path.js';
import type { PathFields } from '../terms/path-fields.js';
import type { Projection } from '../terms/plan.js';

/** The members that the criteria and the projection need in excerpts; undefined if excerpts help neither. */
export function excerptNames(
  criteria: Criteria | undefined,
  project: Projection | undefined,
): readonly string[] | undefined {
  const tested = criteria && namesOfCriteria(criteria);
  const kept = project?.paths && namesOfFields(project.paths);
  // A criterion on other members, and a projection that keeps others, read the entities themselves.
  if ((criteria && !tested) || (!tested && !kept)) return undefined;
  const names = [...new Set([...(kept ?? []), ...(tested ?? [])])];
  return names.length > 0 && names.length <= MOST_EXCERPTED ? names : undefined;
}

/** The members that the criteria test; undefined if they do not test paths only. */
function namesOfCriteria({ fields, ...others }: Criteria): readonly string[] | undefined {
  if (!fields || Object.values(others).some((part) => part !== undefined && part !== false)) return undefined;
  return firstNames(
    fields.flatMap((element) => Object.keys(element).map((name) => parsePath(name, 'criteria.fields'))),
  );
}

/** The members of which the projection keeps something; undefined if it keeps what it does not name. */
export function namesOfFields({ include, renamed }: PathFields): readonly string[] | undefined {
  if (!include && !renamed) return undefined;
  return firstNames([...(include ?? []), ...(renamed ?? []).map(({ path }) => path)]);
}

/** The first steps of the paths; undefined if one of them is no name. */
export function firstNames(paths: readonly Path[]): readonly string[] | undefined {
  const names = new Set<string>();
  for (const [first] of paths) {
    if (first === undefined || first === EVERY) return undefined;
    names.add(first);
  }
  return [...names];
}
