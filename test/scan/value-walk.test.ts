/** Walking into values: what is found, and how faulty and deep texts are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TextFault } from '../../src/scan/text-faults.js';
import { DEEPEST_WALK, ValueWalk } from '../../src/scan/value-walk.js';

class Refused extends Error {
  constructor(readonly fault: TextFault) {
    super(fault.message);
  }
}

/** The value as the walk finds it down to the depth `into`; deeper values are parsed. */
function walked(text: string, into = Number.POSITIVE_INFINITY, maxDepth = 1024): unknown {
  const bytes = Buffer.from(` ${text}]`);
  const walk = new ValueWalk(bytes, maxDepth, (fault) => {
    throw new Refused(fault);
  });
  walk.open(1, bytes.length - 1);
  const found = valueAt(into);
  return found;

  function valueAt(deep: number): unknown {
    const start = walk.pos;
    const opener = String.fromCharCode(bytes[start]);
    if (deep === 0 || (opener !== '{' && opener !== '[')) {
      walk.skip();
      return JSON.parse(bytes.toString('utf8', start, walk.pos));
    }
    const members: [string, unknown][] = [];
    walk.enter();
    while (opener === '{' ? walk.nextMember(members.length === 0) : walk.nextElement(members.length === 0)) {
      const key = opener === '{' ? JSON.parse(bytes.toString('utf8', walk.keyStart, walk.keyEnd)) : '';
      members.push([key, valueAt(deep - 1)]);
    }
    return opener === '{' ? Object.fromEntries(members) : members.map(([, value]) => value);
  }
}

function faultOf(text: string, maxDepth?: number): TextFault | undefined {
  try {
    walked(text, Number.POSITIVE_INFINITY, maxDepth);
  } catch (error) {
    if (error instanceof Refused) return error.fault;
    throw error;
  }
  return undefined;
}

describe('a walk', () => {
  it('finds the same values as JSON.parse, to any depth', () => {
    const property = fc.property(
      fc.jsonValue(),
      fc.nat({ max: 4 }),
      fc.constantFrom(0, 1, '\t'),
      (value, into, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(walked(text, into)).toEqual(JSON.parse(text));
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });

  it('reports the place of a fault', () => {
    for (const [text, at] of [
      ['{"a" 1}', 6],
      ['{"a":1 "b":2}', 8],
      ['{"a":1,}', 8],
      ['{a:1}', 2],
      ['{"a":tru}', 9],
      ['[1,]', 4],
      ['[1}', 3],
      ['{"a":1]', 7],
      ['{"a\u0001":1}', 4],
      ['{"a":"\\x"}', 8],
      ['{"a":', 6],
      ['[', 2],
    ] as const) {
      expect(faultOf(text), text).toMatchObject({ code: 'INVALID_JSON', at });
    }
  });

  it('refuses brackets beyond the maximum, entered or skipped', () => {
    expect(faultOf('[[[1]]]', 3)).toBeUndefined();
    expect(faultOf('[[[1]]]', 2)).toMatchObject({ code: 'TOO_DEEP', at: 3 });
    expect(() => walked('[[[1]]]', 1, 2)).toThrow('more than 2 nested brackets');
    const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(faultOf(deep(DEEPEST_WALK), 1e6)).toBeUndefined();
    expect(faultOf(deep(DEEPEST_WALK + 1), 1e6)).toMatchObject({ code: 'TOO_DEEP', at: DEEPEST_WALK + 1 });
    // Deep arrays do not count for the arrays beside them.
    expect(faultOf(`[${'[],'.repeat(50)}[]]`, 2)).toBeUndefined();
  });
});
