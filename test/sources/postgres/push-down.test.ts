/** PostgreSQL leaves out only entities that the filters drop: exports with and without push-down have the same bytes. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { postgresEntities } from '../../../src/sources/postgres/postgres-entities.js';
import { definedOnly } from '../../../src/terms/defined-only.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { entityText, IDS, NAMES, TYPES } from '../../naive/arbitraries.js';
import {
  contextChoice,
  criteriaForm,
  entityWithValues,
  Written,
  writtenText,
} from '../../naive/entities-with-values.js';
import { runs } from '../../runs.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { exported, type Outcome } from '../outcome.js';
import { makeTable, whole } from './table.js';

/** Texts that jsonb cannot have: with the character 0, or with half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !/\\u(0000|d800)/.test(text);
}

/** The ways rows can have entities, in a table with all of them. */
const WAYS = {
  'jsonb alone': { entity: 'body' },
  'jsonb with known columns': { entity: 'body', id: 'id', type: 'type' },
  'json with known columns': { entity: 'raw', id: 'id', type: 'type' },
  'json alone': { entity: 'raw' },
  'columns and a document of jsonb': { id: 'id', type: 'type', document: 'rest' },
  'columns and a document of json': { id: 'id', type: 'type', document: 'rest_json' },
  'columns and a document that has them, too': { id: 'id', document: 'body' },
} as const;

const LIMIT_MS = 120_000;

describe.skipIf(!POSTGRES)('with and without PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    const texts = fc
      .sample(entityText, 600)
      .filter(isStorable)
      .map((text) => text.replaceAll('\n', ' '));
    expect(texts.length).toBeGreaterThan(200);
    await makeTable(database, 'given', texts, { type: 'json' });
    const known = (name: string, kinds: string) =>
      `CASE WHEN jsonb_typeof(body::jsonb -> '${name}') IN (${kinds}) THEN body::jsonb ->> '${name}' END`;
    await database.query(
      `CREATE TABLE entities (n bigint PRIMARY KEY, id text, type varchar, body jsonb, raw json, rest jsonb, rest_json json)`,
    );
    // Most members that come twice are faults; a few of them are enough.
    const isTwice = `(SELECT count(*) > count(DISTINCT k) FROM json_object_keys(body) k WHERE k IN ('id', 'type'))`;
    await database.query(
      `INSERT INTO entities SELECT n, ${known('id', "'string', 'number'")}, ${known('type', "'string', 'number'")}, body::jsonb,
        body, body::jsonb - 'id' - 'type', (body::jsonb - 'id' - 'type')::text::json
      FROM given WHERE n > 400 OR NOT ${isTwice}`,
    );
    const values = fc.sample(entityWithValues, 600).map((entity, index) => {
      return writtenText(new Written([['id', index, false], ...entity.pairs]));
    });
    await makeTable(database, 'valued', values.filter(isStorable));
  });
  afterAll(() => database.drop());

  /** The output and the error, without its place, which differs because fewer records come. */
  const told = ({ output, error, receipt }: Outcome) => ({
    output: output.toString(),
    code: error?.code,
    written: receipt?.written,
  });

  describe.each(Object.entries(WAYS))('%s', (_way, columns) => {
    const source = () => postgresEntities({ connection: database.url, table: 'entities', ...columns });
    const at = <T>(inTen: number, arbitrary: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 10 - inTen, arbitrary: fc.constant(undefined) }, { weight: inTen, arbitrary });
    const request = fc
      .record({
        types: at(6, fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 })),
        ids: at(4, fc.array(fc.constantFrom(...IDS), { minLength: 1, maxLength: 4 })),
        name: at(2, fc.constantFrom(...NAMES)),
        maxRecords: at(5, fc.integer({ min: 1, max: 30 })),
      })
      .map(definedOnly);
    const options = fc
      .record({
        uniqueIds: fc.boolean(),
        onError: fc.constantFrom('stop' as const, 'skip' as const),
        idField: at(1, fc.constantFrom('sku', 'type', 'a')),
        typeField: at(1, fc.constantFrom('kind', 'id', 'b')),
      })
      .map(definedOnly);

    test(
      'ids, types, names and limits',
      async () => {
        let some = 0;
        const property = fc.asyncProperty(request, options, async (request, options) => {
          const asked = { request, format: 'ndjson', ...options } as const;
          const expected = told(await exported({ source: whole(source()), ...asked }));
          const found = told(await exported({ source: source(), ...asked }));
          // A fault in a row that is left out disappears; further entities follow then, up to the end or another fault.
          if (expected.code !== undefined && found.output !== expected.output) {
            expect(found.output.startsWith(expected.output)).toBe(true);
            return;
          }
          if (expected.code === undefined || found.code !== undefined) expect(found).toStrictEqual(expected);
          if (expected.output !== '') some++;
        });
        await fc.assert(property, runs(30));
        expect(some).toBeGreaterThan(0);
      },
      LIMIT_MS,
    );
  });

  test(
    'criteria of every kind',
    async () => {
      let some = 0;
      let asked = 0;
      const source = () => postgresEntities({ connection: database.url, table: 'valued' });
      const property = fc.asyncProperty(criteriaForm, contextChoice, async (criteria, choice) => {
        const request = accepted({ criteria, ...choice });
        const expected = told(await exported({ source: whole(source()), request, format: 'ndjson' }));
        const found = told(await exported({ source: source(), request, format: 'ndjson' }));
        expect(found).toStrictEqual(expected);
        if (expected.output !== '') some++;
        const explained = await source().narrow?.(planExport({ request })).explain?.();
        if (explained?.some((line) => line.startsWith('Sent with the query'))) asked++;
      });
      await fc.assert(property, runs(80));
      expect(some).toBeGreaterThan(0);
      expect(asked).toBeGreaterThan(2);
    },
    LIMIT_MS,
  );

  test('pushes down ranges of date-times, correct at every offset around them', async () => {
    const offsets = ['Z', '', '+00:00', '-2359', '+23:59', '-05:00', '+0530'];
    const times = ['2024-02-28T00:00:00', '2024-02-29T00:00', '2024-02-29T23:59:59.999', '2024-03-01T12:00:00.5'];
    const dates = [
      ...times.flatMap((time) => offsets.map((offset) => time + offset)),
      '2024-02-29',
      '2024-02-30',
      'x',
      '',
    ];
    await makeTable(
      database,
      'dated',
      dates.map((at, index) => JSON.stringify({ id: index, properties: { at } })),
    );
    const source = postgresEntities({ connection: database.url, table: 'dated' });
    for (const bound of dates.slice(0, -3)) {
      for (const operator of ['gt', 'gte', 'lt', 'lte']) {
        const request = { criteria: { properties: [{ at: { [operator]: bound, type: '_DATETIME' as const } }] } };
        const expected = told(await exported({ source: whole(source), request, format: 'ndjson' }));
        expect(told(await exported({ source, request, format: 'ndjson' }))).toStrictEqual(expected);
      }
    }
  });

  test('pushes down a hundred thousand ids', async () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `none ${index} '"\\{},`);
    for (const columns of [WAYS['jsonb alone'], WAYS['json with known columns']]) {
      const source = postgresEntities({ connection: database.url, table: 'entities', ...columns });
      const { output, error, receipt } = await exported({
        source,
        request: { ids: [...ids, 'e2'] },
        onError: 'skip',
        format: 'ndjson',
      });
      expect(error).toBeUndefined();
      expect(output.toString()).toContain('"e2"');
      // Only requested entities have come.
      expect(receipt?.filtered).toBe(0);
    }
  });

  test.each([
    ['uuid', '00000000-0000-4000-8000-00000000000A', '00000000-0000-4000-8000-00000000000a'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['int', '-5', '-5'],
    ['smallint', '7', '7'],
    ['numeric', '1.50', '1.50'],
    ['char(5)', 'abc', 'abc'],
    ['text COLLATE "en-x-icu"', 'é', 'é'],
    ['timestamptz', '2024-01-01 00:00:00+00', ''],
  ])('compares ids in a column of type %s as text', async (type, value, asked) => {
    await database.query(`DROP TABLE IF EXISTS typed; CREATE TABLE typed (id ${type} PRIMARY KEY, doc jsonb)`);
    await database.query(`INSERT INTO typed VALUES ('${value}', '{}')`);
    const [{ id }] = await database.query('SELECT id::text FROM typed');
    const source = postgresEntities({ connection: database.url, table: 'typed', id: 'id', document: 'doc' });
    const wanted = ['x', '', '007', '1e3', '99999999999999999999', '-0', asked || String(id)];
    const { output, error } = await exported({ source, request: { ids: wanted }, format: 'ndjson' });
    expect(error).toBeUndefined();
    expect(output.toString()).toBe(`${JSON.stringify({ id })}\n`);
  });
});

/** The accepted request; undefined for contradictory criteria. */
function accepted(form: object): object {
  try {
    acceptRequest(form);
    return form;
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'INVALID') throw error;
    fc.pre(false);
    throw error;
  }
}
