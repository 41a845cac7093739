/** What tables read from spools is used up before they read on: its memory is given back. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDsvStage } from '../../src/encode/encode-dsv.js';
import { encodeXlsxStage } from '../../src/encode/xlsx/encode-xlsx.js';
import { newRun } from '../../src/export/create-run.js';
import { planExport } from '../../src/export/plan-export.js';
import { deflatedPieces } from '../../src/pack/deflated-pieces.js';
import { zipParts } from '../../src/pack/zip-parts.js';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Batch } from '../../src/terms/batch.js';
import type { Spool } from '../../src/terms/spool.js';
import type { Stage } from '../../src/terms/stage.js';
import { reusingSpool } from '../temporary-files/reusing-spool.js';

const ENTITIES = Array.from({ length: 60 }, (_, at) => ({
  id: `e${at}`,
  type: 'product',
  ...(at % 7 === 0 ? { price: at / 4 } : { note: 'long '.repeat(at) }),
  data: {
    attributes: { size: { values: [{ value: at, uom: 'cm' }] } },
    relationships: { has: [{ id: `r${at}`, relTo: { id: 'b', type: 'part' } }] },
  },
}));

/** Which table. */
interface Asked {
  readonly format: 'dsv' | 'xlsx';
  readonly dsv: { readonly layout: 'fields' | 'entities' };
  readonly include?: readonly string[];
}

/** The bytes that a stage makes of the entities. */
async function bytesOf(stage: Stage<Batch, Buffer>): Promise<Buffer> {
  const run = newRun();
  const objects = ENTITIES;
  await stage.push(
    {
      ...{ kind: 'objects', objects, ordinals: objects.map((_, at) => at), source: 'test', firstIndex: 0 },
      ...{ memberNames: { id: 'id', type: 'type', name: 'name' }, covers: objects.length, filtered: 0, rejects: [] },
    },
    run,
  );
  const chunks: Buffer[] = [];
  for (let pieces = await stage.flush(run); pieces.length > 0; pieces = (await stage.more?.(run)) ?? []) {
    for (const piece of pieces) chunks.push(Buffer.from(piece));
  }
  await stage.close?.();
  return Buffer.concat(chunks);
}

function tableOf({ format, dsv, include }: Asked, openSpool: () => Spool): Stage<Batch, Buffer> {
  const settings = planExport({ format, dsv, ...(include && { request: { fields: { include } } }) }).output.dsv;
  if (!settings) throw new Error('a table has settings');
  if (format === 'dsv') return encodeDsvStage({ settings, openSpool });
  return encodeXlsxStage({
    ...{ settings, openSpool, openDeflating: () => deflatedPieces({ level: 1, threads: 1 }) },
    pack: (parts) => zipParts(parts, { level: 1, threads: 1 }),
  });
}

test.each<Asked>([
  { format: 'dsv', dsv: { layout: 'fields' } },
  { format: 'dsv', dsv: { layout: 'fields' }, include: ['note', 'price', 'id'] },
  { format: 'dsv', dsv: { layout: 'entities' } },
  { format: 'xlsx', dsv: { layout: 'fields' }, include: ['note', 'price', 'id'] },
  { format: 'xlsx', dsv: { layout: 'entities' } },
])('the table of %j is the same for chunks of any size', async (asked) => {
  const expected = await bytesOf(tableOf(asked, temporarySpool));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4000 }), async (chunkBytes) => {
      const made = await bytesOf(tableOf(asked, () => reusingSpool(chunkBytes)));
      expect(made.equals(expected)).toBe(true);
    }),
    { numRuns: 6, examples: [[1], [5]] },
  );
});
