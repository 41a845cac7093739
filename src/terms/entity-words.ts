/** Words of the entity model that several steps need. */

/** The text of an explicit null, which does not count as a value. */
export const NULL_TEXT = '_NULL';

/** Members of the row of a nested attribute that are not children. */
export const ROW_MEMBERS: ReadonlySet<string> = new Set([
  ...['id', 'locale', 'source', 'os', 'osid', 'ostype', 'osctxpath', 'src', 'value', 'action', 'properties'],
]);
