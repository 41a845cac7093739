/** The generated catalog is valid and repeatable, and contains the intended traps. */
import { describe, expect, test } from 'vitest';
import {
  type CatalogOptions,
  type CatalogType,
  catalog,
  catalogChunks,
  catalogId,
} from '../../src/generate/catalog.js';

interface Entity {
  readonly id: string;
  readonly name: string;
  readonly type: CatalogType;
  readonly properties: { readonly createdDate: string };
  readonly data: {
    readonly attributes: Record<string, { readonly values?: readonly { readonly value: unknown }[] }>;
    readonly relationships: Record<string, readonly { readonly relTo: { readonly id: string } }[]>;
    readonly contexts: readonly { readonly context: object }[];
  };
}

const LINES: CatalogOptions = { seed: 7, entities: 2000, form: 'lines' };

function lines(options: CatalogOptions): string[] {
  return catalog(options).bytes.toString().split('\n').slice(0, -1);
}

describe('a catalog', () => {
  const { bytes, facts } = catalog(LINES);
  const texts = lines(LINES);
  const entities = texts.map((text): Entity => JSON.parse(text));

  test('is equal for equal seeds, and different for different seeds', () => {
    expect(catalog(LINES).bytes.equals(bytes)).toBe(true);
    expect(catalog({ ...LINES, seed: 8 }).bytes.equals(bytes)).toBe(false);
  });

  test('reports facts that match its content', () => {
    const ofType = (type: CatalogType) => entities.filter((entity) => entity.type === type).length;
    const sizeOfType = (type: CatalogType) =>
      texts.reduce((sum, text, index) => sum + (entities[index].type === type ? Buffer.byteLength(text) : 0), 0);
    expect(facts).toEqual({
      entities: entities.length,
      bytes: bytes.length,
      byType: { product: ofType('product'), sku: ofType('sku'), image: ofType('image') },
      entityBytesByType: { product: sizeOfType('product'), sku: sizeOfType('sku'), image: sizeOfType('image') },
      escapedIds: texts.filter((text) => text.includes('"id":"\\u0065')).length,
      escapedTypes: texts.filter((text) => /"type":"[a-z]+\\u/.test(text)).length,
      dataFirst: texts.filter((text) => text.endsWith('"}')).length,
    });
  });

  test('has predictable ids, and types and escapes in their shares', () => {
    expect(entities.map(({ id }) => id)).toEqual(entities.map((_, index) => catalogId(index)));
    expect(catalogId(0)).toBe('e0000001');
    expect(facts.byType.product / facts.entities).toBeCloseTo(0.3, 1);
    expect(facts.byType.sku / facts.entities).toBeCloseTo(0.5, 1);
    expect(facts.dataFirst / facts.entities).toBeCloseTo(0.1, 1);
    expect(facts.escapedIds / facts.entities).toBeCloseTo(0.01, 1);
    expect(facts.escapedIds).toBeGreaterThan(0);
    expect(facts.escapedTypes).toBeGreaterThan(0);
  });

  test('has the documented shape', () => {
    for (const { name, properties, data } of entities) {
      expect(name).not.toBe('');
      expect(properties.createdDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/);
      expect(data.attributes).toHaveProperty('vendors.group');
      expect(data.attributes.mdmid?.values?.length).toBeGreaterThan(0);
      expect(data.relationships.crosssell?.[0]?.relTo.id).toMatch(/^e\d{7}$/);
      expect(data.contexts[0]?.context).toHaveProperty('country');
    }
  });

  test('contains every trap', () => {
    const text = bytes.toString();
    for (const trap of ['{\\"type\\":\\"product\\"}', '\\"}', '\\\\', '9007199254740', ':1.0,', ':19.90,', '\\n{']) {
      expect(text).toContain(trap);
    }
    expect(new Set(texts.map((line) => Object.keys(JSON.parse(line)).join())).size).toBe(4);
    const inData = texts.map((line) => line.slice(line.indexOf('"data"'))).join('');
    const words = inData.split(/[^\p{L}\p{Emoji_Presentation}]+/u).filter((word) => /\P{ASCII}/u.test(word));
    expect(words.length / facts.entities).toBeGreaterThan(10);
  });
});

test.each([
  ['array', (text: string) => JSON.parse(text)],
  ['document', (text: string) => JSON.parse(text).entities],
] as const)('the form %s has the same entities as lines', (form, entitiesOf) => {
  const { bytes, facts } = catalog({ ...LINES, entities: 50, form });
  const { bytes: asLines, facts: factsOfLines } = catalog({ ...LINES, entities: 50 });
  expect(entitiesOf(bytes.toString())).toEqual(
    asLines
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
  expect({ ...facts, bytes: 0 }).toEqual({ ...factsOfLines, bytes: 0 });
  expect(facts.bytes).toBe(bytes.length);
});

test.each(['lines', 'array', 'document'] as const)('an empty catalog as %s is valid', (form) => {
  const { bytes, facts } = catalog({ seed: 1, entities: 0, form });
  expect(bytes.toString()).toBe({ lines: '', array: '[]', document: '{"entities":[]}' }[form]);
  expect(facts).toMatchObject({ entities: 0, bytes: bytes.length });
});

test.each([100, 600, 2500, 4200, 100_000, 2_000_000])(
  'entities of %i bytes have about that size on average',
  (entityBytes) => {
    const { bytes, facts } = catalog({
      seed: 3,
      bytes: Math.max(500_000, 4 * entityBytes),
      form: 'lines',
      entityBytes,
    });
    expect(facts.bytes / facts.entities).toBeGreaterThan(0.7 * entityBytes);
    expect(facts.bytes / facts.entities).toBeLessThan(1.3 * entityBytes);
    for (const line of bytes.toString().split('\n').slice(0, -1)) expect(() => JSON.parse(line)).not.toThrow();
  },
);

test('ends with the entity that reaches the size, in chunks that stay small', () => {
  const chunks = [...catalogChunks({ seed: 1, bytes: 1_000_000, form: 'document' })];
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  expect(size).toBeGreaterThanOrEqual(1_000_000);
  expect(size).toBeLessThan(1_020_000);
  expect(chunks.length).toBe(4);
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(300_000);
});
