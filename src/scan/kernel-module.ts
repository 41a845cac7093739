/** The code of the kernel: compiled once, where the machine can run it, and given memory. */
import { Buffer } from 'node:buffer';
import { KERNEL_CODE } from './kernel-code.js';

/** What `src/scan/kernel/index.ts` exports; addresses are offsets in the memory. */
export interface KernelFunctions {
  addRule(table: number, name: number, length: number, rule: number, column: number): void;
  addUnique(name: number, length: number): void;
  beginCheck(maxDepth: number): void;
  beginMembers(maxDepth: number): void;
  beginProject(maxDepth: number, keepContainers: boolean): void;
  beginRows(at: number, capacity: number, ordinal: number): void;
  checkEntity(start: number, end: number): number;
  clearSelection(): void;
  countNewlines(pos: number, end: number): number;
  projectEntity(start: number, end: number, table: number, to: number, row: number): number;
  scanElements(pos: number, end: number, due: number, checked: number, maxDepth: number, maxBytes: number): number;
  scanLines(pos: number, end: number, checked: number, maxDepth: number, maxBytes: number): number;
  select(at: number, places: number, column: number, foldCase: number, seed: number): void;
  skipValue(pos: number, end: number, depth: number, inString: number, maxDepth: number): number;
  wantAll(pos: number, lengths: number, count: number): void;
  wantMember(name: number, length: number, column: number): void;
}

/** The part of WebAssembly's interface that is used here; the types of Node 20 do not have it. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Memory: new (pages: { initial: number }) => KernelMemory;
  Instance: new (module: object, imports: { env: { memory: KernelMemory } }) => { exports: object };
};

/** Memory that grows in place; growth makes views of it void. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Bytes of a page, in which memory grows. */
export const PAGE = 64 * 1024;

/** The kernel with memory of its own. */
export interface KernelInstance {
  readonly memory: KernelMemory;
  readonly functions: KernelFunctions;
}

/** Makes a kernel with so many pages; undefined where the machine cannot run it, or has no memory for one more. */
export function instantiate(pages: number): KernelInstance | undefined {
  const module = compiled();
  if (!module) return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: pages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return hasFunctions(exports) ? { memory, functions: exports } : undefined;
  } catch {
    return undefined;
  }
}

let module: object | null | undefined;

/** The compiled code; null where vectors are missing, or code may not be compiled. */
function compiled(): object | null {
  if (module === undefined) {
    // Rows are read in the machine's order of bytes, while the kernel always writes the lowest first.
    const lowestFirst = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    try {
      module = lowestFirst ? new WebAssembly.Module(Buffer.from(KERNEL_CODE, 'base64')) : null;
    } catch {
      module = null;
    }
  }
  return module;
}

function hasFunctions(exports: object): exports is KernelFunctions {
  return 'scanLines' in exports && 'checkEntity' in exports;
}
