/** A request after acceptance: the one form that every entry point converts its input to. */

import type { Context, ValueContext } from './context.js';
import type { Criteria } from './criteria.js';
import type { Fields } from './fields.js';
import type { BlobContent, IdleSetting, Profile, ProfileContext } from './profile.js';
import type { DeltaRequest } from './request.js';
import type { SortKey } from './sort.js';

/** A complete and checked request: only known members, every value of its type. */
export interface AcceptedRequest {
  /** Types to keep, ASCII case ignored; absent means any. */
  readonly types?: readonly string[];
  /** Ids to keep; absent means any. */
  readonly ids?: readonly string[];
  /** Exact names to keep; absent means any. */
  readonly name?: readonly string[];
  /** Conditions on values; absent means none. */
  readonly criteria?: Criteria;
  /**
   * Contexts whose data is kept and searched by criteria; absent means none, or all where whole entities are kept.
   */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default true. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these; absent means any. */
  readonly valueContexts?: readonly ValueContext[];
  /** Parts to keep; absent means whole entities, byte for byte. */
  readonly fields?: Fields;
  /** The order of the result; absent means that of the input. */
  readonly sort?: readonly SortKey[];
  /** Number of records to leave out at the beginning of the result. */
  readonly skip?: number;
  /** Maximum number of records; 0 is none, absent is no limit. */
  readonly maxRecords?: number;
  /** Only what has changed since the job before; absent means everything. */
  readonly delta?: DeltaRequest;
  /** Name of the profile that decides how the result is made. */
  readonly profile?: string;
  /** Pairs to select a profile by, among those of the name where one is given. */
  readonly profileContext?: ProfileContext;
  /** Profiles given in place of a name; `profile` then names them, and no others can be selected. */
  readonly inlineProfiles?: readonly Profile[];
  /** Members that were given and have no effect here. */
  readonly idle?: readonly IdleSetting[];
  /** Name of the result, without its extension. */
  readonly fileName?: string;
  /** What the blob of an envelope holds; absent means by the profile. */
  readonly content?: BlobContent;
  /** Data that the caller wants returned with the job; never examined. */
  readonly clientState?: unknown;
}
