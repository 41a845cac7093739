/** The way through a document: the members that are open, and where they stand to the path of its entities. */
import { KNOWN_PATHS } from './detect-form.js';

/** Keeps the way down to the value that is due. */
export class DocumentWay {
  readonly path: readonly string[];
  /** How many objects are open. */
  level = 0;
  /** The value that is due lies on the path. */
  onPath = true;
  readonly #names: string[] = [];
  /** The level of the first object that is open and does not lie on the path; 0 where all do. */
  #offFrom = 0;
  /** Steps of the path that were there. */
  #found = 0;

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** The way to the array itself. */
  goToArray(): void {
    this.level = this.#found = this.path.length;
    this.#names.push(...this.path);
  }

  /** The names of the members that lead to the value that is due. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** The value that is due is where the array of entities should be. */
  get isAtArray(): boolean {
    return this.onPath && this.level === this.path.length;
  }

  /** Takes a key of the innermost object; answers whether it is a step of the path that was there before. */
  takeKey(key: string): boolean {
    this.#names.length = this.level - 1;
    this.#names.push(key);
    this.onPath = this.#offFrom === 0 && key === this.path[this.level - 1];
    if (!this.onPath) return false;
    if (this.#found >= this.level) return true;
    this.#found = this.level;
    return false;
  }

  /** The object that is due opens. */
  open(): void {
    this.level++;
    if (!this.onPath) this.#offFrom ||= this.level;
  }

  /** The innermost object closes. */
  close(): void {
    if (this.level === this.#offFrom) this.#offFrom = 0;
    this.level--;
  }

  /** Whether the members lead on to another place where a document may keep entities. */
  leadsOn(): boolean {
    const names = this.#names;
    return KNOWN_PATHS.some((path) => path.length > names.length && names.every((name, at) => name === path[at]));
  }

  /** Whether the value that is due is the status of the answer whose entities are read. */
  isStatus(): boolean {
    return isStatusOf(this.path, this.#names);
  }

  /** What the path leads to, in words. */
  describe(): string {
    return this.path.length === 0 ? 'the document' : `array at ${this.path.join('.')}`;
  }
}

/** Whether a way leads to the status of the answer in which the path ends. */
export function isStatusOf(path: readonly string[], way: readonly unknown[]): boolean {
  const { length } = way;
  if (length < 2 || length !== path.length || way[length - 1] !== 'status') return false;
  return way.slice(0, -1).every((name, at) => name === path[at]);
}

/** Whether an array stands where a document may keep entities, or beside that. */
export function isBesideEntities(way: readonly string[]): boolean {
  return KNOWN_PATHS.some(
    (path) => way.length > 0 && way.length <= path.length && way.slice(0, -1).every((name, at) => name === path[at]),
  );
}
