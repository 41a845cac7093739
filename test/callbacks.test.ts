/** What functions and iterables of the caller throw: which of them, at which record, and why. */
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { encodeJson, filterEntities, mapEntities, readEntities } from '../src/export/stage-streams.js';
import { exportEntities } from '../src/index.js';
import { BackOff, Outage } from '../src/remote/back-off.js';
import { objects } from '../src/sources/objects.js';
import { Run } from '../src/terms/run.js';
import { failureOf } from './sources/outcome.js';

const cause = new TypeError('no such color');
const fail = (): never => {
  throw cause;
};
const ENTITIES = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
const failsAtB = ({ id }: { readonly id?: unknown }) => (id === 'b' ? fail() : true);

describe('is CALLBACK_FAILED, with the name of the function', () => {
  test.each([
    ['mapEntities', mapEntities((entity) => (failsAtB(entity) ? entity : undefined))],
    ['mapEntities', mapEntities(async (entity) => (failsAtB(entity) ? entity : undefined))],
    [
      'mapEntities',
      mapEntities(function* (entity) {
        yield entity;
        failsAtB(entity);
      }),
    ],
    ['filterEntities', filterEntities(failsAtB)],
    ['filterEntities', filterEntities(async (entity) => failsAtB(entity))],
  ])('of %s, and the record', async (name, stage) => {
    const work = pipeline(readEntities(objects(ENTITIES)), stage, encodeJson(), async (chunks) => {
      for await (const _ of chunks);
    });
    const message = `the objects: the function of ${name} failed for record 1: no such color`;
    const details = { stage: 'select', source: 'the objects', recordIndex: 1, cause, message };
    expect(await failureOf(work)).toMatchObject({ code: 'CALLBACK_FAILED', ...details });
  });

  test('of onReject, and the record', async () => {
    const source = objects([{ id: 'a' }, 7]);
    const work = exportEntities({ source, onError: 'skip', onReject: fail }).toBuffer();
    const details = { stage: 'run', source: 'the objects', recordIndex: 1, cause };
    const error = await failureOf(work);
    expect(error).toMatchObject({ code: 'CALLBACK_FAILED', ...details });
    expect(error.message).toBe('the objects: onReject failed for record 1: no such color');
  });

  test('of onProgress', () => {
    const clock = { now: 0 };
    const run = new Run({ id: 'a', now: () => clock.now, startedAt: 0, onProgress: fail });
    clock.now = 1000;
    const settle = () => run.settle({ covers: 1, filtered: 0, rejects: [], written: 1 });
    expect(settle).toThrow(
      expect.objectContaining({ code: 'CALLBACK_FAILED', message: 'onProgress failed: no such color', cause }),
    );
  });

  test('of an asynchronous onProgress, at the next batch and in the receipt', async () => {
    const clock = { now: 0 };
    const options = { id: 'a', now: () => clock.now, startedAt: 0, onProgress: async () => fail() };
    const [run, another] = [new Run(options), new Run(options)];
    clock.now = 1000;
    const settle = () => run.settle({ covers: 1, filtered: 0, rejects: [], written: 1 });
    settle();
    another.settle({ covers: 0, filtered: 0, rejects: [], written: 0 });
    await new Promise(setImmediate);
    expect(settle).toThrow(expect.objectContaining({ code: 'CALLBACK_FAILED', cause }));
    another.close();
    expect(await failureOf(another.receipt)).toMatchObject({ code: 'CALLBACK_FAILED', cause });
  });

  test('of a logger, at a reject', async () => {
    const logger = { debug: fail, info: () => {}, warn: fail, error: fail };
    const work = exportEntities({ source: objects([{ id: 'a' }, 7]), onError: 'skip', logger }).toBuffer();
    expect(await failureOf(work)).toMatchObject({
      ...{ code: 'CALLBACK_FAILED', message: 'the logger failed: no such color', cause },
    });
  });

  test.each([
    ['onRetry', fail],
    ['an asynchronous onRetry', async () => fail()],
  ])('of %s', async (_name, onRetry) => {
    const backOff = new BackOff({ onRetry }, new AbortController().signal);
    const work = backOff.run(async () => {
      throw new Outage('SERVICE_FAILED', 'it is gone');
    });
    expect(await failureOf(work)).toMatchObject({
      ...{ code: 'CALLBACK_FAILED', stage: 'client', message: 'onRetry failed: no such color', cause },
    });
  });
});

test('of a source of objects is READ_FAILED, with the record that did not come', async () => {
  function* failing() {
    yield* ENTITIES;
    fail();
  }
  expect(await failureOf(exportEntities({ source: objects(failing(), 'the feed') }).toBuffer())).toMatchObject({
    ...{ code: 'READ_FAILED', stage: 'read', source: 'the feed', recordIndex: 3, cause },
    message: 'the feed: reading record 3 failed: no such color',
  });
});
