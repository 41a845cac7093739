/** Wanted ids and types of any characters and number: the same entities pass. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';

/** An entity by the members that requests filter by. */
interface Asked {
  readonly id?: string;
  readonly type?: string;
  readonly name?: string;
}

type Wanted = { readonly ids: string[] } | { readonly types: string[] } | { readonly name: string };

/** The positions of the entities that are written. */
async function written(entities: readonly Asked[], request: Wanted, form: 'lines' | 'array'): Promise<number[]> {
  // JSON escapes controls and unpaired surrogates, and leaves all other characters as they are.
  const texts = entities.map((entity, at) => JSON.stringify({ at, ...entity }));
  const source = bytes([Buffer.from(form === 'lines' ? texts.join('\n') : `[${texts.join(',')}]`)]);
  const stream = exportEntities({ source, request, uniqueIds: false, format: 'ndjson' });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const { read, written, filtered } = await stream.receipt;
  const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  expect({ read, filtered }).toEqual({ read: entities.length, filtered: entities.length - lines.length });
  expect(written).toBe(lines.length);
  return lines.map((line) => Number(/^\{"at":(\d+)/.exec(line)?.[1]));
}

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The same, computed naively. */
function matching(entities: readonly Asked[], request: Wanted): number[] {
  const matches = ({ id, type, name }: Asked): boolean => {
    if ('ids' in request) return id !== undefined && request.ids.includes(id);
    if ('name' in request) return name === request.name;
    return request.types.some((one) => lower(one) === '_all' || (type !== undefined && lower(one) === lower(type)));
  };
  return [...entities.keys()].filter((at) => matches(entities[at]));
}

const unit = fc.oneof(
  fc.constantFrom('\0', '\0\0', 'a', 'A', '"', '\\', '\n', '\ud83d', '\ude00', '😀', '\ufffd', 'é', '\u2028', '0'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const text = fc.oneof(
  { weight: 8, arbitrary: fc.array(unit, { minLength: 1, maxLength: 12 }).map((units) => units.join('')) },
  { weight: 1, arbitrary: fc.tuple(unit, fc.nat({ max: 3000 })).map(([one, times]) => `${one.repeat(times)}x`) },
);

it('are found, whatever their characters', async () => {
  const cases = fc.array(text, { minLength: 1, maxLength: 6 }).chain((texts) => {
    const some = fc.array(fc.constantFrom(...texts, ...texts.map(lower)), { minLength: 1, maxLength: 6 });
    const member = fc.option(fc.constantFrom(...texts), { nil: undefined });
    return fc.record({
      entities: fc.array(fc.record({ id: member, type: member, name: member }), { maxLength: 8 }),
      request: fc.oneof(
        some.map((ids): Wanted => ({ ids })),
        some.map((types): Wanted => ({ types })),
        fc.constantFrom(...texts).map((name): Wanted => ({ name })),
      ),
      form: fc.constantFrom('lines' as const, 'array' as const),
    });
  });
  const property = fc.asyncProperty(cases, async ({ entities, request, form }) => {
    expect(await written(entities, request, form)).toEqual(matching(entities, request));
  });
  await fc.assert(property, { numRuns: 500 });
});

it.each<[string, string[]]>([
  ['only NUL', ['\0\0\0']],
  ['NUL a thousand times', ['\0'.repeat(1000)]],
  ['NUL between others', ['a\0b', '\0', 'c\0']],
  ['one text a hundred thousand times', Array.from({ length: 100_000 }, () => 'a')],
  [
    'a hundred thousand texts that differ in their last byte or two',
    Array.from({ length: 100_000 }, (_, n) => `id${n}`),
  ],
  ['a hundred thousand texts beyond ASCII', Array.from({ length: 100_000 }, (_, n) => `é${n}\0`)],
  ['halves of a surrogate pair at a boundary', ['a\ud83d', '\ude00b']],
  ['a text of a megabyte', ['x'.repeat(2 ** 20)]],
])('are found: %s', async (_, texts) => {
  const [first] = texts;
  const last = texts[texts.length - 1];
  const entities = [first, last, 'a', 'b', 'a😀b', 'none'].map((one) => ({ id: one, type: one, name: one }));
  for (const request of [{ ids: texts }, { types: texts }, { name: first }]) {
    expect(await written(entities, request, 'lines')).toEqual(matching(entities, request));
  }
});
