/** Queries on related entities: against a naive join, over sources of every kind, and refused where a source is read once. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { filterByCriteria } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { meetsCriteria } from '../naive/criteria.js';
import { refusalOf } from '../request/accept/refusal.js';
import { runs } from '../runs.js';
import { collect } from '../select/collect.js';

const ids = ['a', 'b', 'c', 'd', 'e'];
const entity = fc.record({
  type: fc.constantFrom('sku', 'Image'),
  color: fc.constantFrom('red', 'blue', 'green'),
  to: fc.array(fc.record({ id: fc.constantFrom(...ids, 'none'), type: fc.constantFrom('image', 'SKU', undefined) }), {
    maxLength: 2,
  }),
});

/** An entity with a color, and relationships to others. */
function made(id: string, { type, color, to }: { type: string; color: string; to: readonly object[] }) {
  return {
    ...{ id, type },
    data: {
      attributes: { color: { values: [{ value: color }] } },
      relationships: { images: to.map((relTo) => ({ relTo })) },
    },
  };
}

const condition = fc.record(
  {
    query: fc.record(
      {
        types: fc.constantFrom(['image'], ['SKU', 'image'], ['_ALL']),
        ids: fc.subarray(ids, { minLength: 1 }),
        criteria: fc.record({
          attributes: fc.constantFrom([{ color: { exact: 'red' } }], [{ color: { eq: 'red|blue' } }]),
        }),
      },
      { requiredKeys: [] },
    ),
    relTo: fc.constantFrom({ type: 'image' }, { id: 'a' }),
    hasvalue: fc.boolean(),
  },
  { requiredKeys: ['query'] },
);

test('finds what a naive join finds', async () => {
  const property = fc.asyncProperty(
    fc.array(entity, { maxLength: ids.length }),
    fc.array(condition, { minLength: 1, maxLength: 2 }),
    fc.boolean(),
    async (shapes, conditions, isText) => {
      const all = shapes.map((shape, index) => made(ids[index], shape));
      const joined = all.filter((one) =>
        conditions.every(({ query, relTo, hasvalue }) => {
          const types = query.types?.map((type) => type.toLowerCase()) ?? ['_all'];
          const isOf = (type: string) => types.includes('_all') || types.includes(type.toLowerCase());
          const found = all.filter(
            (target) =>
              isOf(target.type) &&
              (!query.ids || query.ids.includes(target.id)) &&
              meetsCriteria(target, query.criteria ?? {}, { self: true, contexts: [] }),
          );
          const some = one.data.relationships.images.some(({ relTo: to }) => {
            const target = Object(to);
            const isRelTo =
              (relTo === undefined || !('id' in relTo) || relTo.id === target.id) &&
              (relTo === undefined || !('type' in relTo) || relTo.type === target.type?.toLowerCase());
            const isOfType = target.type === undefined || isOf(target.type);
            return isRelTo && isOfType && found.some(({ id }) => id === target.id);
          });
          return some !== (hasvalue === false);
        }),
      );
      const request = { criteria: { relationships: conditions.map((images) => ({ images })) } };
      const source = isText
        ? bytes([Buffer.from(all.map((one) => `${JSON.stringify(one)}\n`).join(''))])
        : objects(all);
      const { text, error, receipt } = await collect({ source, request, format: 'ndjson' });
      expect(error).toBeUndefined();
      expect(
        text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line).id),
      ).toStrictEqual(joined.map(({ id }) => id));
      expect(receipt).toMatchObject({ read: all.length, written: joined.length });
    },
  );
  await fc.assert(property, runs(300));
});

const PRODUCT = JSON.stringify(made('p', { type: 'sku', color: 'red', to: [{ id: 'i', type: 'image' }] }));
const IMAGE = JSON.stringify(made('i', { type: 'image', color: 'blue', to: [] }));

/** The documented form. */
const params = {
  query: {
    filters: {
      typesCriterion: ['sku'],
      relationshipsCriterion: [
        {
          images: {
            relTo: { type: 'image' },
            query: { filters: { typesCriterion: ['image'], attributesCriterion: [{ color: { exact: 'blue' } }] } },
          },
        },
      ],
    },
  },
  isRelatedEntitySearch: true,
};

describe('a documented body with a query', () => {
  test('is evaluated over files, whose related entities may come later', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    try {
      await writeFile(join(folder, '1.ndjson'), `${PRODUCT}\n`);
      await writeFile(join(folder, '2.ndjson'), `${IMAGE}\n`);
      const source = [join(folder, '1.ndjson'), join(folder, '2.ndjson')];
      const { text, receipt } = await collect({ source, request: { params }, format: 'ndjson' });
      expect(JSON.parse(text)).toMatchObject({ id: 'p' });
      expect(receipt).toMatchObject({ read: 2, written: 1, bytesIn: PRODUCT.length + IMAGE.length + 2 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is explained with both readings', () => {
    const { plan } = exportEntities({ source: objects([]), request: { params } }).on('error', () => {});
    expect(plan.select.criteria?.relationships?.[0].images.query).toMatchObject({ types: ['image'] });
  });

  test('passes over records with faults in both readings, and reports them once', async () => {
    const source = bytes([Buffer.from(`${PRODUCT}\n{"id":\n${IMAGE}\n`)]);
    const rejected: string[] = [];
    const { text, receipt } = await collect({
      ...{ source, input: 'lines', onError: 'skip', request: { params }, format: 'ndjson' },
      onReject: ({ error }) => void rejected.push(error.code),
    });
    expect(JSON.parse(text)).toMatchObject({ id: 'p' });
    expect(receipt).toMatchObject({ read: 3, rejected: 1 });
    expect(rejected).toStrictEqual(['INVALID_JSON']);
  });

  test('that selects nothing is a note', async () => {
    const { receipt } = await collect({ source: bytes([Buffer.from(PRODUCT)]), request: { params } });
    expect(receipt?.notes.map(({ text }) => text)).toContain(
      'no entity satisfies the query of the relationship "images"',
    );
  });

  test('ends with the fault of the first reading', async () => {
    const source = bytes([Buffer.from(`${PRODUCT}\n{"id":\n`)]);
    const { text, error } = await collect({ source, input: 'lines', request: { params }, format: 'ndjson' });
    expect([text, error?.code]).toStrictEqual(['', 'INVALID_JSON']);
  });
});

describe('a source that is read once is refused by the name of the relationship', () => {
  const refused = { code: 'INVALID', path: 'relationshipsCriterion.images.query' };

  test('such as a generator', async () => {
    async function* entities(): AsyncGenerator<object> {
      yield JSON.parse(PRODUCT);
    }
    const { error } = await collect({ source: objects(entities()), request: { params } });
    expect(error).toMatchObject(refused);
  });

  test.skipIf(process.platform === 'win32')('such as a named pipe', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    try {
      await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
      const { error } = await collect({ source: join(folder, 'pipe'), request: { params } });
      expect(error).toMatchObject(refused);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('a stream of stages refuses a query, since it reads once', () => {
  const relationships = [{ images: { query: { types: 'image' } } }];
  expect(refusalOf(() => filterByCriteria({ relationships }))).toMatchObject({ code: 'INVALID', path: 'criteria' });
});
