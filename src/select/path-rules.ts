/** Compiles paths to tables of rules: what is kept of a value, and of what is inside it. */
import { EVERY, type Path } from '../terms/path.js';
import { DROP, KEEP, type Rule, type RuleTable } from './rule-table.js';

/** Paths, each with its number in reports. */
export type NumberedPaths = readonly (readonly [path: Path, number: number])[];

/** What the rules keep. */
export interface PathChoice {
  /** Absent: everything. */
  readonly include?: NumberedPaths;
  readonly exclude?: NumberedPaths;
  /**
   * Keeps more than the included paths: every container on their way and every element, so that a path leads to the same
   * values as in the source.
   */
  readonly keepShape?: boolean;
}

/** The rules for entities. Tables are made when they are first needed. */
export function pathRules({ include, exclude = [], keepShape = false }: PathChoice): RuleTable {
  const makers = new Tables(keepShape);
  const included = include === undefined ? ALL : [nodeOf(include)];
  return makers.table(included, [nodeOf(exclude)]);
}

/** Whether a name is also the number of an element. */
export function isElementNumber(name: string): boolean {
  return /^(?:0|[1-9][0-9]*)$/.test(name);
}

/** A place on the way of paths, and where they go from it. */
interface Node {
  readonly number: number;
  readonly members: Map<string, Node>;
  every: Node | undefined;
  /** Numbers of the paths that end here. */
  readonly ends: number[];
  /** The same place for the elements of an array that the paths do not mention. */
  passed: Node | undefined;
}

let nodes = 0;

function newNode(): Node {
  return { number: nodes++, members: new Map(), every: undefined, ends: [], passed: undefined };
}

function nodeOf(paths: NumberedPaths): Node {
  const root = newNode();
  for (const [path, number] of paths) {
    let node = root;
    for (const step of path) {
      let next = step === EVERY ? node.every : node.members.get(step);
      if (!next) {
        next = newNode();
        if (step === EVERY) node.every = next;
        else node.members.set(step, next);
      }
      node = next;
    }
    node.ends.push(number);
  }
  return root;
}

/** Names go through an array to each of its elements; numbers and `*` mean the elements themselves. */
function passedOf(node: Node): Node {
  if (node.passed) return node.passed;
  const passed = newNode();
  for (const [name, next] of node.members) if (!isElementNumber(name)) passed.members.set(name, next);
  passed.passed = passed;
  node.passed = passed;
  return passed;
}

const ALL = 'all';

/** Where the paths are: places, or everything from here on. */
type Places = readonly Node[] | typeof ALL;

class Tables {
  readonly #keepShape: boolean;
  readonly #tables = new Map<string, PathTable>();

  constructor(keepShape: boolean) {
    this.#keepShape = keepShape;
  }

  table(include: Places, exclude: readonly Node[]): RuleTable {
    const key = `${keyOf(include)} ${keyOf(exclude)}`;
    const known = this.#tables.get(key);
    if (known) return known;
    const made = new PathTable(this, include, exclude, this.#keepShape);
    this.#tables.set(key, made);
    return made;
  }

  /** The rule for a value to which the paths have led. */
  rule(include: Places, exclude: readonly Node[]): Rule {
    const ends = [...(include === ALL ? [] : include), ...exclude].flatMap((node) => node.ends);
    if (include !== ALL && include.length === 0) return DROP;
    if (exclude.some((node) => node.ends.length > 0)) return ends.length === 0 ? DROP : { keeps: 'nothing', ends };
    const isAll = include === ALL || include.some((node) => node.ends.length > 0);
    const ways = exclude.filter(leadsOn);
    if (isAll && ways.length === 0) return ends.length === 0 ? KEEP : { keeps: 'all', ends };
    return { keeps: this.table(isAll ? ALL : include, ways), ends };
  }
}

function keyOf(places: Places): string {
  if (places === ALL) return ALL;
  return [...new Set(places.map(({ number }) => number))].sort((a, b) => a - b).join(',');
}

function leadsOn({ members, every }: Node): boolean {
  return members.size > 0 || every !== undefined;
}

class PathTable implements RuleTable {
  readonly names: ReadonlySet<string>;
  readonly isPlaced: boolean;
  readonly stays: boolean;
  readonly #tables: Tables;
  readonly #include: Places;
  readonly #exclude: readonly Node[];
  readonly #rules = new Map<string, Rule>();
  readonly #placed = new Map<number, Rule>();
  readonly #keepShape: boolean;
  #others: Rule | undefined;
  #elements: Rule | undefined;

  constructor(tables: Tables, include: Places, exclude: readonly Node[], keepShape: boolean) {
    this.#tables = tables;
    this.#include = include;
    this.#exclude = exclude;
    this.#keepShape = keepShape;
    this.stays = keepShape || include === ALL;
    const all = [...(include === ALL ? [] : include), ...exclude];
    this.names = new Set(all.flatMap(({ members }) => [...members.keys()]));
    this.isPlaced = !keepShape && [...this.names].some(isElementNumber);
  }

  get others(): Rule {
    this.#others ??= this.#rule(everyOf);
    return this.#others;
  }

  of(name: string): Rule {
    if (!this.names.has(name)) return this.others;
    let rule = this.#rules.get(name);
    if (!rule) {
      rule = this.#rule((node) => [...some(node.members.get(name)), ...everyOf(node)]);
      this.#rules.set(name, rule);
    }
    return rule;
  }

  get elements(): Rule {
    this.#elements ??= this.#rule((node) => [...insideArray(node), ...(this.#keepShape ? numbered(node) : [])]);
    return this.#elements;
  }

  element(index: number): Rule {
    const name = String(index);
    if (!this.isPlaced || !this.names.has(name)) return this.elements;
    let rule = this.#placed.get(index);
    if (!rule) {
      rule = this.#rule((node) => [...insideArray(node), ...some(node.members.get(name))]);
      this.#placed.set(index, rule);
    }
    return rule;
  }

  #rule(next: (node: Node) => readonly Node[]): Rule {
    const include = this.#include === ALL ? ALL : this.#include.flatMap(next);
    return this.#tables.rule(include, this.#exclude.flatMap(next));
  }
}

function some(node: Node | undefined): readonly Node[] {
  return node ? [node] : [];
}

function everyOf({ every }: Node): readonly Node[] {
  return some(every);
}

function insideArray(node: Node): readonly Node[] {
  const passed = passedOf(node);
  return [...(leadsOn(passed) ? [passed] : []), ...everyOf(node)];
}

function numbered({ members }: Node): readonly Node[] {
  return [...members].flatMap(([name, node]) => (isElementNumber(name) ? [node] : []));
}
