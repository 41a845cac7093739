/** The position in a document: its open objects and arrays, relative to the path of the entities. */
import { EVERY, formatPath, type Path } from '../terms/path.js';
import type { Opened } from '../terms/position.js';
import { shellWord } from '../terms/shown-text.js';
import { KNOWN_PATHS } from './form.js';

/** Tracks the path to the expected value. */
export class DocumentWay {
  /** The way to the array or object that holds the entities. */
  readonly path: Path;
  /** Whether the entities may also be the members of an object. */
  readonly takesMembers: boolean;
  /** Number of open objects and arrays. */
  level = 0;
  /** Whether the expected value is on the path. */
  onPath = true;
  /** Which of them are objects and which arrays. */
  readonly #opened: Opened[] = [];
  readonly #names: string[] = [];
  /** For each open array, the number of its current element. */
  readonly #elements: number[] = [];
  /** The level of the first open object that is not on the path; 0 if all are. */
  #offFrom = 0;
  /** Steps of the path that were found. */
  #found = 0;

  /** @param path its last step may be `EVERY` */
  constructor(path: Path) {
    this.takesMembers = path.at(-1) === EVERY;
    this.path = this.takesMembers ? path.slice(0, -1) : path;
  }

  /**
   * Moves to the value that holds the entities.
   * @param opened what is open there; absent: objects
   */
  goToEntities(opened: readonly Opened[] = this.path.map(() => 'object')): void {
    this.level = this.#found = this.path.length;
    this.#names.push(...this.path.map(String));
    this.#opened.push(...opened);
  }

  /** What is open, where that is not objects only. */
  get openedArrays(): readonly Opened[] | undefined {
    return this.#opened.includes('array') ? [...this.#opened] : undefined;
  }

  /** The names of the members that lead to the expected value. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** Whether the expected value is where the entities should be. */
  get isAtEntities(): boolean {
    return this.onPath && this.level === this.path.length;
  }

  /** Whether the innermost open value is an array. */
  get isInArray(): boolean {
    return this.level > 0 && this.#opened[this.level - 1] === 'array';
  }

  /** Whether the path leads through every element or member of something that is open, so that some may lack the rest. */
  get isOneOfMany(): boolean {
    return this.path.slice(0, this.level).includes(EVERY);
  }

  /** Whether the path leads through every element or member of the innermost open value. */
  get isInEvery(): boolean {
    return this.#offFrom === 0 && this.level > 0 && this.path[this.level - 1] === EVERY;
  }

  /** Whether the path goes on in an array: over every element, or to one by its number. */
  get leadsIntoArray(): boolean {
    const step = this.path[this.level];
    return step === EVERY || (step !== undefined && /^(0|[1-9]\d*)$/.test(step));
  }

  /** Notes a key of the innermost object; returns whether it is a step of the path that was found before. */
  takeKey(key: string): boolean {
    const step = this.path[this.level - 1];
    this.#names.length = this.level - 1;
    this.#names.push(key);
    this.onPath = this.#offFrom === 0 && (step === EVERY || key === step);
    if (!this.onPath || step === EVERY) return false;
    if (this.#found >= this.level) return true;
    this.#found = this.level;
    return false;
  }

  /** The next element of the innermost array is expected. */
  takeElement(): void {
    const step = this.path[this.level - 1];
    const element = ++this.#elements[this.#elements.length - 1];
    this.onPath = this.#offFrom === 0 && (step === EVERY || step === String(element));
  }

  /** The expected value opens. */
  open(opened: Opened): void {
    this.#opened.length = this.level;
    this.#opened.push(opened);
    this.level++;
    if (!this.onPath) this.#offFrom ||= this.level;
    // The members of each element are found anew.
    else this.#found = this.level - 1;
    if (opened === 'object') return;
    this.#names.length = this.level - 1;
    this.#names.push('');
    this.#elements.push(-1);
  }

  /** The innermost open value closes. */
  close(): void {
    if (this.isInArray) this.#elements.pop();
    if (this.level === this.#offFrom) this.#offFrom = 0;
    this.level--;
    this.#opened.length = this.level;
  }

  /** Whether the members lead to another place where a document may keep entities. */
  leadsOn(): boolean {
    const names = this.#names;
    return KNOWN_PATHS.some((path) => path.length > names.length && names.every((name, at) => name === path[at]));
  }

  /** Whether the expected value is the status of the response whose entities are read. */
  isStatus(): boolean {
    return isStatusOf(this.path, this.#names);
  }

  /** The end of the path, for messages. */
  describe(): string {
    return placeOf(this.path);
  }

  /** Why the value at the end of the path, an object or a scalar, has no entities. */
  endsAtNoArray(isObject: boolean): string {
    const members = formatPath([...this.path, EVERY]);
    const hint = isObject ? ` but an object; path ${members} (--path ${shellWord(members)}) reads its members` : '';
    return `${this.describe()} is not an array${hint}`;
  }

  /** Why the value that begins with this byte leads nowhere. */
  leadsNowhere(isArray: boolean): string {
    return leadsNowhere(this.path, this.level, isArray);
  }
}

/** The end of a path, for messages. */
export function placeOf(path: Path): string {
  return path.length === 0 ? 'the document' : `array at ${formatPath(path)}`;
}

/** What an entity that is an array may be told, where a path is stated. */
export const ONE_MORE_STEP = '; this is an array, into which one more ".*" at the end of path leads (--path)';

/**
 * Why nothing leads on at this level of a path to the place of the entities.
 * @param isArray whether the value there is an array, for which the path has no step
 */
export function leadsNowhere(path: Path, level: number, isArray: boolean): string {
  const nothing = `nothing leads to ${placeOf(path)}`;
  if (!isArray) return nothing;
  const before = path.slice(0, level);
  const what = before.length === 0 ? 'the document' : formatPath(before);
  const through = formatPath([...before, EVERY, ...path.slice(level), EVERY]);
  return `${nothing}, since ${what} is an array; path ${through} leads through all its elements (--path)`;
}

/** Whether a position is the status of the response in which the path ends. */
export function isStatusOf(path: Path, way: readonly unknown[]): boolean {
  const { length } = way;
  if (length < 2 || length !== path.length || way[length - 1] !== 'status') return false;
  return way.slice(0, -1).every((name, at) => name === path[at]);
}

/** Whether a position is one where a document may keep entities, or beside it. */
export function isBesideEntities(way: readonly string[]): boolean {
  return KNOWN_PATHS.some(
    (path) => way.length > 0 && way.length <= path.length && way.slice(0, -1).every((name, at) => name === path[at]),
  );
}
