/** What of a record is its entity, with all defaults, and the messages of records that do not fit. */
import type { DeeperNames, MemberName, MemberNames } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { formatPath, type Names } from '../terms/path.js';
import type { KeptMember, NestPlan, ReadPlan, ShapePlan } from '../terms/plan.js';

/** A shape of records. */
export interface Shape {
  /** Empty: the record is the entity. */
  readonly unwrap: Names;
  readonly keep: readonly KeptMember[];
  readonly idFromKey: boolean;
  /** Empty: a record has one entity. */
  readonly explode: Names;
  readonly memberNames: MemberNames;
  readonly deeper: DeeperNames;
  /** Absent: records are no parts of others. */
  readonly nest: NestPlan | undefined;
  readonly maxDepth: number;
  readonly maxEntityBytes: number;
  /** The members of entities that batches locate. */
  readonly locate: readonly MemberName[];
  readonly onError: 'stop' | 'skip';
  /** A batch is consumed before the next one is made. */
  readonly recycle: boolean;
}

/** What a plan says of the records of one input. */
export type ReadingPlan = Omit<ReadPlan, 'onError'> & Pick<Shape, 'onError' | 'recycle'>;

/** The shape of a plan. */
export function shapeOf(plan: ReadingPlan): Shape {
  const {
    unwrap = [],
    keep = [],
    idFromKey = false,
    explode = [],
    deeper = {},
    memberNames,
    locate,
    onError,
    recycle,
    nest,
    maxDepth,
    maxEntityBytes,
  } = plan;
  const entity = { unwrap, keep, idFromKey, explode, nest, memberNames, deeper, locate };
  return { ...entity, onError, recycle, maxDepth, maxEntityBytes };
}

/** Whether entities are not the records themselves, so that a reader locates nothing in them and leaves none out. */
export function movesEntities({ unwrap = [], keep = [], idFromKey = false, explode = [], nest }: ShapePlan): boolean {
  return unwrap.length > 0 || keep.length > 0 || idFromKey || explode.length > 0 || nest !== undefined;
}

/** Whether entities are inside their records: a record that is `null` has none, which is no fault. */
export function entitiesAreInside({ unwrap = [] }: ShapePlan): boolean {
  return unwrap.length > 0;
}

/** Whether the elements of the array are entities or hold them; otherwise each takes the place of the array. */
export function makesElements({ unwrap, explode }: Pick<Shape, 'unwrap' | 'explode'>): boolean {
  return explode.length > 0 && explode.every((name, index) => name === unwrap[index]);
}

/** Whether the elements themselves are the entities: those that are no objects become a member of one. */
export function makesMembers(shape: Pick<Shape, 'unwrap' | 'explode'>): boolean {
  return makesElements(shape) && shape.unwrap.length === shape.explode.length;
}

/** Why an entity cannot get a member from its record. */
export function clashMessage({ name, path }: KeptMember): string {
  return `the entity has a member ${JSON.stringify(name)} of its own; keep that of the record under another name: new=${formatPath(path)}`;
}

/** Why an entity cannot get its key as id. */
export function otherKeyMessage(name: string, key: string): string {
  return `the entity has a member ${JSON.stringify(name)} that is not its key ${JSON.stringify(key)}; name another with --id-field`;
}

/** The error of an id from the key where records are no members of an object. */
export function withoutKeys(source: string): SluiceError {
  const message = `${source}: records have no keys here; idFromKey needs a path over the members of an object, such as "*"`;
  return new SluiceError('INVALID', 'read', message, { source, path: 'idFromKey' });
}
