/** Tracks which of the requested paths lead to a value, until each was seen once. */

import { formatCount } from '../terms/format-count.js';
import { formatPath, type Path } from '../terms/path.js';
import type { PathFields } from '../terms/path-fields.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { Sightings } from '../terms/sightings.js';
import { MOST_SHOWN } from './member-sightings.js';
import type { NumberedPaths } from './path-rules.js';

/** The paths of a projection by number: those that stay, those with a new name, and those that are left out. */
export interface Numbered {
  readonly include: NumberedPaths;
  readonly renamed: NumberedPaths;
  readonly exclude: NumberedPaths;
}

/** Numbers the paths. */
export function numberPaths({ include = [], renamed = [], exclude = [] }: PathFields): Numbered {
  let next = 0;
  const number = (paths: readonly Path[]): NumberedPaths => paths.map((path) => [path, next++] as const);
  return { include: number(include), renamed: number(renamed.map(({ path }) => path)), exclude: number(exclude) };
}

/** Watches a projection. */
export class PathWatch {
  readonly #numbered: Numbered;
  readonly #sightings: Sightings;
  readonly #seen: Set<number>;

  constructor(numbered: Numbered, sightings: Sightings) {
    this.#numbered = numbered;
    this.#sightings = sightings;
    this.#seen = new Set(sightings.paths);
  }

  /** Whether some paths were not seen yet. */
  get isWatching(): boolean {
    const { include, renamed, exclude } = this.#numbered;
    return this.#seen.size < include.length + renamed.length + exclude.length;
  }

  /** Notes that paths lead to a value. */
  readonly reach = (paths: readonly number[]): void => {
    const before = this.#seen.size;
    for (const path of paths) this.#seen.add(path);
    if (this.#seen.size > before) this.#sightings.paths = [...this.#seen];
  };

  /** Reports at the end the paths that no entity had. */
  report(run: Run): void {
    const { written } = this.#sightings;
    if (written === 0) return;
    const { include, renamed, exclude } = this.#numbered;
    const wanted = [...include, ...renamed];
    const missing = this.#missing(wanted);
    if (missing.length > 0) {
      const which = missing.length === wanted.length && wanted.length > 1 ? 'any of the paths' : pathsOf(missing);
      const text = `none of the ${formatCount(written)} entities that were written has ${which} ${listed(missing)}`;
      run.note({
        code: 'FIELDS_NOT_FOUND',
        text,
        counts: { written, wanted: wanted.length, notFound: missing.length },
      });
    }
    const idle = this.#missing(exclude);
    if (idle.length === 0) return;
    const text = `nothing was left out at ${pathsOf(idle)} ${listed(idle)}: none of the ${formatCount(written)} entities that were written has a value there`;
    run.note({ code: 'FIELDS_NOT_FOUND', text, counts: { written, wanted: exclude.length, notFound: idle.length } });
  }

  #missing(paths: NumberedPaths): readonly Path[] {
    return paths.filter(([, number]) => !this.#seen.has(number)).map(([path]) => path);
  }
}

/** Watches the paths of criteria, whose numbers are their places in the list. */
export class CriteriaPathWatch {
  readonly #paths: readonly Path[];
  readonly #sightings: Sightings;
  readonly #seen: Set<number>;

  constructor(paths: readonly Path[], sightings: Sightings) {
    this.#paths = paths;
    this.#sightings = sightings;
    this.#seen = new Set(sightings.criteriaPaths);
  }

  /** Whether some paths were not seen yet. */
  get isWatching(): boolean {
    return this.#seen.size < this.#paths.length;
  }

  /** Notes that paths lead to a value; other numbers mean nothing here. */
  readonly reach = (paths: readonly number[]): void => {
    const before = this.#seen.size;
    for (const path of paths) if (path < this.#paths.length) this.#seen.add(path);
    if (this.#seen.size > before) this.#sightings.criteriaPaths = [...this.#seen];
  };

  /** Reports at the end the paths that no tested entity had. */
  report(run: Run): void {
    const { entities } = this.#sightings.criteria;
    const missing = this.#paths.filter((_, number) => !this.#seen.has(number));
    if (entities === 0 || missing.length === 0) return;
    const text = `none of the ${formatCount(entities)} entities that were tested by criteria has ${pathsOf(missing)} ${listed(missing)}`;
    run.note({
      code: 'FIELDS_NOT_FOUND',
      text,
      counts: { entities, wanted: this.#paths.length, notFound: missing.length },
    });
  }
}

function pathsOf({ length }: readonly Path[]): string {
  return length === 1 ? 'the path' : `${formatCount(length)} of the paths:`;
}

function listed(paths: readonly Path[]): string {
  const names = paths.slice(0, MOST_SHOWN).map((path) => quoted(formatPath(path)));
  return `${names.join(', ')}${paths.length > names.length ? ', …' : ''}`;
}
