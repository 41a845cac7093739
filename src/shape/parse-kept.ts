/** Paths with another name, as people write them: `rev=value.rev` for a member that is kept, `__parentId=children`. */
import { SluiceError } from '../terms/errors.js';
import { type Names, parseNames } from '../terms/path.js';
import type { KeptMember, NestPlan } from '../terms/plan.js';

/** A new name, then `=`; a backslash makes it part of a name. A JSON Pointer has no new name. */
const RENAMED = /^(?!\/)((?:[^\\=]|\\.)+)=(.+)$/s;

/**
 * Parses a path to a member that is kept. It keeps its name, the last of the path, or gets the one before `=`.
 * @param option the option it is a value of, for the error
 * @throws SluiceError `INVALID`
 */
export function parseKept(text: string, option: string): KeptMember {
  const [, renamed, source] = RENAMED.exec(text) ?? [];
  const path = parseNames(source ?? text, option);
  if (renamed === undefined) return { name: lastOf(path), path };
  const name = parseNames(renamed, option);
  if (name.length === 1) return { name: lastOf(name), path };
  const message = `${option}: a new name is no path in ${JSON.stringify(text)}; write \\. for a dot in it`;
  throw new SluiceError('INVALID', 'accept', message, { path: option });
}

/**
 * Parses a path to the id of a parent, and perhaps the member of parents that lists children: `__parentId=children`.
 * @param option the option it is a value of, for the error
 * @throws SluiceError `INVALID`
 */
export function parseNest(text: string, option: string): NestPlan {
  const [, path, list] = RENAMED.exec(text) ?? [];
  if (path === undefined) return { parent: parseNames(text, option) };
  const name = parseNames(list, option);
  if (name.length === 1) return { parent: parseNames(path, option), name: lastOf(name) };
  const message = `${option}: the member that lists children is no path in ${JSON.stringify(text)}`;
  throw new SluiceError('INVALID', 'accept', message, { path: option });
}

function lastOf(path: Names): string {
  return path[path.length - 1];
}
