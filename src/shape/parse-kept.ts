/** Members that are kept around an entity, as people write them: `_id`, `meta.version` or `rev=value.rev`. */
import { SluiceError } from '../terms/errors.js';
import { type Names, parseNames } from '../terms/path.js';
import type { KeptMember } from '../terms/plan.js';

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

function lastOf(path: Names): string {
  return path[path.length - 1];
}
