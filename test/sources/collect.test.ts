/** Items in batches, without waiting for more. */
import { describe, expect, it } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { collect } from '../../src/sources/collect.js';
import { objects } from '../../src/sources/objects.js';

const forever = new AbortController().signal;

async function sizes(source: AsyncIterable<number> | Iterable<number>): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { items } of collect(source, 3, forever)) found.push(items.length);
  return found;
}

describe('collect', () => {
  it('fills batches from available items', async () => {
    expect(await sizes([1, 2, 3, 4, 5, 6, 7])).toEqual([3, 3, 1]);
    expect(await sizes([])).toEqual([]);
    async function* ready() {
      for (let item = 0; item < 7; item++) yield item;
    }
    expect(await sizes(ready())).toEqual([3, 3, 1]);
  });

  it('yields its items before a failure', async () => {
    const cause = new Error('gone');
    async function* failing() {
      yield 1;
      throw cause;
    }
    const found = [];
    for await (const one of collect(failing(), 3, forever)) found.push(one);
    expect(found).toEqual([{ items: [1], failure: { cause } }]);
  });
});

it('lets a limit end a source that would wait forever for more', async () => {
  let returned = false;
  const source: AsyncIterable<object> = {
    [Symbol.asyncIterator]() {
      let count = 0;
      return {
        next: () => (count < 2 ? Promise.resolve({ done: false, value: { id: count++ } }) : new Promise(() => {})),
        return: () => {
          returned = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
  const stream = exportEntities({ source: objects(source), request: { maxRecords: 2 }, format: 'ndjson' });
  let text = '';
  for await (const chunk of stream) text += chunk;
  expect(text).toBe('{"id":0}\n{"id":1}\n');
  expect(await stream.receipt).toMatchObject({ read: 2, written: 2, stoppedBy: 'limit' });
  expect(returned).toBe(true);
});
