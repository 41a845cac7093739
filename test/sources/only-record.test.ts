/** A note reports an input that is one record but may be a document. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exported } from './outcome.js';

const ITEMS = Array.from({ length: 200 }, (_, index) => `{"id":"${index}","type":"t","name":"number ${index}"}`).join();
/** An id comes first, so it is a record. */
const DOCUMENT = `{"id":"all","features":[${ITEMS}]}`;

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-only-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function notesOf(content: string, options: object = {}) {
  await writeFile(at('in.json'), content);
  const { receipt, error } = await exported({ source: at('in.json'), format: 'ndjson', ...options });
  expect(error).toBeUndefined();
  return receipt?.notes.filter(({ code }) => code === 'ARRAY_IN_ONE_RECORD');
}

describe('a single record with arrays is noted', () => {
  test.each([
    ['a line', DOCUMENT],
    ['a line with a newline', `${DOCUMENT}\n`],
    ['a line of some megabytes', `{"id":"all","result":{"rows":[${`${ITEMS},`.repeat(250)}{"id":"x"}]}}`],
  ])('%s', async (_what, content) => {
    const notes = await notesOf(content);
    const path = content.includes('"features"') ? 'features' : 'result.rows';
    expect(notes).toMatchObject([{ counts: { inputs: 1 } }]);
    expect(notes?.[0]?.text).toContain(`in.json is read as one record of ${content.trim().length} bytes`);
    expect(notes?.[0]?.text).toContain(`an array of objects at ${path}: to read it, set path ${path} (--path ${path})`);
  });

  test('with all of several arrays, even if none outweighs the rest', async () => {
    const half = ITEMS.slice(0, ITEMS.length / 2 - 10);
    const entities = half.slice(0, half.lastIndexOf('},') + 1);
    const notes = await notesOf(`{"products":[${entities}],"skus":[${entities}],"x":[${entities}]}`);
    expect(notes?.[0]?.text).toContain('which has arrays of objects at products, skus, x: to read one, set path');
  });

  test('on further levels, if the record itself is no entity', async () => {
    const layers = (front: string) => `{${front}"data":{"products":{"edges":[${ITEMS}]}}}`;
    const notes = await notesOf(layers(''));
    expect(notes?.[0]?.text).toContain('to read it, set path data.products.edges (--path data.products.edges)');
    expect(await notesOf(layers('"id":"1",'))).toStrictEqual([]);
  });

  test('if a filter drops the record', async () => {
    for (const content of [DOCUMENT, `\ufeff ${DOCUMENT}\n`]) {
      const notes = await notesOf(content, { request: { types: ['product'] } });
      expect(notes?.[0]?.text).toMatch(
        /in\.json is read as one record( of \d+ bytes)?, which has an array of objects at features:/,
      );
    }
  });

  test('once for any number of inputs', async () => {
    for (let index = 0; index < 5; index++) await writeFile(at(`${index}.geo`), DOCUMENT);
    const { receipt } = await exported({ source: at('*.geo'), format: 'ndjson' });
    expect(receipt?.notes).toMatchObject([{ code: 'ARRAY_IN_ONE_RECORD', counts: { inputs: 5 } }]);
    expect(receipt?.notes[0]?.text).toContain('(and 4 more inputs of the kind)');
  });
});

describe('an only record without id and type', () => {
  const codesOf = async (name: string, content: string, options: object = {}) => {
    await writeFile(at(name), content);
    const outcomes = (['scan', 'stream-json'] as const).map((reader) =>
      exported({ source: at(name), format: 'ndjson', reader, ...options }),
    );
    return (await Promise.all(outcomes)).map(({ receipt }) => receipt?.notes.map(({ code, text }) => [code, text]));
  };

  test('is noted', async () => {
    for (const content of ['{"a":1}', '{"a":1}\n', '\n{}\n']) {
      const text = expect.stringMatching(/in\.json is read as one record of \d+ bytes, which has neither id nor type/);
      expect(await codesOf('in.json', content)).toStrictEqual([
        [['UNIDENTIFIED_RECORD', text]],
        [['UNIDENTIFIED_RECORD', text]],
      ]);
    }
  });

  test('is noted with the path of objects by key', async () => {
    const text = expect.stringMatching(
      /neither id nor type; .*; it has objects by key at all: to read them, set path all\.\* \(--path 'all\.\*'\)/,
    );
    const content = '{"all":{"a":{"n":1},"b":{"n":2},"c":{"n":3}}}';
    expect(await codesOf('in.json', content)).toStrictEqual([
      [['UNIDENTIFIED_RECORD', text]],
      [['UNIDENTIFIED_RECORD', text]],
    ]);
  });

  test.each<[string, string, string, object?]>([
    ['with an id', 'in.json', '{"a":1,"id":null}'],
    ['with a type under another name', 'in.json', '{"a":1,"kind":"x"}', { typeField: 'kind' }],
    ['with the form lines', 'in.json', '{"a":1}', { input: 'lines' }],
    ['in a file .ndjson', 'in.ndjson', '{"a":1}'],
    ['before another one', 'in.json', '{"a":1}\n{"a":2}\n'],
    ['in an array', 'in.json', '[{"a":1}]'],
  ])('is not noted %s', async (_how, name, content, options) => {
    expect(await codesOf(name, content, options)).toStrictEqual([[], []]);
  });
});

describe('a single record is not noted', () => {
  test.each<[string, string, object?]>([
    ['two lines', `${DOCUMENT}\n{"id":"1"}\n`],
    ['a line with the form lines', DOCUMENT, { input: 'lines' }],
    ['a given path', DOCUMENT, { path: 'features' }],
    ['a document', `{"entities":[${ITEMS}]}`],
    ['an array', `[${ITEMS}]`],
    ['an entity', '{"id":"1","type":"t","data":{"relationships":{"is":[{"id":"x"},{"id":"y"}]}}}\n'],
    ['an entity larger than its arrays', `{"id":"1","tags":[{"a":1}],"text":"${'x'.repeat(500)}"}`],
  ])('%s', async (_what, content, options) => {
    expect(await notesOf(content, options)).toStrictEqual([]);
  });
});

test('refuses a form that is unclear after a megabyte, with the arrays that were found', async () => {
  const part = `[${`${ITEMS},`.repeat(45)}{"id":"x"}]`;
  const text = `{"meta":"${'x'.repeat(300_000)}","items":${part},"more":${part},"items2":${part}}`;
  await writeFile(at('in.json'), text);
  for (const reader of ['scan', 'stream-json'] as const) {
    const { error } = await exported({ source: at('in.json'), reader });
    expect(error).toMatchObject({ code: 'UNDECIDED_FORM' });
    expect(error?.message).toContain(
      'it has arrays of objects at items, more: to read one, set path items (--path items)',
    );
  }
  expect((await exported({ source: at('in.json'), path: 'items' })).receipt?.written).toBe(45 * 200 + 1);
});
