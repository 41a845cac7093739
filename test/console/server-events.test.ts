/** The text of server-sent events. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents } from '../../src/console/server-events.js';

/** The events in a text that arrives in pieces. */
async function read(text: string, size = text.length): Promise<readonly object[]> {
  const bytes = new TextEncoder().encode(text);
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  const events: object[] = [];
  for await (const event of readEvents(pieces)) events.push(event);
  return events;
}

test('events have their id, their name and their data', async () => {
  const text =
    'retry: 1000\n\n: nothing\n\nid: 3\nevent: job\ndata: {"a":1}\n\ndata: one\r\ndata: two\r\n\r\ndata: cut';
  expect(await read(text)).toStrictEqual([
    { id: '3', name: 'job', data: '{"a":1}' },
    { id: '', name: 'message', data: 'one\ntwo' },
  ]);
});

test('events are the same in whatever pieces they arrive', async () => {
  const data = fc.array(
    fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(data, fc.integer({ min: 1, max: 7 }), async (texts, size) => {
      const text = texts.map((one, index) => `id: ${index}\ndata: ${one}\n\n`).join('');
      const events = texts.map((one, index) => ({ id: String(index), name: 'message', data: one }));
      expect(await read(text, size)).toStrictEqual(events);
    }),
    { numRuns: 20 },
  );
});
