/** The id, type or name of an entity, for batches of bytes and of objects. */

import { QUOTE } from '../scan/ascii.js';
import { findAt } from '../scan/member-tree.js';
import { spanText } from '../scan/span-text.js';
import { type Batch, MEMBER_COLUMN, type MemberName, type ObjectBatch, ROW_WIDTH } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { valueAt } from '../terms/json-value.js';

/**
 * The text of an entity's id, type or name: the decoded text of a string, or the digits of a number that is an id or a
 * type. Undefined if the member is absent or of another kind.
 */
export function memberText(batch: Batch, position: number, member: MemberName): string | undefined {
  const deeper = batch.deeper?.[member];
  if (batch.kind === 'objects') {
    const value = memberValue(batch, position, member);
    if (typeof value === 'string') return value;
    return member !== 'name' && typeof value === 'number' ? String(value) : undefined;
  }
  const { bytes, rows } = batch;
  const column = position * ROW_WIDTH + MEMBER_COLUMN[member];
  const start = rows[column];
  if (start < 0) return undefined;
  if (deeper) {
    const span = findAt(bytes, start, rows[column + 1], deeper);
    return span && textIn(bytes, span.start, span.end, member);
  }
  return textIn(bytes, start, rows[column + 1], member);
}

/** Whether the entity has no such member. */
export function isMemberAbsent(batch: Batch, position: number, member: MemberName): boolean {
  if (batch.kind === 'objects') return memberValue(batch, position, member) === undefined;
  const column = position * ROW_WIDTH + MEMBER_COLUMN[member];
  const start = batch.rows[column];
  if (start < 0) return true;
  const deeper = batch.deeper?.[member];
  return deeper !== undefined && findAt(batch.bytes, start, batch.rows[column + 1], deeper) === undefined;
}

function memberValue({ objects, memberNames, deeper }: ObjectBatch, position: number, member: MemberName): unknown {
  const value: unknown = Reflect.get(objects[position], memberNames[member]);
  const names = deeper?.[member];
  return names ? valueAt(value, names) : value;
}

/** A name is text, an id or a type a number too. */
function textIn(bytes: Buffer, start: number, end: number, member: MemberName): string | undefined {
  return member === 'name' && bytes[start] !== QUOTE ? undefined : spanText(bytes, start, end);
}

/**
 * Refuses a batch whose reader did not locate a member that a filter needs.
 * @throws SluiceError `INVALID`
 */
export function requireLocated(batch: Batch, member: MemberName): void {
  if (batch.kind === 'objects' || batch.located.includes(member)) return;
  throw new SluiceError('INVALID', 'select', `readEntities must locate "${member}" for a filter by it`);
}
