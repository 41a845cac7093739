/** Members of one object: located by name, with the spans of their keys and values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemberCursor, MemberLocator, wantedMembers } from '../../src/scan/members.js';
import { DEFAULT_MEMBER_NAMES, MEMBER_COLUMN, type MemberName, ROW_WIDTH } from '../../src/terms/batch.js';
import { damaged, entityText } from '../naive/arbitraries.js';
import { Fault, firstBadByte, members, skipBalanced } from '../naive/json-text.js';

/** Keys and values in order, then the code and place of the fault, if there is one. */
type Walked = readonly (readonly [string, string] | readonly [string, number])[];

function walk(bytes: Buffer): Walked {
  const cursor = new MemberCursor();
  const walked: (readonly [string, string])[] = [];
  cursor.open(bytes, 0, bytes.length, 4);
  const text = (start: number, end: number) => bytes.toString('latin1', start, end);
  while (cursor.next()) {
    walked.push([text(cursor.keyStart, cursor.keyEnd), text(cursor.valueStart, cursor.valueEnd)]);
  }
  return cursor.fault ? [...walked, [cursor.fault.code, cursor.fault.at]] : walked;
}

function walkNaively(bytes: Buffer): Walked {
  const walked: (readonly [string, string])[] = [];
  try {
    for (const { key, value } of members(bytes, 0, bytes.length, 4, skipBalanced)) {
      walked.push([bytes.toString('latin1', key.start, key.end), bytes.toString('latin1', value.start, value.end)]);
    }
    return walked;
  } catch (fault) {
    if (fault instanceof Fault) return [...walked, [fault.code, fault.at]];
    throw fault;
  }
}

describe('MemberCursor', () => {
  it('finds the same members and faults as the naive judge', () => {
    const texts = fc.oneof(
      entityText.map((text) => Buffer.from(text)),
      damaged(entityText),
    );
    const property = fc.property(texts, (bytes) => {
      fc.pre(bytes[0] === 0x7b && firstBadByte(bytes, 0, bytes.length) < 0);
      expect(walk(bytes)).toEqual(walkNaively(bytes));
    });
    fc.assert(property, { numRuns: 3000 });
  }, 30_000);

  it('resets the fault for the next object', () => {
    const cursor = new MemberCursor();
    cursor.open(Buffer.from('{x'), 0, 2, 4);
    expect(cursor.next()).toBe(false);
    expect(cursor.fault).toMatchObject({ code: 'INVALID_JSON', at: 1 });
    cursor.open(Buffer.from('{"a":1}'), 0, 7, 4);
    expect(cursor.next()).toBe(true);
    expect(cursor.fault).toBeUndefined();
  });
});

describe('a locator of members', () => {
  /** The texts of the located members; '' for an absent one. */
  function locate(
    text: string,
    wanted: readonly MemberName[],
    checked = false,
  ): { fault?: string; found: readonly string[] } {
    const bytes = Buffer.from(text);
    const rows = new Int32Array(2 * ROW_WIDTH).fill(99);
    const names = wantedMembers(wanted, DEFAULT_MEMBER_NAMES);
    const fault = new MemberLocator(names, 9, { checked }).locate(bytes, 0, bytes.length, rows, ROW_WIDTH);
    const found = wanted.map((name) => {
      const start = rows[ROW_WIDTH + MEMBER_COLUMN[name]];
      return start < 0 ? '' : bytes.toString('utf8', start, rows[ROW_WIDTH + MEMBER_COLUMN[name] + 1]);
    });
    return { ...(fault ? { fault: fault.code } : {}), found };
  }

  it('locates the first of two, strings with their quotes', () => {
    expect(locate('{"id":"a","id":"b","type":7}', ['id', 'type'])).toEqual({ found: ['"a"', '7'] });
  });

  it('refuses a second one when it checks', () => {
    const text = '{"id":"a","id":"b","type":7}';
    expect(locate(text, ['id', 'type'], true)).toEqual({ fault: 'DUPLICATE_KEY', found: ['"a"', ''] });
    expect(locate(text, ['type'], true)).toEqual({ found: ['7'] });
  });

  it('marks absent members, also in a reused row', () => {
    expect(locate('{"x":{"id":1}}', ['id', 'type'])).toEqual({ found: ['', ''] });
  });

  it('reads no further than to the last of them', () => {
    expect(locate('{"type":"t","id":1,oops', ['id', 'type'])).toEqual({ found: ['1', '"t"'] });
    expect(locate('{"type":"t","id":1,oops', ['name'])).toEqual({ fault: 'INVALID_JSON', found: [''] });
  });

  it('compares names by their text, not by their bytes', () => {
    expect(locate('{"\\u0069\\u0064":1}', ['id'])).toEqual({ found: ['1'] });
    expect(locate('{"\\\\u0069d":1,"i\\/d":2,"I\\u0064":3}', ['id'])).toEqual({ found: [''] });
  });
});
