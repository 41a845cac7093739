/** Line numbers of the input, and errors that name them. */
import type { ByteBatch, KnownLine } from '../terms/batch.js';
import { SluiceError, type StageName } from '../terms/errors.js';
import { NEWLINE } from './ascii.js';
import type { TextFault } from './text-faults.js';

/** Bytes after a newline that are examined one by one: for short lines, starting a search costs more. */
const NEAR = 64;

/** The number of newlines in `[start, end)`. */
export function countNewlines(bytes: Buffer, start: number, end: number): number {
  const view = bytes.subarray(start, end);
  let count = 0;
  let at = view.indexOf(NEWLINE);
  while (at >= 0) {
    count++;
    let next = at + 1;
    const near = Math.min(next + NEAR, view.length);
    while (next < near && view[next] !== NEWLINE) next++;
    at = next < near ? next : view.indexOf(NEWLINE, next);
  }
  return count;
}

/** The line of the byte at `at`, counted from a known line. */
export function lineAt(bytes: Buffer, known: KnownLine, at: number): number;
export function lineAt(bytes: Buffer, known: KnownLine | undefined, at: number): number | undefined;
export function lineAt(bytes: Buffer, known: KnownLine | undefined, at: number): number | undefined {
  return known && known.line + countNewlines(bytes, known.at, at);
}

/** The place of a fault in an input. */
export interface FaultPlace {
  readonly source: string;
  readonly recordIndex?: number;
  readonly byteOffset: number;
  readonly line: number | undefined;
}

/** The error of a faulty text; its message begins with the place in the form of editors: `catalog.ndjson:120: …`. */
export function textError({ code, message }: TextFault, stage: StageName, place: FaultPlace): SluiceError {
  const { source, recordIndex, byteOffset, line } = place;
  const at = line === undefined ? source : `${source}:${line}`;
  const record = recordIndex === undefined ? '' : `record ${recordIndex}, `;
  return new SluiceError(code, stage, `${at}: ${message} (${record}byte ${byteOffset})`, place);
}

/** The error of a fault in a batch of text; `recordIndex` if the record is known. */
export function batchError(batch: ByteBatch, fault: TextFault, stage: StageName, recordIndex?: number): SluiceError {
  const { source, bytes, byteOffset, knownLine } = batch;
  const line = lineAt(bytes, knownLine, fault.at);
  return textError(fault, stage, { source, recordIndex, byteOffset: byteOffset + fault.at, line });
}
