/** Setup for tests without the kernel: WebAssembly is hidden, so plain TypeScript does all work. */
import { vi } from 'vitest';
import { borrowKernel } from '../src/scan/kernel.js';

// The kernel is looked for once. Parts of Node need WebAssembly afterwards.
vi.stubGlobal('WebAssembly', undefined);
const found = borrowKernel();
vi.unstubAllGlobals();
if (found ?? borrowKernel()) throw new Error('there is a kernel all the same');
