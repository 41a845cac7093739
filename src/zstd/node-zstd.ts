/** Zstandard, where Node has it: newer versions do than the types that sluice is compiled with. */
import { SluiceError } from '../terms/errors.js';

/** What is needed for Zstandard, and what there is. */
export const WITHOUT_ZSTD = `zstd needs Node 22.15 or newer (of 23, 23.8), and this is ${process.version}`;

/** Functions of zlib that newer versions have. */
export const ZSTD_DECOMPRESS = 'zstdDecompress';
export const ZSTD_COMPRESS = 'zstdCompress';
const CREATE_ZSTD_DECOMPRESS = 'createZstdDecompress';

/** A function of zlib; undefined where this version has none. */
function zlibFunction(name: string): ((...args: readonly unknown[]) => unknown) | undefined {
  const found: unknown = Reflect.get(zlib(), name);
  return typeof found === 'function' ? (...args) => Reflect.apply(found, zlib(), args) : undefined;
}

/** Loaded when it is needed: few exports need it. */
function zlib(): object {
  return process.getBuiltinModule('node:zlib');
}

/** Whether this version of Node reads and writes Zstandard. */
export function hasZstd(): boolean {
  return zlibFunction(CREATE_ZSTD_DECOMPRESS) !== undefined && zlibFunction(ZSTD_COMPRESS) !== undefined;
}

/** Creates a stream that decompresses Zstandard; undefined where this version has none. */
export function createZstdDecompress(options: Readonly<Record<string, unknown>>): unknown {
  return zlibFunction(CREATE_ZSTD_DECOMPRESS)?.(options);
}

/** The number of a parameter of Zstandard. */
export function zstdConstant(name: string): number {
  const value: unknown = Reflect.get(process.getBuiltinModule('node:zlib').constants, name);
  if (typeof value === 'number') return value;
  throw new SluiceError('INTERNAL', 'wrap', `this version of Node has no ${name}`);
}

/** Calls a function of zlib that takes bytes, options and a callback. */
export function zstdCall(
  name: typeof ZSTD_COMPRESS | typeof ZSTD_DECOMPRESS,
  bytes: Buffer,
  options: Readonly<Record<string, unknown>>,
): Promise<Buffer> {
  const call = zlibFunction(name);
  return new Promise((resolve, reject) => {
    if (!call) {
      reject(new SluiceError('INTERNAL', 'wrap', WITHOUT_ZSTD));
      return;
    }
    call(bytes, options, (failure: unknown, result: unknown) => {
      if (Buffer.isBuffer(result)) resolve(result);
      else reject(failure);
    });
  });
}
