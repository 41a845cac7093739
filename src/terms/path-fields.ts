/** Fields by their paths, as people write them: `sku`, `price.amount`, and `price=price.amount` for a new name. */
import { SluiceError } from './errors.js';
import { EVERY, formatPath, type Path, parsePath } from './path.js';

/** A value that is written as a member of the entity, under a new name. */
export interface RenamedField {
  readonly name: string;
  readonly path: Path;
}

/** What is kept of an entity by paths; plain JSON. Without `include` and `renamed`: everything that is not excluded. */
export interface PathFields {
  readonly include?: readonly Path[];
  /** Written after the members that stay. */
  readonly renamed?: readonly RenamedField[];
  readonly exclude?: readonly Path[];
}

/** Most steps of a path: as many as levels that an entity may have. */
const MOST_STEPS = 1024;

/**
 * Parses one field.
 * @param option the option it is a value of, for the error
 * @throws SluiceError `INVALID`
 */
function parsePathField(text: string, option: string): { readonly name?: string; readonly path: Path } {
  const at = equalsSign(text);
  const given = at < 0 ? text : text.slice(at + 1);
  // A JSON Pointer has no backslash of its own; here it keeps a comma or "=" from ending a path or name.
  const path = parsePath(given.startsWith('/') ? given.replace(/\\([,=])/g, '$1') : given, option);
  if (path.length > MOST_STEPS) throw refusal(option, `more than ${MOST_STEPS} steps`, text);
  return at < 0 ? { path } : { name: newName(text.slice(0, at), text, option), path };
}

/** Parses a path that names what is left out. */
function parseExcluded(text: string, option: string): Path {
  const { name, path } = parsePathField(text, option);
  if (name === undefined) return path;
  throw refusal(option, 'what is left out gets no new name; a "=" of a name is "\\="', text);
}

/**
 * Parses lists of fields.
 * @param options of the lists, for errors
 * @throws SluiceError `INVALID`; also for two members with one name, and for a member that is left out completely
 */
export function parsePathFields(
  include: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
  options: { readonly include: string; readonly exclude: string },
): PathFields {
  const fields = include?.map((text) => parsePathField(text, options.include)) ?? [];
  const kept = fields.filter(({ name }) => name === undefined).map(({ path }) => path);
  const renamed = fields.flatMap(({ name, path }) => (name === undefined ? [] : [{ name, path }]));
  const taken = new Set(kept.map(([first]) => first));
  for (const { name, path } of renamed) {
    if (taken.has(name)) {
      throw refusal(
        options.include,
        `two members would be called ${JSON.stringify(name)}`,
        `${name}=${formatPath(path)}`,
      );
    }
    taken.add(name);
  }
  const excluded = exclude?.map((text) => parseExcluded(text, options.exclude));
  for (const { path } of fields) {
    const out = excluded?.find((one) => isWithin(path, one));
    if (!out) continue;
    const why = `nothing is left of ${JSON.stringify(formatPath(path))}, which ${options.include} names`;
    throw refusal(options.exclude, why, formatPath(out));
  }
  return {
    include: kept.length > 0 ? kept : undefined,
    renamed: renamed.length > 0 ? renamed : undefined,
    exclude: excluded,
  };
}

/**
 * Where the included fields are in an entity that holds nothing else, in the order of the list.
 * @throws SluiceError as `parsePathFields` does
 */
export function placesOf(include: readonly string[], option: string): readonly Path[] {
  return include.map((text) => {
    const { name, path } = parsePathField(text, option);
    return name === undefined ? path : [name];
  });
}

/** Whether all values at a path are at the other one, or inside values there. */
function isWithin(path: Path, other: Path): boolean {
  return other.length <= path.length && other.every((step, index) => step === EVERY || step === path[index]);
}

/** Where the path begins after a new name; -1 if there is none. */
function equalsSign(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '=') return at;
  }
  return -1;
}

/** A new name is one member: what means something in a path has a backslash before it. */
function newName(given: string, text: string, option: string): string {
  if (given === '') throw refusal(option, 'the new name is empty', text);
  if (/^(?:\/|\*$)|(?<!\\)(?:\\\\)*\./.test(given)) {
    throw refusal(option, 'a new name is the name of one member, in which ".", "/" and "*" have a backslash', text);
  }
  if (/(?<!\\)(?:\\\\)*\\$/.test(given)) throw refusal(option, 'a backslash has nothing after it', text);
  return given.replace(/\\(.)/gsu, '$1');
}

function refusal(option: string, why: string, text: string): SluiceError {
  return new SluiceError('INVALID', 'accept', `${option}: ${why} (${JSON.stringify(text)})`, { path: option });
}
