/** Names that are looked for in one object or array, found by the bytes of a key or the number of an element. */
import { decodeString, hasEscape, stringEquals } from './bytes.js';

/** Names up to which comparing with each is faster than a look-up. */
const FEW = 6;

/** Spreads the bits of a byte over a hash (FNV-1a). */
const PRIME = 0x01000193;

/** What has a name. */
interface Named {
  readonly name: string;
  /** The name in UTF-8. */
  readonly bytes: Uint8Array;
}

/** Members by their names. */
export class Branches<B extends Named> {
  readonly #all: B[] = [];
  readonly #byName = new Map<string, B>();
  readonly #byElement = new Map<number, B>();
  readonly #byHash = new Map<number, B[]>();

  get size(): number {
    return this.#all.length;
  }

  get(name: string): B | undefined {
    return this.#byName.get(name);
  }

  /** Adds a name that is not there yet. */
  add(branch: B): void {
    const { name, bytes } = branch;
    this.#all.push(branch);
    this.#byName.set(name, branch);
    const index = Number(name);
    if (String(index) === name) this.#byElement.set(index, branch);
    const hash = hashOf(bytes, 0, bytes.length);
    const others = this.#byHash.get(hash);
    if (others) others.push(branch);
    else this.#byHash.set(hash, [branch]);
  }

  /** The one that the string token at `[start, end)` spells, quotes included. */
  ofKey(bytes: Buffer, start: number, end: number): B | undefined {
    if (this.#all.length > FEW) return this.#ofMany(bytes, start, end);
    for (const branch of this.#all) if (stringEquals(bytes, start, end, branch.name, branch.bytes)) return branch;
    return undefined;
  }

  /** The one for the element with this number, from 0. */
  ofElement(index: number): B | undefined {
    return this.#byElement.size === 0 ? undefined : this.#byElement.get(index);
  }

  #ofMany(bytes: Buffer, start: number, end: number): B | undefined {
    if (hasEscape(bytes, start, end)) return this.#byName.get(decodeString(bytes, start, end));
    const same = this.#byHash.get(hashOf(bytes, start + 1, end - 1));
    return same?.find(({ name, bytes: wanted }) => stringEquals(bytes, start, end, name, wanted));
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], PRIME);
  // The low bits alone make a small integer, which a map finds without memory for it.
  return hash & 0x3fffffff;
}
