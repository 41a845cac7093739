/** Words of the entity model that more than one step knows. */

/** The text of an explicit null, which is no value. */
export const NULL_TEXT = '_NULL';

/** Members of the row of a nested attribute that are no children. */
export const ROW_MEMBERS: ReadonlySet<string> = new Set([
  ...['id', 'locale', 'source', 'os', 'osid', 'ostype', 'osctxpath', 'src', 'value', 'action', 'properties'],
]);
