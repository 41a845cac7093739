/** What is known of the source of a tenant: types, members and attributes of its entities. */
import type { MemberSummary } from '../verify/member-census.js';
import type { ReadStop } from './bounded-lines.js';

/** Entities of one type. */
export interface SeenType {
  /** The type; absent for entities whose type is not a text. */
  readonly type?: string;
  /** Number of entities. */
  readonly records: number;
}

/** A name that entities have, and how many of the examined ones. */
export interface SeenName {
  /** The name. */
  readonly name: string;
  /** Number of entities. */
  readonly records: number;
}

/** What is known of a source, as jobs read it. */
export interface SourceInspection {
  /** When it was read, in milliseconds since 1970. */
  readonly inspectedAt: number;
  /** Why reading ended; only after `end` the numbers are those of the whole source. */
  readonly stoppedBy: Extract<ReadStop, 'end' | 'time' | 'size'> | 'fault';
  /** Entities that were read. */
  readonly records: number;
  /** Types of entities, the most frequent first, up to 200. */
  readonly types: readonly SeenType[];
  /** There are more types. */
  readonly moreTypes?: true;
  /** Entities whose members were looked at. */
  readonly examined: number;
  /** Paths to members, as `fields`, criteria and `sort` take them, up to 300. */
  readonly members: readonly MemberSummary[];
  /** There are more members. */
  readonly moreMembers?: true;
  /** Names of attributes, in entities that have these as the platform's do. */
  readonly attributes: readonly SeenName[];
  /** Names of properties, in such entities. */
  readonly properties: readonly SeenName[];
  /** The fault at which reading ended. */
  readonly error?: {
    /** Its code, see the list of error codes. */
    readonly code: string;
    /** One sentence. */
    readonly message: string;
    /** The input that it is in. */
    readonly source?: string;
  };
}

/** Storage of what is known of sources. */
export interface InspectionStore {
  /** The last inspection of the source of a tenant. */
  get(tenant: string): Promise<SourceInspection | undefined>;
  /** Replaces it. */
  put(tenant: string, inspection: SourceInspection): Promise<void>;
}
