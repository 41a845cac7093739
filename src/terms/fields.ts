/** Parts of an entity, by name. */

/** The names of one kind to keep: all of them, or those listed. */
export type FieldList = 'all' | readonly string[];

/**
 * The parts of an entity to keep. Without lists: id, type and name, and `action`, which marks deleted records.
 * A list of attributes or relationships includes all properties, unless these are listed themselves.
 */
export interface Fields {
  /** Names of attributes. */
  readonly attributes?: FieldList;
  /** Names of relationships. */
  readonly relationships?: FieldList;
  /** Attributes of the relationships that are kept; absent means all. */
  readonly relationshipAttributes?: FieldList;
  /** Attributes of the related entities that come with relationships; absent means all. */
  readonly relatedEntityAttributes?: FieldList;
  /** Names of properties. */
  readonly properties?: FieldList;
  /**
   * Instead of these lists: paths of what to keep of an entity of any shape, and nothing else. `price=price.amount` gives
   * a value a new name.
   */
  readonly include?: string | readonly string[];
  /** Instead of these lists: paths of what to leave out. */
  readonly exclude?: string | readonly string[];
}

/** Attributes and relationships of one entity type. */
export interface FieldFilter {
  readonly attributes?: FieldList;
  readonly relationships?: FieldList;
}

/** Filters by entity type; `_ALL` applies to every type, in addition to its own. */
export type FieldFilters = Readonly<Record<string, FieldFilter>>;
