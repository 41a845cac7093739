/** Values that are read by their quotes and brackets, and become entities when they are complete. */
import { CLOSE_BRACE, QUOTE } from './ascii.js';
import { type Skip, skipNested } from './bytes.js';
import { readRest } from './rest.js';
import { invalidJson, type TextFault } from './text-faults.js';
import type { ScanState } from './walk.js';

/** Continues a nested value or string, with the kernel as far as it can decide; returns the offset to continue from. */
export function skipBalanced(state: ScanState, pos: number, end: number, skip: Skip): number {
  const { kernel, window } = state;
  if (kernel && pos < end && (skip.depth > 0 || !(skip.inString || window.bytes[pos] === QUOTE))) {
    const next = kernel.skipValue(pos, end, skip.depth, skip.inString, skip.maxDepth);
    if (next > 0) {
      skip.depth = kernel.depth;
      skip.inString = kernel.inString;
      return next;
    }
  }
  const next = skipNested(window.bytes, pos, end, skip);
  state.countWork(next - pos);
  return next;
}

/** Adds the row of the entity at `[start, end)`, whose quotes and brackets balance; returns its fault, if any. */
export function addEntity(state: ScanState, start: number, end: number): TextFault | undefined {
  const { options, rows, members } = state;
  const { bytes } = state.window;
  if (bytes[end - 1] !== CLOSE_BRACE) return invalidJson(end - 1, '"}" is due');
  if (isAddedByKernel(state, start, end)) return undefined;
  state.countWork(end - start);
  const fault = members.locate(bytes, start, end, rows.rows, rows.next);
  const after = options.trust || fault ? fault : readRest(bytes, members.after, end, options.maxDepth, members.wanted);
  if (typeof after === 'object') return after;
  rows.add(start, end, state.covers);
  state.covers++;
  return undefined;
}

/** Lets the kernel add the entity; false leaves it to the scalar reader, which takes many times as long for a large one. */
function isAddedByKernel(state: ScanState, start: number, end: number): boolean {
  const { kernel, options, covers } = state;
  if (!kernel || options.idFromKey || end - start < LARGE_BYTES) return false;
  const { pos } = kernel.scanElements(start, end, covers, { due: 'element' }, options);
  if (pos !== end) return false;
  state.takeScanned(kernel);
  return true;
}

/** Smaller entities cost less than the call of the kernel. */
const LARGE_BYTES = 4096;
