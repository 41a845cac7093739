/** Conditions and projections by path together, of checked text, against the naive ones: what excerpts must not change. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import type { Condition } from '../../src/terms/criteria.js';
import { formatPath } from '../../src/terms/path.js';
import { parsePathFields } from '../../src/terms/path-fields.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { meetsCriteria, parseWithDigits } from '../naive/criteria.js';
import { projectedByPaths } from '../naive/paths.js';
import { runs } from '../runs.js';
import { collect } from './collect.js';
import { excludable } from './excludable.js';

const LIMIT_MS = 120_000;

/** Names of one byte, of a block and more, with an escape, and of characters beyond ASCII. */
const LONG = 'n'.repeat(70);
const NAMES = ['a', 'b', 'price', 'tags', 'é', 'exactly8', LONG, 'm'.repeat(62), ''];
const KEYS = [...NAMES.map((name) => JSON.stringify(name)), '"\\u0061"', '"other"', '"x\\"y"'];

const scalar = fc.oneof(
  fc.constantFrom('1', '-1.50', '0', '-0.5', '12345678901234567890', '1e3', '10.25', 'true', 'false', 'null'),
  fc.constantFrom('"x"', '""', '"a\\"b"', '"sale"', '"{[,:]}"', `"${'long '.repeat(40)}"`, '"\\u0031"'),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map((all) => `[ ${all.join(' , ')} ]`),
  fc.tuple(fc.constantFrom(...KEYS), scalar).map(([key, inner]) => `{${key} :${inner}}`),
  fc.constantFrom('[]', '{ }', '[{"a":1},{"a":[2]}]', '{"a":{"b":1}}'),
);
const space = fc.constantFrom('', '', '', ' ', '\t');
const entity = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), value, space), { maxLength: 8 })
  .map((all) => `{${all.map(([key, one, gap]) => `${gap}${key}${gap}:${gap}${one}${gap}`).join(',')}}`);

const name = fc.constantFrom(...NAMES.filter((one) => one !== ''));
const path = fc.oneof(
  { weight: 3, arbitrary: name.map((one) => [one]) },
  fc.tuple(name, fc.constantFrom('a', 'b', '0')),
);
const condition = fc.constantFrom(
  { gte: 1 },
  { exact: 'x' },
  { hasvalue: true },
  { hasvalue: false },
  { lt: 10.25, not: true },
  { exacts: ['sale', '1'] },
);
const paths = fc.array(path, { maxLength: 3 });

/** Criteria, a projection, or both. */
interface Asked {
  readonly criteria?: { readonly fields: readonly Readonly<Record<string, Condition>>[] };
  readonly fields?: { readonly include?: readonly string[]; readonly exclude?: readonly string[] };
}

const request = fc
  .record({
    tested: fc.array(fc.tuple(path, condition), { maxLength: 2 }),
    include: fc.option(
      paths.filter(({ length }) => length > 0),
      { nil: undefined },
    ),
    exclude: fc.option(
      paths.filter(({ length }) => length > 0),
      { nil: undefined, freq: 3 },
    ),
    renamed: fc.boolean(),
  })
  .map(({ tested, include, exclude, renamed }): Asked => {
    const first = include?.[0];
    const kept = include && [...include.map(formatPath), ...(renamed && first ? [`new=${formatPath(first)}`] : [])];
    const left = excludable(kept, exclude?.map(formatPath));
    const fields = { ...(kept ? { include: kept } : {}), ...(left ? { exclude: left } : {}) };
    return {
      ...(tested.length > 0 ? { criteria: { fields: tested.map(([at, one]) => ({ [at.join('.')]: one })) } } : {}),
      ...(kept || left ? { fields } : {}),
    };
  });

function expected(text: string, { criteria, fields = {} }: Asked): string | undefined {
  if (criteria && !meetsCriteria(parseWithDigits(text), criteria, { self: true, contexts: [] })) return undefined;
  const { include, exclude } = fields;
  if (!include && !exclude) return text;
  const span = Buffer.from(text);
  const parsed = parsePathFields(include, exclude, { include: 'include', exclude: 'exclude' });
  return projectedByPaths(span, { start: 0, end: span.length }, parsed);
}

describe('conditions and projections by path', () => {
  for (const input of ['lines', 'array', 'sequence'] as const) {
    for (const trust of [false, true]) {
      it(
        `of ${trust ? 'trusted' : 'checked'} ${input} are the naive ones, in chunks of any size`,
        async () => {
          // Some come again and again, as they do in files.
          const several = fc
            .array(entity, { minLength: 1, maxLength: 3 })
            .chain((few) => fc.array(fc.oneof(fc.constantFrom(...few), entity), { minLength: 1, maxLength: 40 }));
          const property = fc.asyncProperty(several, request, chunkSizes, async (entities, asked, sizes) => {
            const text = input === 'array' ? `[${entities.join(',')}]` : `${entities.join('\n')}\n`;
            const source = bytes(chunked(Buffer.from(text), sizes));
            const found = await collect({ source, input, trust, format: 'ndjson', request: asked });
            expect(found.error).toBeUndefined();
            const lines = entities.map((one) => expected(one, asked)).filter((one) => one !== undefined);
            expect(found.text).toBe(lines.map((line) => `${line}\n`).join(''));
            expect(found.receipt?.written).toBe(lines.length);
          });
          await fc.assert(property, runs(150));
        },
        LIMIT_MS,
      );
    }
  }

  it('find excerpts that are longer than their room, and an entity beside them', async () => {
    const long = `"${'x'.repeat(700_000)}"`;
    const text = `{"a":1,"b":${long}}\n{"a":2,"b":"y","c":3}\n{"a":3,"b":${long},"c":4}\n`;
    const asked = { criteria: { fields: [{ a: { gte: 2 } }] }, fields: { include: ['a', 'b'] } };
    const found = await collect({ source: bytes([text]), input: 'lines', format: 'ndjson', request: asked });
    expect(found.text).toBe(`{"a":2,"b":"y"}\n{"a":3,"b":${long}}\n`);
  });

  it('of many entities find each, where the room for excerpts fills up several times', async () => {
    const entities = Array.from({ length: 9000 }, (_, index) => ({ n: index, t: 'x'.repeat(200), rest: 1 }));
    const text = entities.map((one) => `${JSON.stringify(one)}\n`).join('');
    const asked = { criteria: { fields: [{ n: { gte: 100 } }] }, fields: { include: ['n', 't'] } };
    const found = await collect({ source: bytes([text]), input: 'lines', format: 'ndjson', request: asked });
    const wanted = entities.slice(100).map(({ n, t }) => `${JSON.stringify({ n, t })}\n`);
    expect(found.text).toBe(wanted.join(''));
  });

  it('leave a faulty entity the same fault, and reject it alone', async () => {
    const text = '{"a":1}\n{"a":2,"b":tru}\n{"a":3,"a":4}\n{"a":5,"id":1,"id":2}\n{"a":6} {"a":7}\n{"a":8}\n';
    const options = { input: 'lines', format: 'ndjson', onError: 'skip' } as const;
    const plain = await collect({ ...options, source: bytes([text]) });
    const asked = { criteria: { fields: [{ a: { gte: 0 } }] }, fields: { include: ['a'] } };
    const found = await collect({ ...options, source: bytes([text]), request: asked });
    expect(found.text).toBe('{"a":1}\n{"a":3,"a":4}\n{"a":8}\n');
    const faults = (one: typeof found) => one.receipt?.rejected;
    expect(faults(found)).toEqual(faults(plain));
    expect(faults(found)).not.toBe(0);
  });
});
