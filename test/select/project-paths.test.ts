/** Projection by paths: what stays of an entity of any shape, for text and for objects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { EVERY, formatPath, type Path } from '../../src/terms/path.js';
import { parsePathFields } from '../../src/terms/path-fields.js';
import type { RequestFields } from '../../src/terms/request.js';
import { chunked, chunkSizes, entityText } from '../naive/arbitraries.js';
import { projectedByPaths } from '../naive/paths.js';
import { runs } from '../runs.js';
import { collect } from './collect.js';
import { excludable } from './excludable.js';

async function projected(entity: string, fields: RequestFields): Promise<string> {
  const { text, error } = await collect({
    ...{ source: bytes([entity]), request: { fields }, format: 'ndjson', input: 'lines' },
  });
  if (error) throw error;
  const ofObject = await collect({ source: objects([JSON.parse(entity)]), request: { fields }, format: 'ndjson' });
  expect(JSON.parse(ofObject.text)).toEqual(JSON.parse(text));
  return text.trimEnd();
}

const ORDER =
  '{"id":"o1", "type":"order","price":{"amount": 10.50 ,"currency":"EUR","net":9},"tags":["a","b"],' +
  '"lines":[{"sku":"x","cost":{"net":1}},{"sku":"y"},7],"meta":{"internal":true},"a.b":1,"none":null,"empty":[ ]}';

describe('included paths', () => {
  it('read no other member of an object of the caller', async () => {
    const read: string[] = [];
    const members = new Proxy({ kept: 1, dropped: 2 } as Record<string, number>, {
      get(target, name, receiver) {
        read.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    const source = objects([{ inside: members }]);
    const { text } = await collect({ source, request: { fields: { include: ['inside.kept'] } }, format: 'ndjson' });
    expect(text).toBe('{"inside":{"kept":1}}\n');
    expect(read).not.toContain('dropped');
  });

  it('keep these values and nothing else, as they are written and in the order of the source', async () => {
    expect(await projected(ORDER, { include: ['tags', 'price.amount', 'none'] })).toBe(
      '{"price":{"amount":10.50},"tags":["a","b"],"none":null}',
    );
    expect(await projected(ORDER, { include: 'id' })).toBe('{"id":"o1"}');
    expect(await projected(ORDER, { include: 'price' })).toBe('{"price":{"amount": 10.50 ,"currency":"EUR","net":9}}');
  });

  it('go through arrays to each element, and leave out elements of which nothing stays', async () => {
    expect(await projected(ORDER, { include: ['lines.sku'] })).toBe('{"lines":[{"sku":"x"},{"sku":"y"}]}');
    expect(await projected(ORDER, { include: ['lines.cost.net'] })).toBe('{"lines":[{"cost":{"net":1}}]}');
    expect(await projected('{"a":[[{"b":1}],[[{"b":2,"c":3}]]]}', { include: ['a.b'] })).toBe(
      '{"a":[[{"b":1}],[[{"b":2}]]]}',
    );
  });

  it('take * for every element or member, and digits for one element', async () => {
    expect(await projected(ORDER, { include: ['tags.1', 'lines.0.sku'] })).toBe('{"tags":["b"],"lines":[{"sku":"x"}]}');
    expect(await projected(ORDER, { include: ['*.net', 'lines.*.cost'] })).toBe(
      '{"price":{"net":9},"lines":[{"cost":{"net":1}}],"empty":[ ]}',
    );
    expect(await projected('{"1":{"0":5},"2":[6]}', { include: ['1.0'] })).toBe('{"1":{"0":5}}');
  });

  it('are dotted with escapes, or JSON Pointers', async () => {
    expect(await projected(ORDER, { include: ['a\\.b', '/price/net'] })).toBe('{"price":{"net":9},"a.b":1}');
  });

  it('leave out a container of which nothing stays, and keep one that is empty in the source', async () => {
    expect(await projected(ORDER, { include: ['meta.x', 'tags.x', 'id.x'] })).toBe('{}');
    expect(await projected(ORDER, { include: ['empty.x'] })).toBe('{"empty":[ ]}');
  });

  it('keep all members of equal names', async () => {
    const { text } = await collect({
      ...{ source: bytes(['{"a":1,"b":2,"\\u0061":{"c":3},"a":{"c":4}}']), format: 'ndjson', input: 'lines' },
      request: { fields: { include: ['a', 'a.c'] } },
    });
    expect(text).toBe('{"a":1,"\\u0061":{"c":3},"a":{"c":4}}\n');
  });
});

describe('excluded paths', () => {
  it('leave out what they lead to, and nothing else', async () => {
    expect(
      await projected('{"a":1,"m":{"x":1,"y":[ 2 ]},"l":[{"x":1},{"x":2,"z":3},4]}', { exclude: ['m.x', 'l.x'] }),
    ).toBe('{"a":1,"m":{"y":[ 2 ]},"l":[{},{"z":3},4]}');
    expect(await projected('{"t":["a","b"],"m":{"x":1},"n":null}', { exclude: ['t.0', '*.x', 'n'] })).toBe(
      '{"t":["b"],"m":{}}',
    );
  });

  it('apply to what is included', async () => {
    expect(await projected(ORDER, { include: ['price', 'lines.sku'], exclude: ['price.net', 'lines.1'] })).toBe(
      '{"price":{"amount":10.50,"currency":"EUR"},"lines":[{"sku":"x"}]}',
    );
  });
});

describe('a new name', () => {
  it('puts the value behind the members that stay, in the order of the request', async () => {
    expect(await projected(ORDER, { include: ['cost=price.amount', 'id', 'a\\.b=type'] })).toBe(
      '{"id":"o1","cost":10.50,"a.b":"order"}',
    );
    expect(await projected(ORDER, { include: ['m=meta'], exclude: ['meta.internal'] })).toBe('{"m":{}}');
    expect(await projected(ORDER, { include: ['x=none', 'y=absent'] })).toBe('{"x":null}');
  });

  it('of a path through an array puts its values into one array', async () => {
    expect(await projected(ORDER, { include: ['skus=lines.sku', 'first=lines.0.sku', 'all=price.*'] })).toBe(
      '{"skus":["x","y"],"first":"x","all":[10.50,"EUR",9]}',
    );
    expect(await projected('{"a":[1]}', { include: ['b=a.c'] })).toBe('{}');
  });

  it('stands for one of thousands, each with its value', async () => {
    const numbers = Array.from({ length: 2000 }, (_, index) => index);
    const members = numbers.map((index) => `"m${index}":${index}`).join(',');
    const entity = `{${members},"m7":"last","a":[{"m7":1},{"m8":[2,3]}],"long":"${'x'.repeat(10_000)}"}`;
    const names = numbers.flatMap((index) => [`n${index}=m${index}`, `l${index}=${index < 200 ? 'long' : 'none'}`]);
    const include = [...names, 'e=a.m7', 'f=a.*.m8', 'g=a.1.m8', 'h=a.1.m8.0'];
    const one = await projected(`{"m7":0,${members.replace('"m7":7,', '')}}`, { include: ['n7=m7', 'n8=m8'] });
    expect(one).toBe('{"n7":0,"n8":8}');
    const { text } = await collect({
      ...{
        source: bytes([`${entity}\n${entity}\n`]),
        request: { fields: { include } },
        format: 'ndjson',
        input: 'lines',
      },
    });
    const wanted = Object.fromEntries(
      numbers.flatMap((index) => [
        [`n${index}`, index === 7 ? 'last' : index] as const,
        ...(index < 200 ? [[`l${index}`, 'x'.repeat(10_000)] as const] : []),
      ]),
    );
    const rest = { e: [1], f: [[2, 3]], g: [2, 3], h: 2 };
    const found = text.trimEnd().split('\n');
    expect(found).toHaveLength(2);
    for (const line of found) expect(JSON.parse(line)).toEqual({ ...wanted, ...rest });
  });

  it('that a member already has is refused', async () => {
    await expect(projected(ORDER, { include: ['id', 'id=type'] })).rejects.toMatchObject({ code: 'INVALID' });
    const clash = { code: 'DUPLICATE_KEY', recordIndex: 0 };
    await expect(projected(ORDER, { include: ['*', 'id=type'] })).rejects.toMatchObject(clash);
  });
});

describe('paths are refused', () => {
  const refused: readonly (readonly [name: string, fields: RequestFields, words: RegExp])[] = [
    ['beside the parts of the platform', { include: ['a'], attributes: ['b'] }, /fields\.include.*"attributes"/],
    ['when a step is empty', { include: ['a..b'] }, /fields\.include: a step is empty/],
    ['when the list is empty', { exclude: [] }, /fields\.exclude: must not be empty/],
    [
      'when nothing is left of a field',
      { include: ['id', 'a.b'], exclude: ['a'] },
      /exclude: nothing is left of "a\.b"/,
    ],
    ['nor of a renamed one', { include: ['n=a.0.c'], exclude: ['a.*'] }, /exclude: nothing is left of "a\.0\.c"/],
    ['when what is left out gets a name', { exclude: ['a=b'] }, /fields\.exclude: what is left out gets no new name/],
    ['when a new name is a path', { include: ['a.b=c'] }, /a new name is the name of one member/],
    ['when two new names are equal', { include: ['a=b', 'a=c'] }, /two members would be called "a"/],
  ];
  for (const [name, fields, words] of refused) {
    it(name, async () => {
      await expect(projected('{}', fields)).rejects.toThrow(words);
    });
  }

  it('beside values chosen by locale', async () => {
    const request = { fields: { include: 'a' }, valueContexts: [{ locale: 'de-DE' }] };
    const refusal = collect({ source: bytes(['{}']), request });
    await expect(refusal).rejects.toThrow(/fields\.include: valueContexts/);
  });
});

describe('a path that no entity has', () => {
  async function notes(fields: RequestFields, entities: readonly string[]): Promise<readonly string[]> {
    const texts = await collect({ source: bytes([entities.join('\n')]), input: 'lines', request: { fields } });
    const values = await collect({ source: objects(entities.map((one) => JSON.parse(one))), request: { fields } });
    const found = texts.receipt?.notes.map(({ code, text }) => `${code}: ${text}`);
    expect(values.receipt?.notes.map(({ code, text }) => `${code}: ${text}`)).toEqual(found);
    return found ?? [];
  }

  it('is told, once for all entities', async () => {
    expect(await notes({ include: ['a', 'b.c', 'n=x.y'], exclude: ['a.z'] }, ['{"a":1}', '{"b":{"d":1}}'])).toEqual([
      'FIELDS_NOT_FOUND: none of the 2 entities that were written has 2 of the paths: "b.c", "x.y"',
      'FIELDS_NOT_FOUND: nothing was left out at the path "a.z": none of the 2 entities that were written has a value there',
    ]);
    expect(await notes({ include: ['p'] }, ['{"a":1}'])).toEqual([
      'FIELDS_NOT_FOUND: none of the 1 entities that were written has the path "p"',
    ]);
    expect(await notes({ include: ['p', 'q'] }, ['{"a":1}'])).toEqual([
      'FIELDS_NOT_FOUND: none of the 1 entities that were written has any of the paths "p", "q"',
    ]);
  });

  it('is not told where one entity has it, even as null or with an escape in its name', async () => {
    expect(
      await notes({ include: ['a', 'b.c', 'n=d.0'], exclude: ['*.z'] }, [
        '{"a":null,"b":[{"c":1}],"d":[2],"e":{"z":1}}',
      ]),
    ).toEqual([
      'FIELDS_NOT_FOUND: nothing was left out at the path "*.z": none of the 1 entities that were written has a value there',
    ]);
    expect(await notes({ include: ['a'] }, ['{"\\u0061":1}', '{}'])).toEqual([]);
  });
});

const step = fc.constantFrom<string | null>(
  'a',
  'b',
  'c',
  'id',
  'data',
  'attributes',
  'properties',
  '0',
  '1',
  'é',
  '__proto__',
  EVERY,
  EVERY,
);
const path: fc.Arbitrary<Path> = fc.array(step, { minLength: 1, maxLength: 4 });
const given = fc.array(path, { maxLength: 4 }).map((paths) => (paths.length === 0 ? undefined : paths.map(formatPath)));
const renames = fc
  .array(path, { maxLength: 2 })
  .map((paths) => paths.map((one, index) => `new${index}=${formatPath(one)}`));

/** Something is asked for, else everything is complete. */
const fields = fc.tuple(given, given, renames).map(([include, exclude, renamed]): RequestFields => {
  const all = [...(include ?? []), ...renamed];
  if (all.length === 0 && !exclude) return { exclude: ['a'] };
  const left = excludable(all, exclude);
  if (all.length === 0) return { exclude };
  return { include: all, ...(left ? { exclude: left } : {}) };
});

const LIMIT_MS = 120_000;

function wanted(text: string, { include, exclude }: RequestFields): string {
  const at = { include: 'include', exclude: 'exclude' };
  const lists = [include, exclude].map((list) => (list === undefined ? undefined : [list].flat()));
  const span = Buffer.from(text);
  return projectedByPaths(span, { start: 0, end: span.length }, parsePathFields(lists[0], lists[1], at));
}

describe('the projection by paths', () => {
  it(
    'is for text that of the naive projection, in chunks of any size',
    async () => {
      const property = fc.asyncProperty(
        fc.array(entityText, { minLength: 1, maxLength: 5 }),
        fields,
        chunkSizes,
        async (entities, asked, sizes) => {
          const input = Buffer.from(`[${entities.join(',')}]`);
          const { text, error } = await collect({
            ...{ source: bytes(chunked(input, sizes)), input: 'array', format: 'ndjson', trust: true },
            request: { fields: asked },
          });
          expect(error).toBeUndefined();
          const lines = entities.map((entity) => `${wanted(entity, asked)}\n`);
          expect(text.replace(/[\r\n\t ]+/g, '')).toBe(lines.join('').replace(/[\r\n\t ]+/g, ''));
        },
      );
      await fc.assert(property, runs(300));
    },
    LIMIT_MS,
  );

  it(
    'is for objects that of their text',
    async () => {
      const property = fc.asyncProperty(entityText, fields, async (entity, asked) => {
        const object: object = JSON.parse(entity);
        const { text } = await collect({ source: objects([object]), format: 'ndjson', request: { fields: asked } });
        expect(JSON.parse(text)).toEqual(JSON.parse(wanted(JSON.stringify(object), asked)));
      });
      await fc.assert(property, runs(300));
    },
    LIMIT_MS,
  );

  it(
    'is for large values that of the naive projection',
    async () => {
      const property = fc.asyncProperty(
        fc.array(entityText, { minLength: 1, maxLength: 3 }),
        fields,
        async (all, asked) => {
          const many = (text: string) => `${`${text} , `.repeat(300_000 / text.length)}${text}`;
          const members = all.map((text, index) => `"${index}":${text}`);
          const entity = `{"a":[${many(all.join())}],"b":{"a":"${'x\\n'.repeat(90_000)}","c":[[${many(all[0])}]]},${members}}`;
          const { text, error } = await collect({
            ...{
              source: bytes([`[${entity}]`]),
              input: 'array',
              format: 'ndjson',
              trust: true,
              request: { fields: asked },
            },
          });
          expect(error).toBeUndefined();
          // Compared by their end: a report of the difference would be as large as they are.
          const [found, due] = [text, `${wanted(entity, asked)}\n`].map((one) => one.replace(/[\r\n\t ]+/g, ''));
          expect(found === due ? [] : [found.length, due.length, found.slice(-200), due.slice(-200)]).toEqual([]);
        },
      );
      await fc.assert(property, runs(12));
    },
    LIMIT_MS,
  );
});
