/** The id, type or name of an entity, for batches of bytes and of objects. */

import { MINUS, NINE, QUOTE, ZERO } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { type Batch, MEMBER_COLUMN, type MemberName, ROW_WIDTH } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';

/**
 * The text of an entity's id, type or name: the decoded text of a string, or the digits of a number that is an id or a
 * type. Undefined if the member is absent or of another kind.
 */
export function memberText(batch: Batch, position: number, member: MemberName): string | undefined {
  if (batch.kind === 'objects') {
    const value: unknown = Reflect.get(batch.objects[position], batch.memberNames[member]);
    if (typeof value === 'string') return value;
    return member !== 'name' && typeof value === 'number' ? String(value) : undefined;
  }
  const { bytes, rows } = batch;
  const column = position * ROW_WIDTH + MEMBER_COLUMN[member];
  const start = rows[column];
  if (start < 0) return undefined;
  const end = rows[column + 1];
  const first = bytes[start];
  if (first === QUOTE) return decodeString(bytes, start, end);
  const isNumber = first === MINUS || (first >= ZERO && first <= NINE);
  return member !== 'name' && isNumber ? bytes.toString('latin1', start, end) : undefined;
}

/**
 * Refuses a batch whose reader did not locate a member that a filter needs.
 * @throws SluiceError `INVALID`
 */
export function requireLocated(batch: Batch, member: MemberName): void {
  if (batch.kind === 'objects' || batch.located.includes(member)) return;
  throw new SluiceError('INVALID', 'select', `readEntities must locate "${member}" for a filter by it`);
}
