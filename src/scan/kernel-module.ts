/** Compiles the kernel once, if the machine can run it, and creates instances with memory. */
import { Buffer } from 'node:buffer';
import { KERNEL_CODE } from './kernel-code.js';

/** The exports of `src/scan/kernel/index.ts`; addresses are offsets in the memory. */
export interface KernelFunctions {
  addRule(table: number, name: number, length: number, rule: number, column: number): number;
  addExcerpted(name: number, length: number): void;
  addUnique(name: number, length: number): void;
  beginCheck(maxDepth: number): void;
  beginExcerpts(members: number, at: number, texts: number, room: number): void;
  beginMembers(maxDepth: number): void;
  beginProject(maxDepth: number, spanBytes: number): void;
  beginRows(at: number, capacity: number, ordinal: number): void;
  beginTable(delimiter: number, quote: number, flags: number, layouts: number): void;
  beginVerify(on: number): void;
  checkPart(start: number, end: number, limit: number, isFirst: number): number;
  clearSelection(): void;
  countNewlines(pos: number, end: number): number;
  encodeBase64(pos: number, length: number, to: number): void;
  isNearLayout(): number;
  projectEntities(from: number, rows: number, count: number, table: number, to: number, spans: number): number;
  projectedEnd(): number;
  rowsEnd(): number;
  scanElements(
    pos: number,
    end: number,
    due: number,
    loose: number,
    checked: number,
    maxDepth: number,
    maxBytes: number,
  ): number;
  scanLines(pos: number, end: number, checked: number, maxDepth: number, maxBytes: number): number;
  select(at: number, places: number, column: number, foldCase: number, seed: number): void;
  setLayouts(count: number): void;
  skipValue(pos: number, end: number, depth: number, inString: number, maxDepth: number): number;
  verifyEntity(start: number, end: number): number;
  wantAll(pos: number, lengths: number, count: number): void;
  wantMember(name: number, length: number, column: number): void;
  writeRows(from: number, spans: number, count: number, width: number, to: number): number;
}

/** The used part of WebAssembly's interface, which the types of Node 20 lack. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Memory: new (pages: { initial: number }) => KernelMemory;
  Instance: new (module: object, imports: { env: { memory: KernelMemory } }) => { exports: object };
};

/** Memory that grows in place; growth invalidates views of it. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Bytes of a page, the unit of growth. */
export const PAGE = 64 * 1024;

/** An instance of the kernel with its own memory. */
export interface KernelInstance {
  readonly memory: KernelMemory;
  readonly functions: KernelFunctions;
}

/** Creates an instance with so many pages; undefined if the machine cannot run it, or lacks the memory. */
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

/** The compiled code; null if the machine has no vectors, or forbids compiling. */
function compiled(): object | null {
  if (module === undefined) {
    // JavaScript reads rows in the byte order of the machine; the kernel writes little-endian.
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
  return 'scanLines' in exports && 'verifyEntity' in exports;
}
