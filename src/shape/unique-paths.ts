/** The members that a record may have only once: of two with the same name, readers disagree on which one counts. */
import { MEMBER_NAMES } from '../terms/batch.js';
import { EVERY, type Names, type Path } from '../terms/path.js';
import { makesElements, movesEntities, type ReadingPlan, shapeOf } from './shape.js';

/** The paths to them; every name on the way counts. Through `EVERY` they are inside the elements of an array. */
export function uniquePaths(plan: ReadingPlan): readonly Path[] {
  const shape = shapeOf(plan);
  const { unwrap, keep, explode, nest } = shape;
  if (!movesEntities(plan) || nest) return [...identityPaths(plan), ...(nest ? [nest.parent] : [])];
  const kept = keep.map(({ path }) => path);
  const array = explode.length > 0 ? [explode] : [];
  const inside: Path = makesElements(shape) ? [...explode, EVERY, ...unwrap.slice(explode.length)] : unwrap;
  const entity = inside.length > 0 ? [inside] : [];
  return [...kept, ...array, ...entity, ...identityPaths(plan).map((path) => [...inside, ...path])];
}

/** The paths to id and type, and to the name where it is looked for. */
function identityPaths({ memberNames, deeper = {}, locate }: ReadingPlan): readonly Names[] {
  return MEMBER_NAMES.flatMap((member) => {
    const isLocated = locate.includes(member);
    if (!isLocated && member === 'name') return [];
    return [[memberNames[member], ...(isLocated ? (deeper[member] ?? []) : [])]];
  });
}
