/** A rejected record as plain JSON, for the file of rejects. */
import { isUtf8 } from 'node:buffer';
import type { Reject } from '../terms/receipt.js';

/** Reason, position and record: as text, or in base64 where it is not UTF-8 and JSON could not hold it. */
export function describeReject({ source, recordIndex, byteOffset, line, error, raw }: Reject): object {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const record = isUtf8(bytes) ? { raw: bytes.toString() } : { rawBase64: bytes.toString('base64') };
  return { source, recordIndex, byteOffset, line, code: error.code, message: error.message, ...record };
}
