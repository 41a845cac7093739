/** For tests: lists of fields that do not contradict each other. */
import { parsePathFields } from '../../src/terms/path-fields.js';

/** The paths that leave something of each field; undefined for none. */
export function excludable(
  include: readonly string[] = [],
  exclude: readonly string[] = [],
): readonly string[] | undefined {
  const left = exclude.filter((out) => include.every((field) => !isRefused(field, out)));
  return left.length > 0 ? left : undefined;
}

function isRefused(field: string, out: string): boolean {
  try {
    parsePathFields([field], [out], { include: 'include', exclude: 'exclude' });
    return false;
  } catch {
    return true;
  }
}
