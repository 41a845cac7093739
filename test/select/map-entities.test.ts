/** A mapper of the caller: what it answers is written in order, what it throws ends the run at its record. */
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import vm from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import type { MapOptions } from '../../src/export/stage-options.js';
import { encodeJson, mapEntities, readEntities } from '../../src/export/stage-streams.js';
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

/** Resolves when as many turns of the event loop are over. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe.each(SOURCES)('a mapper of %s', (_kind, sourceOf) => {
  it('changes entities, drops those it answers undefined for, and is told their index', async () => {
    for (const wait of [false, true]) {
      const { text, receipt } = await mapped(sourceOf(ENTITIES.slice(0, 3)), (entity, recordIndex) => {
        const answer = entity.id === 1 ? undefined : { ...entity, recordIndex };
        return wait ? Promise.resolve(answer) : answer;
      });
      expect(text).toBe('{"id":0,"recordIndex":0}\n{"id":2,"recordIndex":2}\n');
      expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1 });
    }
  });

  it('may take any time for each, and the order stays', async () => {
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

  it.each([1, 3, 16])('is asked for no more than %d at the same time', async (concurrency) => {
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
    ['throws behind answers that are late', (fails) => (entity) => (entity.id === 20 ? fails() : later(entity))],
    [
      'rejects, as many behind it do',
      (fails) => async (entity) => {
        if (Number(entity.id) < 20) return later(entity);
        await turns(entity.id === 20 ? 20 : 0);
        return fails();
      },
    ],
  ])('that %s ends the run with its error, at its record, behind what came before', async (_how, make) => {
    const cause = new Error('no');
    const { text, error } = await mapped(
      sourceOf(ENTITIES),
      make(() => {
        throw cause;
      }),
    );
    expect(error).toMatchObject({ code: 'INTERNAL', stage: 'select', recordIndex: 20, cause });
    expect(text).toBe(linesOf(ENTITIES.slice(0, 20)));
  });

  async function later(entity: object): Promise<object> {
    await turns(5);
    return entity;
  }

  it.each<[string, unknown]>([
    ['null', null],
    ['an array', [{ id: 1 }]],
    ['a string', 'x'],
    ['a number', 7],
    ['a boolean', false],
    ['a function', () => {}],
    ['an instance of Date', new Date()],
    ['an instance of Map', new Map()],
    ['an instance of Buffer', Buffer.from('x')],
    ['an instance of Error', new Error('x')],
    ['what JSON writes as no object', { toJSON: () => 3 }],
  ])('must answer a plain object or nothing, not %s', async (words, answer) => {
    const mapper: EntityMapper = (entity, index) => (index === 2 ? plainJavaScript(answer) : entity);
    for (const one of [mapper, async (entity, index) => mapper(entity, index)] satisfies EntityMapper[]) {
      const { error } = await mapped(sourceOf(ENTITIES), one);
      expect(error).toMatchObject({ code: 'INVALID', recordIndex: 2, message: expect.stringContaining(words) });
    }
  });

  it('may answer objects of another realm, without a prototype, and with a toJSON of their own', async () => {
    const answers: readonly object[] = [
      vm.runInNewContext('({ a: 1 })'),
      Object.assign(Object.create(null), { a: 1 }),
      { toJSON: () => ({ a: 1 }) },
    ];
    const { text } = await mapped(sourceOf(ENTITIES.slice(0, 3)), (_, index) => answers[index]);
    expect(text).toBe('{"a":1}\n'.repeat(3));
  });

  it('that never answers is left at an abort', async () => {
    const abort = new AbortController();
    const mapping = mapped(sourceOf(ENTITIES), () => new Promise(() => {}), { signal: abort.signal });
    await turns(50);
    abort.abort(new Error('enough'));
    expect((await mapping).error).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  });

  it('that rejects behind an abort is no unhandled rejection', async () => {
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

/** Plain JavaScript can answer anything. */
function plainJavaScript(answer: unknown): object {
  const box: { answer: object } = { answer: {} };
  Reflect.set(box, 'answer', answer);
  return box.answer;
}

test('a mapper is a function, and some answers at the same time are a whole number', async () => {
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

test('a handler of rejects that never answers is left at an abort', async () => {
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
