/** Faults of a text: of its grammar, its limits, and of what is outside its entities. */
import type { ErrorCode } from '../terms/errors.js';
import { EVERY, formatPath, type Path } from '../terms/path.js';
import { shellWord } from '../terms/shown-text.js';
import { COMMA, OPEN_BRACE, OPEN_BRACKET, RECORD_SEPARATOR } from './ascii.js';

/** A fault of a text. */
export interface TextFault {
  readonly code: ErrorCode;
  /** Offset in the scanned bytes. */
  readonly at: number;
  readonly message: string;
}

/** The fault of an empty document or array. */
export function emptyInput(at: number): TextFault {
  return { code: 'TRUNCATED', at, message: 'the input is empty, which is not a complete document' };
}

/** The fault of a value that begins at `at`. */
export function tooLarge(at: number, maxEntityBytes: number): TextFault {
  const message = `more than ${maxEntityBytes} bytes in one value (option maxEntityBytes)`;
  return { code: 'ENTITY_TOO_LARGE', at, message };
}

/** The fault of a bracket beyond the maximum. */
export function tooDeep(at: number, maxDepth: number): TextFault {
  return { code: 'TOO_DEEP', at, message: `more than ${maxDepth} nested brackets` };
}

/** The fault of a second member of a kind that readers treat differently: they differ in which of the two counts. */
export function secondMember(name: string, at: number): TextFault {
  return { code: 'DUPLICATE_KEY', at, message: `a second ${JSON.stringify(name)}` };
}

export function invalidJson(at: number, message: string): TextFault {
  return { code: 'INVALID_JSON', at, message };
}

export function noEntities(at: number, message: string): TextFault {
  return { code: 'NO_ENTITIES', at, message };
}

/** The fault of a response of the platform that reports an error: its entities may be incomplete. */
export function errorResponse(at: number): TextFault {
  const message = "the platform's response reports an error; a path to the entities (--path) reads them anyway";
  return { code: 'EXPORT_FAILED', at, message };
}

/**
 * The message for text after a document.
 * @param path that was given to its entities
 */
export function unexpectedAfter(bytes: Uint8Array, at: number, path: Path | undefined): string {
  const isValue = bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET;
  return `unexpected text after the document${isValue ? howToReadMany(path) : oddBeginning(bytes, at)}`;
}

/** How to read several documents in one input. */
function howToReadMany(path: Path | undefined): string {
  if (path === undefined) return '; input sequence (--input sequence) reads each value as a record';
  const names = path.at(-1) === EVERY ? path.slice(0, -1) : path;
  if (names.length === 0 || names.includes(EVERY)) return '';
  const word = shellWord(formatPath(names));
  return `; as a sequence, unwrap and explode reach its elements (--input sequence --unwrap ${word} --explode ${word})`;
}

/** Text for what is no record: a hint at the cause of how it begins. */
export function oddBeginning(bytes: Uint8Array, start: number): string {
  if (bytes[start] === 0) return '; it begins with NUL bytes, as a crash leaves in a file that is being written';
  const isMark = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
  return isMark
    ? '; a byte order mark, with which another file begins: read the files themselves, not what joins them'
    : '';
}

/** The message for text after the entity of a line. */
export function unexpectedOnLine(bytes: Uint8Array, at: number): string {
  const byte = bytes[at];
  const isNext = byte === OPEN_BRACE || byte === COMMA || byte === RECORD_SEPARATOR;
  const hint = isNext ? '; input sequence (--input sequence) reads several on a line' : oddBeginning(bytes, at);
  return `unexpected text after the entity on its line${hint}`;
}

/** The fault of a second member on the path to the entities, which would be in one of the two. */
export function secondOnPath(name: string, at: number): TextFault {
  return { code: 'DUPLICATE_KEY', at, message: `a second ${JSON.stringify(name)} on the path to the entities` };
}
