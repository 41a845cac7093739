/** What a run has found of the requested items; plain data, which is part of a checkpoint. */

/** How many entities have one member that a filter needs. */
export interface MemberSightings {
  /** Entities that reached the filter. */
  entities: number;
  /** Of these, entities without the member, */
  absent: number;
  /** and entities in which it is of a kind that cannot match. */
  otherKind: number;
}

/** How many records had what their shape names. */
export interface ShapeSightings {
  /** Records that were reshaped; of exploded ones, their elements. */
  records: number;
  /** Of these, records without an object where the entity is expected. */
  nothing: number;
  /** Whether one of these has an array there; absent: none. */
  hasArray?: boolean;
  /** Records whose array has elements, where one is exploded; children and rejected records, where they are nested. */
  exploded: number;
  /** For each kept member, the entities that have it. */
  kept: number[];
}

/** The parts of entities that a projection lists by name. */
export const LISTED_PARTS = ['attributes', 'relationships', 'properties'] as const;

/** One of them. */
export type ListedPart = (typeof LISTED_PARTS)[number];

/** The sightings of one run; stages add to them. */
export interface Sightings {
  readonly members: Readonly<Record<'id' | 'type' | 'name', MemberSightings>>;
  /** Absent while no record was reshaped. */
  shape?: ShapeSightings;
  /** The texts of a parent and its children so far, where a checkpoint comes before the last of them. */
  open?: readonly string[];
  /** Where children are put into their parents: the families and rejects of the input up to a checkpoint in it. */
  families?: number;
  /** Requested types that were found, in ASCII lower case. */
  readonly types: string[];
  /** Requested names that were found. */
  readonly names: string[];
  /** Entities that were left out at the beginning of the result; absent: none. */
  skipped?: number;
  /** Entities that were tested by the criteria, and those that satisfied them. */
  readonly criteria: { entities: number; met: number };
  /** Numbers of the paths in criteria that lead to a value; absent: none. */
  criteriaPaths?: readonly number[];
  /** Entities that were written, as counted by a projection or a table. */
  written: number;
  /** Parts that were written at least once. */
  parts: readonly ListedPart[];
  /** Numbers of the requested paths that lead to a value; absent: none. */
  paths?: readonly number[];
  /** Numbers of the requested contexts that were found. */
  contexts: readonly number[];
  /** Whether the contexts that were not found are reported. */
  contextsReported: boolean;
}

/** What the stages of an export have seen in one batch in another thread; plain data. */
export interface Seen {
  /** Wanted ids found in it, in order; those that the same thread has found before may be absent. */
  readonly ids: readonly string[];
  /** Counts of this batch alone; lists of what was found in it, or before by the same thread. */
  readonly sightings: Sightings;
}

/** The initial state: nothing was found. */
export function noSightings(): Sightings {
  const none = (): MemberSightings => ({ entities: 0, absent: 0, otherKind: 0 });
  return {
    members: { id: none(), type: none(), name: none() },
    criteria: { entities: 0, met: 0 },
    types: [],
    names: [],
    written: 0,
    parts: [],
    contexts: [],
    contextsReported: false,
  };
}
