/** The layout of a table is found from its entities, by what they hold alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { runs } from '../runs.js';

async function exported(options: ExportOptions): Promise<{ readonly text: string; readonly receipt: Receipt }> {
  const stream = exportEntities({ format: 'dsv', ...options });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), receipt: await stream.receipt };
}

const table = (entities: readonly object[], options: Partial<ExportOptions> = {}) =>
  exported({ source: bytes(entities.map((entity) => `${JSON.stringify(entity)}\n`)), ...options });

const headerOf = async (...entities: readonly object[]) => (await table(entities)).text.split('\r\n')[0];

const ATTRIBUTE = { id: 'a', data: { attributes: { color: { values: [{ value: 'red' }] } } } };
const RELATED = { id: 'b', data: { relationships: { child: [{ relTo: { id: 'c' } }] } } };
const CONTEXT = { id: 'c', data: { contexts: [{ context: { country: 'DE' } }] } };
const BARE = { id: 'd', type: 't', name: 'n', action: 'delete', properties: { by: 'u' }, data: { attributes: {} } };

describe('the layout is that of', () => {
  test.each([
    ['attributes', ATTRIBUTE],
    ['relationships', RELATED],
    ['contexts', CONTEXT],
  ])('entities, for %s of the platform', async (_what, entity) => {
    expect(await headerOf(entity)).toMatch(/^Action,Type,ID,Name/);
    expect(await headerOf(BARE, entity, { id: 'x', city: 'Ulm' })).toMatch(/^Action,Type,ID,Name/);
  });

  test.each([
    ['other members', { id: 'a', city: 'Ulm' }, 'id,city'],
    ['data of another kind', { id: 'a', data: [1] }, 'id,data'],
    ['data with other members', { data: { attributes: { color: 'red' } } }, 'data.attributes.color'],
    ['data with more members', { data: { attributes: {}, x: 1 } }, 'data.attributes,data.x'],
    ['nothing but what the platform has too', { id: 'a', type: 't' }, 'id,type'],
  ])('fields, for %s', async (_what, entity, header) => {
    expect(await headerOf(entity)).toBe(header);
  });

  test('entities, where there are none', async () => {
    expect(await headerOf()).toBe('Action,Type,ID,Name');
  });
});

test('the first entity that shows it decides, among a thousand', async () => {
  const bare = (count: number) => Array.from({ length: count }, (_, at) => ({ id: at }));
  expect(await headerOf(...bare(999), ATTRIBUTE)).toMatch(/^Action,/);
  expect(await headerOf(...bare(1000), ATTRIBUTE)).toMatch(/^id,data\./);
});

test('a table of fields with entities of the platform is told in a note, unless the layout was asked for', async () => {
  const all = [{ city: 'Ulm' }, ATTRIBUTE];
  expect((await table(all)).receipt.notes).toMatchObject([{ code: 'LAYOUT_FOUND' }]);
  expect((await table(all, { dsv: { layout: 'fields' } })).receipt.notes).toEqual([]);
  expect((await table([ATTRIBUTE, { id: 'x', city: 'Ulm' }])).receipt.notes).toMatchObject([
    { code: 'MEMBERS_WITHOUT_COLUMN' },
  ]);
});

test('where the text is cut, and whether entities are objects, changes nothing', async () => {
  const kinds = fc.constantFrom(BARE, ATTRIBUTE, RELATED, CONTEXT, { id: 'x', city: 'Ulm' });
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 4 }), fc.integer({ min: 1, max: 90 }), async (all, size) => {
      const text = all.map((entity) => `${JSON.stringify(entity)}\n`).join('');
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      const whole = (await exported({ source: bytes(text) })).text;
      expect((await exported({ source: bytes(parts) })).text).toBe(whole);
      expect((await exported({ source: objects(all) })).text).toBe(whole);
    }),
    runs(40),
  );
});

test('cells that were changed before the layout was known are counted once', async () => {
  const { receipt } = await table([{ id: '=1', name: '\0' }]);
  expect(receipt.notes).toMatchObject([
    { code: 'NUL_CELLS', counts: { cells: 1 } },
    { code: 'GUARDED_CELLS', counts: { cells: 1 } },
  ]);
});
