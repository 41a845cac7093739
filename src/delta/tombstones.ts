/** Records that stand for deleted entities. */
import type { MemberName } from '../terms/batch.js';
import type { ReadPlan } from '../terms/plan.js';
import { writtenId } from './entity-key.js';
import { TAB } from './index-format.js';

/** Where entities have their id and type. */
export type KeyMembers = Pick<ReadPlan, 'memberNames' | 'deeper'>;

/** A member of the record: JSON, or members of its own. */
type Tree = Map<string, string | Tree>;

/**
 * The JSON of the record with the id and type of a key, where entities have them, and the documented mark of deleted ones.
 * @param key with a character for each byte
 */
export function tombstoneOf(key: string, { memberNames, deeper }: KeyMembers): string {
  const text = Buffer.from(key, 'latin1').toString();
  const tree: Tree = new Map();
  const put = (member: MemberName, value: string) => {
    if (value !== '') putAt(tree, [memberNames[member], ...(deeper?.[member] ?? [])], value);
  };
  put('id', writtenId(text));
  put('type', text.slice(text.indexOf(TAB) + 1));
  if (!tree.has('action')) tree.set('action', '"delete"');
  return textOf(tree);
}

function putAt(tree: Tree, [name, ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree.set(name, value);
    return;
  }
  const found = tree.get(name);
  const inner: Tree = found instanceof Map ? found : new Map();
  tree.set(name, inner);
  putAt(inner, rest, value);
}

function textOf(tree: Tree): string {
  const members = [...tree].map(
    ([name, value]) => `${JSON.stringify(name)}:${typeof value === 'string' ? value : textOf(value)}`,
  );
  return `{${members.join(',')}}`;
}
