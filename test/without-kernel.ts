/** Set up for tests: a machine that cannot run the kernel, so that plain TypeScript does all the work. */
import { vi } from 'vitest';
import { borrowKernel } from '../src/scan/kernel.js';

// Whether there is a kernel is found once. Node's own parts want their WebAssembly back.
vi.stubGlobal('WebAssembly', undefined);
const found = borrowKernel();
vi.unstubAllGlobals();
if (found ?? borrowKernel()) throw new Error('there is a kernel all the same');
