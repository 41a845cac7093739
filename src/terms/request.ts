/** What a caller asks for: the one form that every door's words become. */

/** Which names of one kind to keep: all of them, or those listed. */
export type FieldList = 'all' | readonly string[];

/**
 * Which parts of an entity to keep. Without lists: id, type and name (and `action`, which marks deleted records).
 * Attributes or relationships bring the properties along unless these are listed themselves.
 */
export interface Fields {
  readonly attributes?: FieldList;
  readonly relationships?: FieldList;
  readonly properties?: FieldList;
}

/** A request, complete and checked: only known members, every value of its type. */
export interface ExportRequest {
  /** Types to keep, ASCII case ignored; absent means any. */
  readonly types?: readonly string[];
  /** Ids to keep; absent means any. */
  readonly ids?: readonly string[];
  /** Exact name to keep; absent means any. */
  readonly name?: string;
  /** Parts to keep; absent means whole entities, byte for byte. */
  readonly fields?: Fields;
  /** At most this many records; 0 is none, absent is no limit. */
  readonly maxRecords?: number;
  /** Name of the profile that says how the result is packed. */
  readonly profile?: string;
  /** Name of the result, without its extension. */
  readonly fileName?: string;
  /** Whatever the caller wants back with the job; never looked into. */
  readonly clientState?: unknown;
}
