/** What can be wrong with a document beside its entities. */
import type { TextFault } from './members.js';
import type { ScanState } from './walk.js';

/** The fault of a document, or an array, of which there is nothing. */
export function emptyInput(at: number): TextFault {
  return { code: 'TRUNCATED', at, message: 'the input is empty, which no whole document is' };
}

export function tooLarge(state: ScanState): TextFault {
  const message = `more than ${state.options.maxEntityBytes} bytes in one value (option maxEntityBytes)`;
  return { code: 'ENTITY_TOO_LARGE', at: state.window.start, message };
}

export function invalid(at: number, message: string): TextFault {
  return { code: 'INVALID_JSON', at, message };
}

export function noEntities(at: number, message: string): TextFault {
  return { code: 'NO_ENTITIES', at, message };
}

/** The fault of an answer whose entities may not be all there are. */
export function errorAnswer(at: number): TextFault {
  const message = 'the answer of the platform tells of an error; a path to the entities (--path) reads them anyway';
  return { code: 'EXPORT_FAILED', at, message };
}
