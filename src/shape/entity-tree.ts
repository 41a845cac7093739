/** Where the parts of an entity are: in its record, or in the element that it is made of. */
import { MemberTree, type Span } from '../scan/member-tree.js';
import type { TextFault } from '../scan/text-faults.js';
import { MEMBER_NAMES, type MemberName } from '../terms/batch.js';
import type { Names } from '../terms/path.js';
import { makesElements, type Shape } from './shape.js';

/** The slots: the entity, the array, id, type and name, then the kept values, and the members that these may clash with. */
const ENTITY = 0;
const ARRAY = 1;
const FIRST_MEMBER = 2;
const FIRST_KEPT = FIRST_MEMBER + MEMBER_NAMES.length;

/** Finds them in one walk over a text. */
export class EntityTree {
  readonly #tree: MemberTree;
  readonly #kept: number;
  /** Whether the entity is the text itself. */
  #isWhole = true;

  /** Finds in records: kept values, the array, and the entity unless elements hold it. */
  static ofRecords(shape: Shape): EntityTree {
    const tree = new EntityTree(shape);
    for (const [index, { path }] of shape.keep.entries()) tree.#tree.add(path, FIRST_KEPT + index, true);
    if (shape.explode.length > 0) tree.#tree.add(shape.explode, ARRAY, true);
    if (!makesElements(shape)) tree.#addEntity(shape, shape.unwrap);
    return tree;
  }

  /** Finds the entity in elements; undefined unless elements hold it. */
  static ofElements(shape: Shape): EntityTree | undefined {
    if (!makesElements(shape)) return undefined;
    const tree = new EntityTree(shape);
    tree.#addEntity(shape, shape.unwrap.slice(shape.explode.length));
    return tree;
  }

  private constructor({ keep }: Shape) {
    this.#kept = keep.length;
    this.#tree = new MemberTree(FIRST_KEPT + 2 * keep.length);
  }

  #addEntity({ keep, idFromKey, memberNames, deeper, locate }: Shape, unwrap: Names): void {
    this.#isWhole = unwrap.length === 0;
    if (!this.#isWhole) this.#tree.add(unwrap, ENTITY, true);
    for (const [index, member] of MEMBER_NAMES.entries()) {
      const isLocated = locate.includes(member);
      const path = [...unwrap, memberNames[member]];
      if (isLocated || member !== 'name') {
        const hasSlot = isLocated || (idFromKey && member === 'id');
        this.#tree.add(path, hasSlot ? FIRST_MEMBER + index : undefined, true);
      }
      const further = isLocated ? deeper[member] : undefined;
      if (further) this.#tree.add([...path, ...further], undefined, true);
    }
    for (const [index, { name }] of keep.entries()) {
      this.#tree.add([...unwrap, name], FIRST_KEPT + keep.length + index, false);
    }
  }

  /** Begins with the bytes of a batch; of members that come twice the first counts in `trusted` ones. */
  begin(bytes: Buffer, maxDepth: number, trusted: boolean): void {
    this.#tree.begin(bytes, maxDepth, trusted);
  }

  /** Walks over a text; returns its fault, if any. The places are those in this text until the next walk. */
  find(start: number, end: number): TextFault | undefined {
    return this.#tree.find(start, end);
  }

  /** The same in steps, for a long text. */
  findInSteps(start: number, end: number): Generator<void, TextFault | undefined> {
    return this.#tree.findInSteps(start, end);
  }

  /** The value that is the entity of the text. */
  entity(text: Span): Span | undefined {
    return this.#isWhole ? text : this.#at(ENTITY);
  }

  array(): Span | undefined {
    return this.#at(ARRAY);
  }

  member(member: MemberName): Span | undefined {
    return this.#at(FIRST_MEMBER + MEMBER_NAMES.indexOf(member));
  }

  /** Where the key of the id begins. */
  idKeyStart(): number {
    return this.#tree.keyStart(FIRST_MEMBER);
  }

  /** The kept value with this number. */
  kept(index: number): Span | undefined {
    return this.#at(FIRST_KEPT + index);
  }

  /** Where the entity has a member of the name of a kept one; -1 if it has none. */
  clashStart(index: number): number {
    return this.#tree.keyStart(FIRST_KEPT + this.#kept + index);
  }

  #at(slot: number): Span | undefined {
    const start = this.#tree.start(slot);
    return start < 0 ? undefined : { start, end: this.#tree.end(slot) };
  }
}
