/** Columns of a table by the paths of its values: a tree of names, in the order of their first appearance. */
import { SluiceError } from '../terms/errors.js';
import { dottedPath, type Path } from '../terms/path.js';
import { MAX_COLUMNS } from './dsv-columns.js';
import type { PathState } from './table-state.js';
import type { Column } from './table-writer.js';

/** A path that occurs in entities. Its column is made for its first value that is not an object with members. */
export class PathNode {
  readonly path: readonly string[];
  /** The name as JSON text, as it came first, to recognize it in the bytes of others. */
  readonly key: Uint8Array;
  readonly children = new Map<string, PathNode>();
  /** The number of its column; -1 without one. */
  column = -1;
  /** The member that came first in the last object here. */
  first: PathNode | undefined;
  /** The member that came after this one in the last object. */
  next: PathNode | undefined;
  /** The last entity that has it. */
  entity = -1;

  constructor(path: readonly string[], key: Uint8Array) {
    this.path = path;
    this.key = key;
  }
}

const NO_KEY = new Uint8Array(0);

/** All columns of one table. It keeps only names, so memory does not grow with the rows. */
export class PathColumns {
  readonly root = new PathNode([], NO_KEY);
  readonly #listed: readonly (readonly string[])[];
  /** The nodes of the columns, by number. */
  readonly #nodes: PathNode[] = [];
  #entity = 0;

  /** @param listed paths of columns that the table has in any case, and before all others */
  constructor(listed: readonly Path[]) {
    // A value inside an array is in the column of the array.
    this.#listed = listed.map((path) => namesBefore(path));
  }

  /** The number of columns so far. */
  get width(): number {
    return this.#nodes.length;
  }

  /** Keeps the first so many columns. */
  keep(width: number): void {
    for (const node of this.#nodes.splice(width)) node.column = -1;
  }

  /** Begins an entity. @returns its number, to be noted in the nodes of its members */
  begin(): number {
    return this.#entity++;
  }

  /** The child of this name; it is created on first use. */
  child(node: PathNode, name: string, key: Uint8Array = NO_KEY): PathNode {
    const known = node.children.get(name);
    if (known) return known;
    const child = new PathNode([...node.path, name], key);
    node.children.set(name, child);
    return child;
  }

  /** The node at a path, if it occurs. */
  find(path: readonly string[]): PathNode | undefined {
    let node: PathNode | undefined = this.root;
    for (const name of path) node = node?.children.get(name);
    return node;
  }

  /** The column of a node; it is created on first use. @throws SluiceError `TOO_MANY_COLUMNS` */
  column(node: PathNode): number {
    if (node.column >= 0) return node.column;
    if (this.#nodes.length >= MAX_COLUMNS) {
      const message = `the table would need more than ${MAX_COLUMNS} columns; list the fields to write`;
      throw new SluiceError('TOO_MANY_COLUMNS', 'serialize', message);
    }
    node.column = this.#nodes.push(node) - 1;
    return node.column;
  }

  /**
   * The columns in the order of the table: first those of the listed paths, each with those inside it, then the others by
   * their first appearance. A listed path that has none has an empty column; where it leads into an array, the column of
   * the array is at its place.
   */
  list(): readonly Column[] {
    const first = new Set<PathNode>();
    for (const path of this.#listed) {
      const node = this.find(path);
      const inside = node ? this.#nodes.filter((one) => one === node || isBelow(one.path, path)) : [];
      for (const one of inside.length > 0 ? inside : [this.#around(path) ?? this.#empty(path)]) first.add(one);
    }
    const nodes = [...first, ...this.#nodes.filter((node) => !first.has(node))];
    return nodes.map(({ column, path }) => ({ number: column, header: dottedPath(path) }));
  }

  /** All paths so far. */
  get state(): readonly PathState[] {
    return statesOf(this.root);
  }

  /** Restores the paths of an earlier table. */
  restore(state: readonly PathState[]): void {
    const add = (above: PathNode, [name, column, children]: PathState) => {
      const node = this.child(above, name, Buffer.from(JSON.stringify(name)));
      node.column = column;
      if (column >= 0) this.#nodes[column] = node;
      for (const child of children) add(node, child);
    };
    for (const child of state) add(this.root, child);
  }

  /** The nearest column of a value that the path leads through. */
  #around(path: readonly string[]): PathNode | undefined {
    for (let length = path.length - 1; length > 0; length--) {
      const node = this.find(path.slice(0, length));
      if (node && node.column >= 0) return node;
    }
    return undefined;
  }

  #empty(path: readonly string[]): PathNode {
    let node = this.root;
    for (const name of path) node = this.child(node, name);
    this.column(node);
    return node;
  }
}

function statesOf({ children }: PathNode): readonly PathState[] {
  return [...children].map(([name, child]) => [name, child.column, statesOf(child)]);
}

function namesBefore(path: Path): readonly string[] {
  const names: string[] = [];
  for (const step of path) {
    if (step === null) break;
    names.push(step);
  }
  return names;
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return path.length > above.length && above.every((name, index) => path[index] === name);
}
