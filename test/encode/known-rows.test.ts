/** Tables of many entities that are laid out alike: as text they make the table that they make as objects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { runs } from '../runs.js';

async function table(options: ExportOptions): Promise<string> {
  const chunks: Buffer[] = [];
  const dsv = { layout: 'fields', ...options.dsv } as const;
  for await (const chunk of exportEntities({ format: 'dsv', input: 'lines', ...options, dsv })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const plain = fc.oneof(
  fc.constantFrom<unknown>(1, -2.5, 1e21, 0, true, false, null, '', 'x', 'a,b', 'a;b', 'é', '-', '-1', '=1+1', '@x'),
  fc.constantFrom<unknown>('+49 30 123', "'t", "it's", '＝x', '\ufeffx', 'x'.repeat(16), `${'x'.repeat(40)},`),
  fc.constantFrom<unknown>('a"b', 'a\\b', 'a\nb', 'a\tb', 'true', '007', 'x'.repeat(15), `${'é'.repeat(8)},é`),
);
const value = fc.oneof(
  { weight: 12, arbitrary: plain },
  fc.constantFrom<unknown>([], ['a', 1], {}, [{ a: 1 }], { inner: 'y' }),
);

/** Kinds of entities: names, some of them inside another member, and how their text is spaced. */
const kind = fc.record({
  names: fc.uniqueArray(fc.constantFrom('sku', 'name', 'é', 'price', 'n'.repeat(40), 'b', 'c'), {
    minLength: 1,
    maxLength: 6,
  }),
  isNested: fc.boolean(),
  gap: fc.constantFrom('', '', ' '),
});

/** Entities of few kinds, most of them plain, each as its text. */
const lines = fc.array(kind, { minLength: 1, maxLength: 6 }).chain((kinds) =>
  fc.array(
    fc
      .tuple(fc.nat(kinds.length - 1), fc.array(value, { minLength: 6, maxLength: 6 }), fc.nat(9))
      .map(([at, values, odd]) => {
        const { names, isNested, gap } = kinds[at] ?? { names: [], isNested: false, gap: '' };
        const members = names.map((name, index) => `${JSON.stringify(name)}:${gap}${JSON.stringify(values[index])}`);
        // One in ten has a member less, or one twice.
        if (odd === 0) members.pop();
        if (odd === 1 && members[0]) members.push(members[0]);
        const inside = members.join(`,${gap}`);
        return isNested ? `{"in":{${inside}},"out":${gap}${JSON.stringify(values[0])}}` : `{${inside}}`;
      }),
    { minLength: 1, maxLength: 120 },
  ),
);

const settings = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '-', '😀'),
  quote: fc.constantFrom('"', "'"),
  nullText: fc.constantFrom(undefined, undefined, 'NULL'),
  guardFormulas: fc.boolean(),
  arrays: fc.constantFrom('join' as const, 'json' as const, 'explode' as const),
});

describe('a table of fields', () => {
  it('is the same of text as of objects, whatever their layouts and cells are', async () => {
    const property = fc.asyncProperty(lines, settings, chunkSizes, fc.boolean(), async (all, dsv, sizes, trust) => {
      const text = Buffer.from(all.map((line) => `${line}\n`).join(''));
      const ofText = await table({ source: bytes(chunked(text, sizes)), dsv, trust });
      expect(ofText).toBe(await table({ source: objects(all.map((line) => JSON.parse(line))), dsv }));
    });
    await fc.assert(property, runs(400));
  }, 120_000);

  it('has the rows of each file in it, where a file ends between entities of one layout', async () => {
    const entities = Array.from({ length: 2500 }, (_, n) => ({ n, t: `text ${n}`, flag: n % 2 === 0 }));
    const text = entities.map((one) => `${JSON.stringify(one)}\n`).join('');
    const sizes = { format: 'dsv', pack: 'zip', batchSize: 700 } as const;
    const zipped = async (source: ExportOptions['source']) => {
      const stream = exportEntities({ source, input: 'lines', dsv: { layout: 'fields' }, ...sizes });
      for await (const _ of stream);
      return (await stream.receipt).files?.map(({ records, bytes: size, sha256 }) => ({ records, size, sha256 }));
    };
    const files = await zipped(bytes([text]));
    expect(files?.map(({ records }) => records)).toEqual([700, 700, 700, 400]);
    expect(files).toEqual(await zipped(objects(entities)));
  });

  it('has a column that comes late in all rows, and names what is wrong with a record behind many of one layout', async () => {
    const many = Array.from({ length: 500 }, (_, n) => `{"n":${n},"t":"x"}\n`);
    const late = await table({ source: bytes([...many, '{"n":1,"t":"y","z":2}\n', ...many]) });
    const rows = late.split('\r\n').slice(0, -1);
    expect(rows[0]).toBe('n,t,z');
    expect(rows.slice(1).every((row) => row.split(',').length === 3)).toBe(true);
    expect(rows[501]).toBe('1,y,2');
    const faulty = table({ source: bytes([...many, '{"n":1,"t":tru}\n']), trust: true });
    await expect(faulty).rejects.toMatchObject({ code: 'INVALID_JSON', recordIndex: 500 });
  });
});
