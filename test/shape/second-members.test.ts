/** Members that come twice: both readers refuse the same ones, in the same record. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { runs } from '../runs.js';
import { run } from './outcome.js';

/** The text of a value, whose objects may have a name twice. */
const text = fc.letrec<{ value: string; members: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('1', 'null', '"a"', '[]'),
    fc.array(tie('members'), { maxLength: 2 }).map((all) => `[${all.join(',')}]`),
    tie('members'),
  ),
  members: fc
    .array(fc.tuple(fc.constantFrom('id', 'type', 'doc', 'list', 'n'), tie('value')), { maxLength: 4 })
    .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`),
}));

const SHAPES = [
  {},
  { unwrap: 'doc' },
  { unwrap: 'doc', keep: ['k=n', 'm=list.0.id'] },
  { unwrap: 'doc.doc', idField: 'n' },
  { explode: 'list' },
  { explode: 'doc.list', keep: ['k=n'] },
  { explode: 'list', unwrap: 'list.doc' },
] as const;

describe.each(['lines', 'array', 'sequence', 'document'] as const)('%s', (input) => {
  test('have the same outcome with both readers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text.members, { maxLength: 4 }), fc.constantFrom(...SHAPES), async (all, shape) => {
        const whole = { lines: `${all.join('\n')}\n`, sequence: all.join(' '), array: `[${all.join(',')}]` };
        const source = () => bytes([input === 'document' ? `{"entities":[${all.join(',')}]}` : whole[input]]);
        const scanned = await run({ source: source(), input, ...shape });
        const assembled = await run({ source: source(), input, ...shape, reader: 'stream-json' });
        expect(assembled.error?.code).toBe(scanned.error?.code);
        expect(assembled.error?.recordIndex).toBe(scanned.error?.recordIndex);
        const values = (lines: readonly string[]) => lines.map((line): unknown => JSON.parse(line));
        expect(values(assembled.lines)).toEqual(values(scanned.lines));
      }),
      runs(100),
    );
  });
});

test.each([
  ['unwrap', { unwrap: 'doc' }, '{"doc":{"n":1},"doc":{"n":2}}', '"doc"'],
  ['keep', { unwrap: 'doc', keep: ['n'] }, '{"n":1,"doc":{},"n":2}', '"n"'],
  ['explode', { explode: 'list' }, '{"list":[1],"list":[2]}', '"list"'],
  ['a deeper id', { idField: 'doc.id', request: { ids: ['1'] } }, '{"doc":{"id":1,"id":1}}', '"id"'],
  ['nest', { nest: 'parent' }, '{"id":1,"parent":null,"parent":null}', '"parent"'],
] as const)('a second name of %s is refused by stream-json too', async (_what, shape, line, name) => {
  for (const reader of ['scan', 'stream-json'] as const) {
    const { error } = await run({ source: bytes([`{"doc":{}}\n${line}\n`]), input: 'lines', ...shape, reader });
    expect(error).toMatchObject({ code: 'DUPLICATE_KEY', recordIndex: 1, line: 2 });
    expect(error?.message).toContain(`a second ${name}`);
  }
});
