/** What a caller asks for: the one form that every door's words become. */

import type { Context, ValueContext } from './context.js';
import type { Criteria } from './criteria.js';
import type { Fields } from './fields.js';
import type { ProfileContext } from './profile.js';

/** A request, complete and checked: only known members, every value of its type. */
export interface ExportRequest {
  /** Types to keep, ASCII case ignored; absent means any. */
  readonly types?: readonly string[];
  /** Ids to keep; absent means any. */
  readonly ids?: readonly string[];
  /** Exact name to keep; absent means any. */
  readonly name?: string;
  /** What their values must be like; absent means anything. */
  readonly criteria?: Criteria;
  /**
   * Contexts whose data is kept, and searched by criteria; absent means none, but where whole entities are kept all.
   */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default true. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these; absent means any. */
  readonly valueContexts?: readonly ValueContext[];
  /** Parts to keep; absent means whole entities, byte for byte. */
  readonly fields?: Fields;
  /** At most this many records; 0 is none, absent is no limit. */
  readonly maxRecords?: number;
  /** Name of the profile that says how the result is made. */
  readonly profile?: string;
  /** Pairs to select a profile by, among those of the name where one is given. */
  readonly profileContext?: ProfileContext;
  /** Name of the result, without its extension. */
  readonly fileName?: string;
  /** Whatever the caller wants back with the job; never looked into. */
  readonly clientState?: unknown;
}
