/** Paths to values in JSON, as people write them: `price.amount`, `entry.*.resource` or the JSON Pointer `/entry/0`. */
import { SluiceError } from './errors.js';

/** The step to every element of an array, or to every member of an object. Plain JSON, like all of a path. */
export const EVERY = null;

/** One step: the name of a member, or `EVERY`. A name of digits is also the number of an element, from 0. */
export type Step = string | typeof EVERY;

/** The steps from a value to one inside it. Without steps: the value itself. */
export type Path = readonly Step[];

/** How a path with dots has an empty name. */
const EMPTY_NAME = '""';

/** A path that leads to one value: it has no `EVERY`. */
export type Names = readonly string[];

/**
 * Parses a path. A text that begins with `/` is a JSON Pointer (RFC 6901). In any other text dots separate the steps, `*`
 * is every element or member, a backslash before a character makes it part of a name (`a\.b` is one member), and `""` is
 * the empty name.
 * @param option the option it is a value of, for the error
 * @throws SluiceError `INVALID` for a path with an empty step, or with an incomplete escape
 */
export function parsePath(text: string, option: string): Path {
  const refuse = (why: string): never => {
    throw new SluiceError('INVALID', 'accept', `${option}: ${why} in ${JSON.stringify(text)}`, { path: option });
  };
  if (text.startsWith('/'))
    return text
      .slice(1)
      .split('/')
      .map((step) => unescapedPointer(step, refuse));
  const steps: Step[] = [];
  let name = '';
  let isLiteral = false;
  const add = () => {
    if (name === EMPTY_NAME && !isLiteral) name = '';
    else if (name === '') refuse('a step is empty; the empty name is ""');
    steps.push(name === '*' && !isLiteral ? EVERY : name);
    name = '';
    isLiteral = false;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '.') {
      add();
    } else if (character === '\\') {
      if (++at === text.length) refuse('a backslash has nothing after it');
      name += text[at];
      isLiteral = true;
    } else {
      name += character;
    }
  }
  add();
  return steps;
}

/**
 * Parses a path to one value.
 * @throws SluiceError `INVALID` as `parsePath` does, and for a path through every element or member
 */
export function parseNames(text: string, option: string): Names {
  return parsePath(text, option).map((step) => {
    if (step !== EVERY) return step;
    const message = `${option}: "*" is no name in ${JSON.stringify(text)}; write \\* for a member of that name`;
    throw new SluiceError('INVALID', 'accept', message, { path: option });
  });
}

/** The path as `parsePath` accepts it: with dots, or as a JSON Pointer where a name is empty and no step is `EVERY`. */
export function formatPath(path: Path): string {
  if (!path.includes('')) return dottedPath(path);
  const names = path.filter((step) => step !== EVERY);
  if (names.length < path.length) return path.map((step) => (step === '' ? EMPTY_NAME : dottedPath([step]))).join('.');
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The path with dots, also around empty names. */
export function dottedPath(path: Path): string {
  return path
    .map((step) => {
      if (step === EVERY) return '*';
      return step === '*' || step === EMPTY_NAME
        ? `\\${step}`
        : step.replace(/[\\.]|^\//g, (character) => `\\${character}`);
    })
    .join('.');
}

function unescapedPointer(step: string, refuse: (why: string) => never): string {
  if (/~(?![01])/.test(step)) refuse('"~" is neither "~0" nor "~1"');
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
