/** The position in a document: its open members, relative to the path of the entities. */
import { KNOWN_PATHS } from './detect-form.js';

/** Tracks the path to the expected value. */
export class DocumentWay {
  readonly path: readonly string[];
  /** Number of open objects. */
  level = 0;
  /** Whether the expected value is on the path. */
  onPath = true;
  readonly #names: string[] = [];
  /** The level of the first open object that is not on the path; 0 if all are. */
  #offFrom = 0;
  /** Steps of the path that were found. */
  #found = 0;

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** Moves to the array itself. */
  goToArray(): void {
    this.level = this.#found = this.path.length;
    this.#names.push(...this.path);
  }

  /** The names of the members that lead to the expected value. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** Whether the expected value is where the array of entities should be. */
  get isAtArray(): boolean {
    return this.onPath && this.level === this.path.length;
  }

  /** Notes a key of the innermost object; returns whether it is a step of the path that was found before. */
  takeKey(key: string): boolean {
    this.#names.length = this.level - 1;
    this.#names.push(key);
    this.onPath = this.#offFrom === 0 && key === this.path[this.level - 1];
    if (!this.onPath) return false;
    if (this.#found >= this.level) return true;
    this.#found = this.level;
    return false;
  }

  /** The expected object opens. */
  open(): void {
    this.level++;
    if (!this.onPath) this.#offFrom ||= this.level;
  }

  /** The innermost object closes. */
  close(): void {
    if (this.level === this.#offFrom) this.#offFrom = 0;
    this.level--;
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
    return this.path.length === 0 ? 'the document' : `array at ${this.path.join('.')}`;
  }
}

/** Whether a position is the status of the response in which the path ends. */
export function isStatusOf(path: readonly string[], way: readonly unknown[]): boolean {
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
