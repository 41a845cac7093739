/** What a run has met of what its selection asks for; plain data, which a checkpoint keeps. */
import type { MemberName } from './batch.js';

/** How the entities bore one member that a filter asks for. */
export interface MemberSightings {
  /** Entities that came to the filter. */
  entities: number;
  /** Of these, the ones that do not bear the member, */
  absent: number;
  /** and in which it is of a kind that cannot match. */
  otherKind: number;
}

/** Parts of entities that a projection lists by name. */
export const LISTED_PARTS = ['attributes', 'relationships', 'properties'] as const;

/** One of them. */
export type ListedPart = (typeof LISTED_PARTS)[number];

/** The sightings of a run; stages add to them. */
export interface Sightings {
  readonly members: Readonly<Record<MemberName, MemberSightings>>;
  /** Types that were asked for and came, in ASCII lower case. */
  readonly types: string[];
  /** Whether an entity of the wanted name came. */
  name: boolean;
  /** Entities that came to the criteria, and the ones that met them. */
  readonly criteria: { entities: number; met: number };
  /** Entities that were written, as far as a projection or a table has seen them. */
  written: number;
  /** Parts of which something was written. */
  parts: readonly ListedPart[];
  /** Numbers of the contexts that were asked for and came. */
  contexts: readonly number[];
  /** Whether those that did not come were told. */
  contextsTold: boolean;
}

/** Nothing was met yet. */
export function noSightings(): Sightings {
  const none = (): MemberSightings => ({ entities: 0, absent: 0, otherKind: 0 });
  return {
    members: { id: none(), type: none(), name: none() },
    criteria: { entities: 0, met: 0 },
    ...{ types: [], name: false, written: 0, parts: [], contexts: [], contextsTold: false },
  };
}
