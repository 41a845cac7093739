/** For tests: what a scanner should find, by the naive judge. */
import type { ScanOptions } from '../../src/scan/scanner.js';
import type { MemberName } from '../../src/terms/batch.js';
import { Fault } from '../naive/json-text.js';
import { records } from '../naive/records.js';
import { type Found, type FoundEntity, type FoundReject, lineIn } from './scan-all.js';

/** The result for the complete input at once. */
export function scanNaively(input: Buffer, options: ScanOptions): Found {
  const entities: FoundEntity[] = [];
  const rejects: FoundReject[] = [];
  let index = 0;
  const lineOf = (at: number) => lineIn(input, at);
  const text = (start: number, end: number) => input.toString('latin1', start, end);
  try {
    for (const { start, end, located, fault } of records(input, options)) {
      if (fault) {
        // The record without the white space that JSON allows around it.
        const [raw] = /[^ \t\r\n](?:.*[^ \t\r\n])?/s.exec(text(start, end)) ?? [''];
        const from = start + text(start, end).indexOf(raw);
        const where = { byteOffset: fault.at, line: lineOf(fault.at), start: from, firstLine: lineOf(from) };
        rejects.push({ code: fault.code, recordIndex: index, ...where, raw });
      } else {
        const members: Partial<Record<MemberName, string>> = {};
        for (const [name, value] of located) members[name] = text(value.start, value.end);
        entities.push({ index, start, line: lineOf(start), text: text(start, end), members });
      }
      index++;
    }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { code, at } = fault;
    return { entities, rejects, fault: { code, recordIndex: index, byteOffset: at, line: lineOf(at) } };
  }
  return { entities, rejects };
}
