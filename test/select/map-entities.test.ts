/** A mapper: the entities it returns are written in order, what it throws ends the run at its record. */
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import vm from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { limit } from '../../src/export/part-streams.js';
import type { MapOptions } from '../../src/export/stage-options.js';
import { encodeJson, filterById, filterEntities, mapEntities, readEntities } from '../../src/export/stage-streams.js';
import type { EntityMapper } from '../../src/select/map-entities.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';
import type { SluiceError } from '../../src/terms/errors.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { failureOf, refusalOf } from '../sources/outcome.js';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', note));
afterAll(async () => {
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toStrictEqual([]);
});

const ENTITIES = Array.from({ length: 40 }, (_, id) => ({ id }));
const linesOf = (entities: readonly object[]) => entities.map((entity) => `${JSON.stringify(entity)}\n`).join('');
const SOURCES: readonly [string, (entities: readonly object[]) => Source][] = [
  ['text', (entities) => bytes(linesOf(entities))],
  ['objects', (entities) => objects(entities)],
];

interface Mapped {
  readonly text: string;
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
}

async function mapped(
  source: Source,
  mapper: EntityMapper,
  { signal, ...options }: MapOptions & { readonly signal?: AbortSignal } = {},
): Promise<Mapped> {
  const run = createRun({ signal });
  let text = '';
  await pipeline(
    readEntities(source, { run }),
    mapEntities(mapper, options),
    encodeJson({ format: 'ndjson', run }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) text += chunk;
    },
  ).catch(() => {});
  return run.receipt.then(
    (receipt) => ({ text, receipt }),
    (error: SluiceError) => ({ text, error }),
  );
}

/** Resolves after this many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe.each(SOURCES)('one entity of %s to none, one or many', (_kind, sourceOf) => {
  /** The entity with the number 0 becomes none, that with the number 1 becomes `1.0`, that with 2 becomes `2.0`, `2.1` … */
  const copies = (entity: object, id: number) => Array.from({ length: id }, (_, copy) => ({ ...entity, copy }));

  it.each<[string, EntityMapper]>([
    ['an array', (entity, id) => copies(entity, id)],
    ['a promise of an array', async (entity, id) => copies(entity, id)],
    ['a Set', (entity, id) => new Set(copies(entity, id))],
    [
      'a generator',
      function* (entity, id) {
        yield* copies(entity, id);
      },
    ],
    ['undefined, an object or an array', (entity, id) => [undefined, copies(entity, id)[0]][id] ?? copies(entity, id)],
  ])('by %s: writes them in order and counts those added', async (_what, mapper) => {
    const { text, receipt } = await mapped(sourceOf(ENTITIES.slice(0, 4)), mapper);
    const expected = [0, 1, 2, 3].flatMap((id) => copies({ id }, id));
    expect(text).toBe(linesOf(expected));
    expect(receipt).toMatchObject({ read: 4, added: 3, written: 6, filtered: 1, rejected: 0 });
  });

  it('has no added count in the receipt when nothing was added', async () => {
    const { receipt } = await mapped(sourceOf(ENTITIES), (entity) => [entity]);
    expect(receipt).toMatchObject({ read: 40, written: 40 });
    expect(receipt).not.toHaveProperty('added');
  });

  it('writes what came before an entity that it refuses', async () => {
    const mapper: EntityMapper = (entity, id) => (id === 2 ? [entity, plainJavaScript(null)] : [entity, entity]);
    const { text, error } = await mapped(sourceOf(ENTITIES), mapper);
    expect(error).toMatchObject({ code: 'INVALID', recordIndex: 2 });
    expect(text).toBe(linesOf([0, 0, 1, 1, 2].map((id) => ({ id }))));
  });

  /** A mapper that returns generators without an end, and counts what they yield and how many were left. */
  function endless(filling = '') {
    const counts = { yielded: 0, left: 0 };
    const mapper: EntityMapper = function* (entity) {
      try {
        for (;;) {
          counts.yielded++;
          yield { ...entity, filling };
        }
      } finally {
        counts.left++;
      }
    };
    return { counts, mapper };
  }

  it('reads a generator without an end as far as a limit needs it, and leaves it', async () => {
    for (const between of [[], [filterEntities(() => true)], [mapEntities((entity) => [entity])]]) {
      const { counts, mapper } = endless();
      const run = createRun();
      const stages = [mapEntities(mapper), ...between, limit(1000), encodeJson({ format: 'ndjson', run })];
      const output = stages.reduce<NodeJS.ReadableStream>(
        (input, stage) => input.pipe(stage),
        readEntities(sourceOf(ENTITIES), { run }),
      );
      expect(String(await buffer(output))).toBe(linesOf(Array(1000).fill({ id: 0, filling: '' })));
      expect(await run.receipt).toMatchObject({ read: 1, added: 999, written: 1000, stoppedBy: 'limit' });
      expect(counts.left).toBe(1);
      expect(counts.yielded).toBeLessThan(3000);
    }
  });

  it('reads a generator without an end as far as a filter for ids needs it', async () => {
    let left = false;
    const run = createRun();
    const mapper: EntityMapper = function* () {
      try {
        for (let id = 0; ; id++) yield { id: `${id}` };
      } finally {
        left = true;
      }
    };
    const stream = readEntities(sourceOf(ENTITIES), { run }).pipe(mapEntities(mapper));
    const text = String(
      await buffer(stream.pipe(filterById(['700', '3'])).pipe(encodeJson({ format: 'ndjson', run }))),
    );
    expect(text).toBe('{"id":"3"}\n{"id":"700"}\n');
    expect(await run.receipt).toMatchObject({ read: 1, written: 2, stoppedBy: 'ids' });
    expect(left).toBe(true);
  });

  it('reads no further than its reader does, and leaves the generator when the reader has left', async () => {
    const { counts, mapper } = endless('x'.repeat(10_000));
    const run = createRun();
    await pipeline(
      readEntities(sourceOf(ENTITIES), { run }),
      mapEntities(mapper),
      encodeJson({ format: 'ndjson', run }),
      async (chunks) => {
        for await (const _ of chunks) {
          await turns(20);
          break;
        }
      },
    ).catch(() => {});
    expect(counts.yielded).toBeLessThan(3000);
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'ABORTED' });
    await turns(5);
    expect(counts.left).toBe(1);
  });

  it('leaves the generator at an abort', async () => {
    const { counts, mapper } = endless();
    const abort = new AbortController();
    const mapping = mapped(sourceOf(ENTITIES), mapper, { signal: abort.signal });
    await turns(20);
    abort.abort();
    expect((await mapping).error).toMatchObject({ code: 'ABORTED' });
    await turns(5);
    expect(counts.left).toBe(1);
  });

  it('fails at the record whose generator throws, also when it is left', async () => {
    const cause = new Error('no');
    const failing: EntityMapper = function* (entity, id) {
      for (let copy = 0; copy < 300; copy++) yield entity;
      if (id === 2) throw cause;
    };
    const { text, error } = await mapped(sourceOf(ENTITIES), failing);
    expect(error).toMatchObject({ code: 'CALLBACK_FAILED', stage: 'select', recordIndex: 2, cause });
    expect(text).toBe(linesOf(ENTITIES.slice(0, 3).flatMap((entity) => Array(300).fill(entity))));

    const run = createRun();
    const leaving: EntityMapper = function* (entity) {
      try {
        for (;;) yield entity;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
        throw cause;
      }
    };
    const read = readEntities(sourceOf(ENTITIES), { run });
    await pipeline(read, mapEntities(leaving), limit(1), encodeJson({ run }), buffer).catch(() => {});
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'CALLBACK_FAILED', recordIndex: 0, cause });
  });

  it('balances before and after limits, filters and further mappers', async () => {
    const few = fc.array(fc.nat(3), { minLength: 5, maxLength: 5 });
    const many = fc.array(fc.constantFrom(0, 1, 2, 255, 256, 257, 600), { minLength: 5, maxLength: 5 });
    const sizes = fc.oneof(few, many);
    const most = fc.option(fc.oneof(fc.nat(12), fc.integer({ min: 250, max: 1600 })), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(sizes, few, most, most, fc.nat(4), async (first, second, before, after, dropped) => {
        const run = createRun();
        const grow = (by: readonly number[]) =>
          mapEntities((entity, index) => Array.from({ length: by[index] }, (_, copy) => ({ ...entity, copy })));
        const stages = [
          ...(before === undefined ? [] : [limit(before)]),
          grow(first),
          filterEntities(({ copy }) => copy !== dropped),
          grow(second),
          ...(after === undefined ? [] : [limit(after)]),
        ];
        const source = ENTITIES.slice(0, 5);
        const output = stages.reduce<NodeJS.ReadWriteStream | NodeJS.ReadableStream>(
          (input, stage) => input.pipe(stage),
          readEntities(sourceOf(source), { run }),
        );
        const text = String(await buffer(output.pipe(encodeJson({ format: 'ndjson', run }))));
        const expected = source
          .slice(0, before)
          .flatMap(({ id }) =>
            Array.from({ length: first[id] }, (_, copy) => copy)
              .filter((copy) => copy !== dropped)
              .flatMap(() => Array.from({ length: second[id] }, (_, copy) => ({ id, copy }))),
          )
          .slice(0, after);
        expect(text).toBe(linesOf(expected));
        const { read, added = 0, written, filtered, rejected } = await run.receipt;
        expect(written).toBe(expected.length);
        expect(read + added).toBe(written + filtered + rejected);
      }),
      { numRuns: 100 },
    );
  });

  it('counts nothing of a record beyond the limit that cuts it', async () => {
    const run = createRun();
    const stream = readEntities(sourceOf(ENTITIES), { run }).pipe(mapEntities((entity) => [entity, entity, entity]));
    await buffer(stream.pipe(limit(4)).pipe(encodeJson({ run })));
    expect(await run.receipt).toMatchObject({ read: 2, added: 2, written: 4, filtered: 0, stoppedBy: 'limit' });
  });
});

describe.each(SOURCES)('a mapper of %s', (_kind, sourceOf) => {
  it('changes entities, drops those it returns undefined for, and gets their index', async () => {
    for (const wait of [false, true]) {
      const { text, receipt } = await mapped(sourceOf(ENTITIES.slice(0, 3)), (entity, recordIndex) => {
        const answer = entity.id === 1 ? undefined : { ...entity, recordIndex };
        return wait ? Promise.resolve(answer) : answer;
      });
      expect(text).toBe('{"id":0,"recordIndex":0}\n{"id":2,"recordIndex":2}\n');
      expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1 });
    }
  });

  it('keeps the order, whatever time each entity takes', async () => {
    const waits = fc.array(fc.option(fc.nat(5)), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(waits, fc.integer({ min: 1, max: 50 }), async (wait, concurrency) => {
        const mapper: EntityMapper = (entity, index) => {
          const turn = wait[index];
          return turn === null ? entity : turns(turn).then(() => (turn === 3 ? undefined : entity));
        };
        const { text, receipt } = await mapped(sourceOf(ENTITIES), mapper, { concurrency });
        const kept = ENTITIES.filter((_, index) => wait[index] !== 3);
        expect(text).toBe(linesOf(kept));
        expect(receipt).toMatchObject({ read: 40, written: kept.length, filtered: 40 - kept.length });
      }),
      { numRuns: 30 },
    );
  });

  it.each([1, 3, 16])('has at most %d pending calls', async (concurrency) => {
    let running = 0;
    let most = 0;
    const mapper: EntityMapper = async (entity) => {
      most = Math.max(most, ++running);
      await turns(3);
      running--;
      return entity;
    };
    await mapped(sourceOf(ENTITIES), mapper, concurrency === 16 ? {} : { concurrency });
    expect(most).toBe(concurrency);
  });

  it.each<[string, (fails: () => never) => EntityMapper]>([
    ['throws', (fails) => (entity) => (entity.id === 20 ? fails() : entity)],
    ['rejects', (fails) => async (entity) => (entity.id === 20 ? fails() : entity)],
    ['throws after pending answers', (fails) => (entity) => (entity.id === 20 ? fails() : later(entity))],
    [
      'rejects, as many after it do',
      (fails) => async (entity) => {
        if (Number(entity.id) < 20) return later(entity);
        await turns(entity.id === 20 ? 20 : 0);
        return fails();
      },
    ],
  ])('that %s ends the run with its error, at its record, after the entities before it', async (_how, make) => {
    const cause = new Error('no');
    const { text, error } = await mapped(
      sourceOf(ENTITIES),
      make(() => {
        throw cause;
      }),
    );
    expect(error).toMatchObject({ code: 'CALLBACK_FAILED', stage: 'select', recordIndex: 20, cause });
    expect(text).toBe(linesOf(ENTITIES.slice(0, 20)));
  });

  async function later(entity: object): Promise<object> {
    await turns(5);
    return entity;
  }

  it.each<[string, unknown]>([
    ['null', null],
    ['an array among the entities', [{ id: 1 }, [{ id: 2 }]]],
    ['null among the entities', [null]],
    ['a number among the entities', new Set([{}, 1])],
    ['a string', 'x'],
    ['a number', 7],
    ['a boolean', false],
    ['a function', () => {}],
    ['an instance of Date', new Date()],
    ['an instance of Map', new Map()],
    ['an instance of Buffer', Buffer.from('x')],
    ['an instance of Error', new Error('x')],
    ['an object that JSON does not write as one', { toJSON: () => 3 }],
  ])('must return plain objects or undefined, not %s', async (words, answer) => {
    const mapper: EntityMapper = (entity, index) => (index === 2 ? plainJavaScript(answer) : entity);
    for (const one of [mapper, async (entity, index) => mapper(entity, index)] satisfies EntityMapper[]) {
      const { error } = await mapped(sourceOf(ENTITIES), one);
      expect(error).toMatchObject({ code: 'INVALID', recordIndex: 2, message: expect.stringContaining(words) });
    }
  });

  it('may return objects of another realm, without a prototype, and with a toJSON method', async () => {
    const answers: readonly object[] = [
      vm.runInNewContext('({ a: 1 })'),
      Object.assign(Object.create(null), { a: 1 }),
      { toJSON: () => ({ a: 1 }) },
    ];
    const { text } = await mapped(sourceOf(ENTITIES.slice(0, 3)), (_, index) => answers[index]);
    expect(text).toBe('{"a":1}\n'.repeat(3));
  });

  it('that never settles is abandoned at an abort', async () => {
    const abort = new AbortController();
    const mapping = mapped(sourceOf(ENTITIES), () => new Promise(() => {}), { signal: abort.signal });
    await turns(50);
    abort.abort(new Error('enough'));
    expect((await mapping).error).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  });

  it('that rejects after an abort is not an unhandled rejection', async () => {
    const abort = new AbortController();
    const late = async () => {
      await turns(100);
      throw new Error('too late');
    };
    const mapping = mapped(sourceOf(ENTITIES), late, { signal: abort.signal });
    await turns(20);
    abort.abort();
    expect((await mapping).error).toMatchObject({ code: 'ABORTED' });
    await turns(120);
  });
});

/** Plain JavaScript can return anything. */
function plainJavaScript(answer: unknown): object {
  const box: { answer: object } = { answer: {} };
  Reflect.set(box, 'answer', answer);
  return box.answer;
}

test('requires a function, and a whole number as concurrency', async () => {
  for (const map of [undefined, null, 'x', {}]) {
    expect(await refusalOf(() => Reflect.apply(mapEntities, undefined, [map]))).toMatchObject({
      code: 'INVALID',
      path: 'map',
    });
  }
  for (const concurrency of [0, 1.5, -1, Number.POSITIVE_INFINITY]) {
    expect(await refusalOf(() => mapEntities((entity) => entity, { concurrency }))).toMatchObject({
      code: 'INVALID',
      path: 'concurrency',
    });
  }
});

test('abandons an onReject that never settles at an abort', async () => {
  const abort = new AbortController();
  const run = createRun({ signal: abort.signal, onReject: () => new Promise(() => {}) });
  const output = buffer(
    readEntities(bytes('{"id":}\n{"id":1}\n'), { run, onError: 'skip' }).pipe(encodeJson({ run })),
  ).catch(() => {});
  await turns(50);
  abort.abort();
  expect(await failureOf(run.receipt)).toMatchObject({ code: 'ABORTED' });
  await output;
});

test('a member whose name has an escape keeps its name, whatever entities came before', async () => {
  const text = '{"id":1,"h":[],"\\\\":0}\n{"id":2,"h":1,"\\"":2}\n';
  const names: string[][] = [];
  const take = (entity: object) => {
    names.push(Object.keys(entity));
    return entity;
  };
  await mapped(bytes(text), (entity) => take(entity));
  expect(names).toEqual([
    ['id', 'h', '\\'],
    ['id', 'h', '"'],
  ]);
});
