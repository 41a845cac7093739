/** Sluice's deflater in WebAssembly: compiled once, if the machine can run it. */
import { Buffer } from 'node:buffer';
import { SluiceError } from '../terms/errors.js';
import { BLOCK, DEFLATER_CODE, MEMORY_END, OUTPUT } from './deflater-code.js';

/** A block to deflate. */
export interface DeflateTask {
  /** At most 1 MiB. */
  readonly bytes: Buffer;
  /** At most 32 KiB before it, to which it may refer. */
  readonly window: Buffer;
  readonly level: number;
  /** Whether the output ends with the block; otherwise the block ends at a byte. */
  readonly last: boolean;
}

/** Places in the memory of the deflater, and its size in pages. */
export const DEFLATER_MEMORY = { block: BLOCK, output: OUTPUT, pages: MEMORY_END / (64 * 1024) } as const;

/** The export of `src/pack/deflater/index.ts`. */
interface DeflaterFunctions {
  deflate(window: number, length: number, level: number, last: number): number;
}

/** The used part of WebAssembly's interface, which the types of Node 20 lack. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: { env: { memory: { readonly buffer: ArrayBuffer } } }) => { exports: object };
};

let module: object | null | undefined;

/** The compiled code; null if the machine has no vectors, or forbids compiling. */
export function deflaterModule(): object | null {
  if (module === undefined) {
    try {
      module = new WebAssembly.Module(Buffer.from(DEFLATER_CODE, 'base64'));
    } catch {
      module = null;
    }
  }
  return module;
}

/** The smallest module with vectors, as the deflater has: a function that makes one, and counts its bits. */
const VECTORS = '0061736d010000000105016000017b030201000a0a0108004100fd0ffd620b';

let canRun: boolean | undefined;

/** Whether the machine can run the deflater, which is compiled only where something is deflated. */
export function canRunDeflater(): boolean {
  if (canRun === undefined) {
    try {
      new WebAssembly.Module(Buffer.from(VECTORS, 'hex'));
      canRun = true;
    } catch {
      canRun = false;
    }
  }
  return canRun;
}

let instance: { readonly bytes: Buffer; readonly functions: DeflaterFunctions } | undefined;

/**
 * Deflates in this thread, at about 2 ms a MiB.
 * @throws SluiceError `INTERNAL` if the machine cannot run the deflater, or has no memory for it
 */
export function deflateHere({ bytes, window, level, last }: DeflateTask): Buffer {
  instance ??= instantiate();
  const { bytes: memory, functions } = instance;
  memory.set(window, BLOCK - window.length);
  memory.set(bytes, BLOCK);
  const length = functions.deflate(window.length, bytes.length, level, last ? 1 : 0);
  // Never pooled: a small result would hold the pool.
  const output = Buffer.allocUnsafeSlow(length);
  memory.copy(output, 0, OUTPUT, OUTPUT + length);
  return output;
}

function instantiate(): { readonly bytes: Buffer; readonly functions: DeflaterFunctions } {
  const compiled = deflaterModule();
  if (!compiled) throw new SluiceError('INTERNAL', 'wrap', 'this machine cannot run the deflater of sluice');
  const memory = new WebAssembly.Memory({ initial: DEFLATER_MEMORY.pages });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  if (!hasFunctions(exports)) throw new SluiceError('INTERNAL', 'wrap', 'the deflater has other functions');
  return { bytes: Buffer.from(memory.buffer), functions: exports };
}

function hasFunctions(exports: object): exports is DeflaterFunctions {
  return 'deflate' in exports;
}
