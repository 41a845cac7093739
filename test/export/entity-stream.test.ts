/** Iterating over entities as objects. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { readEntities } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { failureOf } from '../sources/outcome.js';

const LINES = '{"id":"1","type":"a"}\n{"id":"2","type":"b"}\n{"id":"3","type":"a"}\n';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-entities-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function idsOf(entities: AsyncIterable<{ readonly id?: unknown }>, into: unknown[] = []) {
  for await (const { id } of entities) into.push(id);
  return into;
}

describe('a loop over readEntities', () => {
  test.each([
    ['lines', LINES],
    ['a document', `{"entities":[${LINES.trim().replaceAll('\n', ',')}]}`],
    ['an array', `[${LINES.trim().replaceAll('\n', ',')}]`],
  ])('yields the entities of %s as objects, and counts them', async (_form, text) => {
    const run = createRun();
    expect(await idsOf(readEntities(bytes(text), { run }))).toStrictEqual(['1', '2', '3']);
    expect(await run.receipt).toMatchObject({ read: 3, written: 3, filtered: 0, rejected: 0 });
  });

  test('yields objects unchanged', async () => {
    expect(await idsOf(readEntities(objects([{ id: 1 }, { id: 2 }])))).toStrictEqual([1, 2]);
  });

  test('yields the entities before a fault, then throws it', async () => {
    const run = createRun();
    const seen: unknown[] = [];
    const loop = idsOf(readEntities(bytes(`${LINES}{"id":"4",}\n`), { run }), seen);
    expect(await failureOf(loop)).toMatchObject({ code: 'INVALID_JSON', recordIndex: 3, line: 4 });
    expect(seen).toStrictEqual(['1', '2', '3']);
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'INVALID_JSON' });
  });

  test('skips and counts rejected records', async () => {
    const run = createRun();
    const text = `{"id":"0",}\n${LINES}`;
    expect(await idsOf(readEntities(bytes(text), { run, onError: 'skip' }))).toStrictEqual(['1', '2', '3']);
    expect(await run.receipt).toMatchObject({ read: 4, written: 3, rejected: 1 });
  });

  test('closes the source and aborts the run when it is left early', async () => {
    const run = createRun();
    let closed = false;
    async function* endless() {
      try {
        for (let id = 0; ; id++) yield `{"id":${id}}\n`;
      } finally {
        closed = true;
      }
    }
    for await (const { id } of readEntities(bytes(endless()), { run })) if (id === 100) break;
    expect(closed).toBe(true);
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'ABORTED' });
  });

  test('is refused a second time', async () => {
    const entities = readEntities(bytes(LINES));
    await idsOf(entities);
    expect(await failureOf(idsOf(entities))).toMatchObject({ code: 'ALREADY_USED' });
  });

  test('runs in constant memory: entities are created on demand', async () => {
    const file = join(folder, 'in.ndjson');
    await writeFile(file, LINES.repeat(50_000));
    let count = 0;
    for await (const _entity of readEntities(file)) count++;
    expect(count).toBe(150_000);
  });
});

test('a function at the end of a pipeline gets the entities too', async () => {
  const seen: unknown[] = [];
  await pipeline(readEntities(bytes(LINES)), async (entities: AsyncIterable<{ readonly id?: unknown }>) => {
    await idsOf(entities, seen);
  });
  expect(seen).toStrictEqual(['1', '2', '3']);
});
