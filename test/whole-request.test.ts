/** A request with every criterion is explained, and selects the entities that the naive evaluator selects. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { planExport } from '../src/export/plan-export.js';
import { exportEntities } from '../src/export/run-export.js';
import { catalogChunks } from '../src/generate/catalog.js';
import { acceptRequest } from '../src/request/accept/accept-request.js';
import { explainPlan } from '../src/request/explain/explain-plan.js';
import { bytes } from '../src/sources/bytes.js';
import type { AcceptedRequest } from '../src/terms/accepted-request.js';
import { Digits, meetsCriteria } from './naive/criteria.js';
import { TIMES } from './runs.js';
import { untyped } from './untyped.js';

const ENTITIES = 4000 * TIMES;

/** Every criterion, operator and modifier; one attribute condition is enough, so some entities pass. */
const BODY = {
  params: {
    query: {
      contexts: [{ country: 'Germany' }],
      filters: {
        typesCriterion: ['product', 'sku'],
        isAttributesCriterionOR: true,
        attributesCriterion: [
          { color: { eq: 'cotton "red shirt"' } },
          { color: { contains: 'größ* jacket', not: true }, material: { hasvalue: true, contains: '*łó*' } },
          { material: { exact: 'LEATHER' } },
          { displayname: { exacts: ['oak', 'walnut', 'ΠΟΥΚΆΜΙΣΟ'] } },
          { brand: { startswith: ['water', 'Über'], type: '_STRING', operator: '_OR' } },
          { weight: { gt: 1, lt: '20000', type: '_DECIMAL' } },
          { size: { gte: '9007199254740993', lte: '9007199254740998' } },
          { season: { exact: true, type: '_BOOLEAN' } },
          { launchdate: { gte: '2019-01-01', lt: 'now-1y/y', type: '_datetime' } },
          { vendors: { attributes: [{ vendorid: { contains: 'lamp' }, vendorname: { hasvalue: 'true' } }] } },
          {
            vat: {
              hasvalue: true,
              contexts: [{ country: 'España' }],
              nonContextual: false,
              contains: 'silk glass oak',
            },
          },
          { ean: { contains: 'desk', valueProperties: [{ locale: { exact: 'de-de' }, id: { startswith: 'a' } }] } },
          { _ALL: { exact: 'waterproof' } },
        ],
        propertiesCriterion: [
          {
            createdDate: { gt: '2015-02-01T00:00:00.000-0500', lt: '2024-06-01T00:00:00.000+0530', type: '_DATETIME' },
          },
          { createdService: { exact: 'ENTITYMANAGESERVICE' }, modifiedBy: { contains: '*a* *e*' } },
        ],
        relationshipsCriterion: [
          { crosssell: { relTo: { type: 'Product' }, properties: [{ relationshipType: { eq: 'association' } }] } },
          { hasimages: {} },
        ],
        keywordsCriterion: { keywords: '"outdoor waterproof" cotton* linen', operator: '_OR' },
      },
    },
    fields: { attributes: ['color'] },
    options: { maxRecords: '1000000' },
  },
};

/** The catalog in chunks; collects the ids that the naive evaluator selects. */
async function* chunksAndTruth(found: string[]): AsyncGenerator<Buffer, void> {
  const { types = [], criteria = {} } = resolved();
  const scope = { self: true, contexts: [{ country: 'Germany' }] };
  for (const chunk of catalogChunks({ seed: 7, entities: ENTITIES, form: 'lines', entityBytes: 2000 })) {
    for (const line of chunk.toString().split('\n')) {
      if (line === '') continue;
      const entity = parsed(line);
      if (types.includes(entity.type) && meetsCriteria(entity, criteria, scope)) found.push(entity.id);
    }
    yield chunk;
  }
}

/** The entity, with numbers as text; in the catalog only values of attributes are numbers. */
function parsed(line: string): { readonly id: string; readonly type: string } {
  const marked = line.replace(/"value":(-?\d[^,}]*)/g, '"value":["$1"]');
  const entity = JSON.parse(marked);
  markDigits(entity);
  return entity;
}

function markDigits(tree: object): void {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value !== 'object' || value === null) continue;
    if (key === 'value') Reflect.set(tree, key, new Digits(value[0]));
    else markDigits(value);
  }
}

/** The accepted request, with the test's `now`. */
function resolved(): AcceptedRequest {
  const text = JSON.stringify(acceptRequest(BODY)).replace('now-1y/y', '2025-01-01');
  return acceptRequest(JSON.parse(text));
}

const NOW = Date.UTC(2026, 10, 24);

test(`selects from ${ENTITIES} entities as the naive evaluator does`, async () => {
  const expected: string[] = [];
  const source = bytes(Readable.from(chunksAndTruth(expected)));
  const stream = exportEntities({ source, request: untyped(BODY), format: 'ndjson', now: NOW });
  const lines = (await text(stream)).split('\n').filter((line) => line !== '');
  const { read, written } = await stream.receipt;
  expect([read, written]).toStrictEqual([ENTITIES, expected.length]);
  expect(lines.map((line) => JSON.parse(line).id)).toStrictEqual(expected);
  // Neither none nor all, so the criteria made a difference.
  expect(written).toBeGreaterThan(ENTITIES / 100);
  expect(written).toBeLessThan(ENTITIES / 2);
}, 120_000);

test('is explained by text that names every criterion', () => {
  const explained = explainPlan(planExport({ request: untyped(BODY), now: NOW }));
  for (const name of [
    'color',
    'material',
    'vendorid',
    'vat',
    'España',
    'createdDate',
    'crosssell',
    'hasimages',
    'outdoor',
  ]) {
    expect(explained).toContain(name);
  }
  // `now` is resolved when the export is planned.
  expect(explained).toContain('2025-01-01T00:00:00.000Z');
});
