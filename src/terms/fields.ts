/** Parts of an entity by name. */

/** Which names of one kind to keep: all of them, or those listed. */
export type FieldList = 'all' | readonly string[];

/**
 * Which parts of an entity to keep. Without lists: id, type and name (and `action`, which marks deleted records).
 * Attributes or relationships bring the properties along unless these are listed themselves.
 */
export interface Fields {
  readonly attributes?: FieldList;
  readonly relationships?: FieldList;
  /** Attributes of the relationships that are kept; absent means all. */
  readonly relationshipAttributes?: FieldList;
  readonly properties?: FieldList;
}

/** Attributes and relationships of one entity type. */
export interface FieldFilter {
  readonly attributes?: FieldList;
  readonly relationships?: FieldList;
}

/** Filters by entity type; `_ALL` holds for every type, beside its own. */
export type FieldFilters = Readonly<Record<string, FieldFilter>>;
