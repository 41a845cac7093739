/** The `Range` and the validators of a request, for a file of known size and digest (RFC 9110). */
import type { IncomingHttpHeaders } from 'node:http';
import parseRange from 'range-parser';
import type { ByteRange } from '../results/blob-store.js';

/** The range to send; `whole` if there is no valid one, `unsatisfiable` if it is beyond the end. */
export function rangeOf(
  headers: IncomingHttpHeaders,
  etag: string,
  bytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const { range, 'if-range': condition } = headers;
  if (range === undefined || !/^bytes\s*=/i.test(range)) return 'whole';
  // A date does not prove that the bytes are the same, and neither does a weak tag.
  if (condition !== undefined && String(condition).trim() !== etag) return 'whole';
  if (range.includes(',')) return 'whole';
  // range-parser rejects a suffix that is longer than the file; it means the complete file.
  const suffix = /^bytes\s*=\s*-(\d+)\s*$/i.exec(range)?.[1];
  if (suffix !== undefined && Number(suffix) >= bytes && bytes > 0) return { start: 0, end: bytes };
  const ranges = parseRange(bytes, range);
  if (ranges === -2) return 'whole';
  if (ranges === -1) return 'unsatisfiable';
  return ranges.length === 1 ? { start: ranges[0].start, end: ranges[0].end + 1 } : 'whole';
}

/** Whether the client already has the file. */
export function isUnchanged({ 'if-none-match': tags }: IncomingHttpHeaders, etag: string): boolean {
  return tags !== undefined && tagsOf(tags).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

/** Whether the client wants another file than there is; a weak tag does not promise the same bytes. */
export function isOther({ 'if-match': tags }: IncomingHttpHeaders, etag: string): boolean {
  return tags !== undefined && !tagsOf(tags).some((tag) => tag === '*' || tag === etag);
}

function tagsOf(tags: string): readonly string[] {
  return tags.split(',').map((tag) => tag.trim());
}
