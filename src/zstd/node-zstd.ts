/** Zstandard, where Node has it: newer versions do than the types that sluice is compiled with. */
import zlib from 'node:zlib';
import { SluiceError } from '../terms/errors.js';

/** What is needed for Zstandard, and what there is. */
export const WITHOUT_ZSTD = `zstd needs Node 22.15 or newer (of 23, 23.8), and this is ${process.version}`;

/** A function of zlib; undefined where this version has none. */
function zlibFunction(name: string): ((...args: readonly unknown[]) => unknown) | undefined {
  const found: unknown = Reflect.get(zlib, name);
  return typeof found === 'function' ? (...args) => Reflect.apply(found, zlib, args) : undefined;
}

/** `zlib.createZstdDecompress`, `zlib.zstdDecompress` and `zlib.zstdCompress`. */
export const CREATE_ZSTD_DECOMPRESS = zlibFunction('createZstdDecompress');
export const ZSTD_DECOMPRESS = zlibFunction('zstdDecompress');
export const ZSTD_COMPRESS = zlibFunction('zstdCompress');

/** Whether this version of Node reads and writes Zstandard. */
export function hasZstd(): boolean {
  return CREATE_ZSTD_DECOMPRESS !== undefined && ZSTD_COMPRESS !== undefined;
}

/** The number of a parameter of Zstandard. */
export function zstdConstant(name: string): number {
  const value: unknown = Reflect.get(zlib.constants, name);
  if (typeof value === 'number') return value;
  throw new SluiceError('INTERNAL', 'wrap', `this version of Node has no ${name}`);
}

/** Calls a function of zlib that takes bytes, options and a callback. */
export function zstdCall(
  call: ((...args: readonly unknown[]) => unknown) | undefined,
  bytes: Buffer,
  options: Readonly<Record<string, unknown>>,
): Promise<Buffer> {
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
