/** A path that ends at an array, or before it: what is told of it, and the path that reads its elements. */
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { chunked } from '../naive/arbitraries.js';
import { ofLines, run } from './outcome.js';

const AWS = '{"Reservations":[{"r":1,"Instances":[{"i":1},{"i":2}]},{"r":2,"Instances":[{"i":3}]}],"NextToken":null}';
const INSTANCES = ['{"i":1}', '{"i":2}', '{"i":3}'];

describe.each(['scan', 'stream-json'] as const)('reader %s', (reader) => {
  const outcome = (path: string, text = AWS) => {
    const source = bytes(reader === 'scan' ? chunked(Buffer.from(text), [7]) : [text]);
    return run({ source, input: 'document', path, reader });
  };

  test('proposes the last star of a path to arrays, which reads their elements', async () => {
    const { lines, receipt } = await outcome('Reservations.*.Instances');
    expect(lines).toEqual([]);
    expect(receipt?.notes).toMatchObject([
      { code: 'NOTHING_AT_PATH', text: expect.stringContaining('path "Reservations.*.Instances.*" (--path)') },
    ]);
    expect((await outcome('Reservations.*.Instances.*')).lines).toEqual(INSTANCES);
  });

  test.each([
    ['Reservations.Instances', AWS, 'since Reservations is an array; path Reservations.*.Instances.* leads'],
    ['Reservations.Instances.*', AWS, 'since Reservations is an array; path Reservations.*.Instances.* leads'],
    ['a.b', '[{"a":{"b":[]}}]', 'since the document is an array; path *.a.b.* leads'],
  ])('proposes a star for the array on the way of %s', async (path, text, remedy) => {
    const { error } = await outcome(path, text);
    expect(error).toMatchObject({ code: 'NO_ENTITIES', message: expect.stringContaining(remedy) });
  });

  test('proposes one more star where the entities are arrays', async () => {
    const { error } = await outcome('*', '{"a":[{"i":1}],"b":[{"i":2}]}');
    expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', message: expect.stringContaining('one more ".*"') });
    expect((await outcome('*.*', '{"a":[{"i":1}],"b":[{"i":2}]}')).lines).toEqual(['{"i":1}', '{"i":2}']);
  });
});

test('proposes explode for an array in each of the lines', async () => {
  const text = '{"lines":[{"n":1},{"n":2}]}\n';
  const { receipt } = await ofLines(text, { unwrap: 'lines' });
  expect(receipt?.notes).toMatchObject([{ text: expect.stringContaining('explode "lines" too') }]);
  const exploded = await ofLines(text, { unwrap: 'lines', explode: 'lines' });
  expect(exploded.lines).toEqual(['{"n":1}', '{"n":2}']);
});
