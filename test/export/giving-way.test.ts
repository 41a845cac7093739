/** Long work yields to timers: over buffered input, and between the entities of one batch. */
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { bytes, exportEntities, objects } from '../../src/index.js';
import { encodeJson, mapEntities, readEntities } from '../../src/stages.js';

/** Longer than a turn. */
const BUSY_MS = 12;

function work(): void {
  const until = performance.now() + BUSY_MS;
  while (performance.now() < until);
}

/** Counts the turns of the event loop until the promise settles. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let turns = 0;
  let immediate = setImmediate(count);
  function count() {
    turns++;
    immediate = setImmediate(count);
  }
  await done.finally(() => clearImmediate(immediate));
  return turns;
}

const LINES = '{"id":"a","data":{"attributes":{"x":{"values":[{"value":"red"}]}}}}\n'.repeat(6);

describe('an export yields the event loop', () => {
  test('with an endless generator, so that its timeout fires', async () => {
    function* endless() {
      for (let id = 0; ; id++) yield { id: `e${id}`, type: 'product' };
    }
    const stream = exportEntities({ source: objects(endless()), format: 'ndjson', signal: AbortSignal.timeout(30) });
    await expect(stream.forEach(() => {})).rejects.toThrow();
    await expect(stream.receipt).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('between the slow objects of a source', async () => {
    function* slow() {
      for (let id = 0; id < 6; id++) {
        work();
        yield { id: `e${id}` };
      }
    }
    const stream = exportEntities({ source: objects(slow()), format: 'ndjson' });
    expect(await turnsUntil(stream.forEach(() => {}))).toBeGreaterThanOrEqual(3);
  });

  test('between the entities of one batch', async () => {
    const mapped = pipeline(
      readEntities(bytes([LINES])),
      mapEntities((entity) => {
        work();
        return entity;
      }),
      encodeJson(),
      async (chunks) => {
        for await (const _ of chunks);
      },
    );
    expect(await turnsUntil(mapped)).toBeGreaterThanOrEqual(3);
  });

  test('while it collects the requested ids', async () => {
    const turnsOf = (count: number) => {
      const ids = Array.from({ length: count }, (_, index) => `id${index}`);
      const stream = exportEntities({ source: bytes('{"id":"id0"}\n'), request: { ids }, format: 'ndjson' });
      return turnsUntil(stream.forEach(() => {}));
    };
    const few = await turnsOf(1);
    expect(await turnsOf(600_000)).toBeGreaterThanOrEqual(few + 3);
  });

  test.each([
    ['rows of a table', { format: 'dsv' as const }],
    ['JSON', { format: 'ndjson' as const }],
    ['criteria', { format: 'ndjson' as const, request: { criteria: { attributes: [{ x: { exact: 'red' } }] } } }],
    ['a sorted result', { format: 'ndjson' as const, request: { sort: 'data.attributes.x.values.value' } }],
    ['a projection', { format: 'ndjson' as const, request: { fields: { attributes: ['x'] } } }],
  ])('between the objects that become %s', async (_, options) => {
    // Objects with getters may be slow to read.
    const data = {
      get attributes() {
        work();
        return { x: { values: [{ value: 'red' }] } };
      },
    };
    const entities = Array.from({ length: 40 }, (_unused, id) => ({ id: `e${id}`, data }));
    const stream = exportEntities({ source: objects(entities), ...options });
    expect(await turnsUntil(stream.forEach(() => {}))).toBeGreaterThanOrEqual(3);
    expect(await stream.receipt).toMatchObject({ written: 40 });
  });
});
