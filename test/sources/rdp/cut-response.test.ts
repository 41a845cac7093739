/** Entities cut out of responses: their text unchanged, the frame around them parsed, in any chunks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutResponse, ResponseCutter } from '../../../src/sources/rdp/cut-response.js';

/** Cuts a text that comes in pieces of these lengths, which repeat. */
function cut(text: string | Buffer, sizes: readonly number[] = [1 << 20]) {
  const bytes = Buffer.from(text);
  const cutter = new ResponseCutter();
  const pieces: Buffer[] = [];
  for (let pos = 0, turn = 0; pos < bytes.length; turn++) {
    const size = sizes[turn % sizes.length];
    // Its own memory, which is overwritten afterwards: the cutter must not keep a reference to it.
    const chunk = Buffer.from(bytes.subarray(pos, pos + size));
    const piece = cutter.push(chunk);
    if (piece) pieces.push(Buffer.from(piece));
    chunk.fill(0);
    pos += size;
  }
  return { entities: Buffer.concat(pieces).toString(), count: cutter.entities, answer: cutter.end(), cutter };
}

const frameOf = (answer: CutResponse) => (answer.kind === 'frame' ? answer.frame : answer);

const ENTITY = ' {"id":"a]","n":[1e400,{"x":"\\"}\\\\"}], "big":12345678901234567890,"e":"\\u00e9\\/"} ';
const BEFORE = '{"request":{"entities":[{"id":"no"}]},"response":{"scrollId":"s\\u0031","entities":[';
const BEHIND = `${ENTITY},\n${ENTITY}],"status":"success","totalRecords":2}}`;

test('returns the text of the entities unchanged, at every boundary of chunks', () => {
  const text = BEFORE + BEHIND;
  for (let at = 1; at < text.length; at++) {
    const { entities, count, answer } = cut(text, [at, text.length]);
    expect({ entities, count }).toStrictEqual({ entities: `${ENTITY},\n${ENTITY}`, count: 2 });
    expect(frameOf(answer)).toStrictEqual({
      request: { entities: [{ id: 'no' }] },
      response: { scrollId: 's1', entities: [], status: 'success', totalRecords: 2 },
    });
  }
  expect(cut(text, [1]).entities).toBe(`${ENTITY},\n${ENTITY}`);
});

test('accepts the frame before and after the entities', () => {
  const before = cut('{"response":{"status":"success","totalRecords":1,"scrollId":"x","entities":[{}]}}');
  const after = cut('{"response":{"entities":[{}],"scrollId":"x","totalRecords":1,"status":"success"},"request":{}}');
  expect(frameOf(before.answer)).toMatchObject({ response: { scrollId: 'x', totalRecords: 1 } });
  expect(frameOf(after.answer)).toMatchObject({ response: { scrollId: 'x', totalRecords: 1 }, request: {} });
  expect([before.entities, after.entities]).toStrictEqual(['{}', '{}']);
});

describe('accepts only the list of entities in the response', () => {
  test.each([
    ['an escape in the names', '{"respons\\u0065":{"\\u0065ntities":[{}]}}', '{}', 1],
    ['none', '{"response":{"status":"success"}}', '', 0],
    ['an empty list', '{"response":{"entities":[ ]}}', ' ', 0],
    ['no list', '{"response":{"entities":{"a":[1]}}}', '', 0],
    ['null', '{"response":{"entities":null}}', '', 0],
    ['entities in other places', '{"entities":[1],"response":{"x":{"entities":[2]}},"y":{"entities":[3]}}', '', 0],
    ['entities in a nested response', '{"response":{"response":{"entities":[1]}}}', '', 0],
    ['a list in the place of the response', '{"response":[{"entities":[1]}]}', '', 0],
    ['the name as a value', '{"response":{"x":"entities","y":[1]}}', '', 0],
    ['scalars, which the reader refuses', '{"response":{"entities":[1 , true,"x"]}}', '1 , true,"x"', 3],
    ['a byte order mark', '\ufeff{"response":{"entities":[{}]}}', '{}', 1],
  ])('%s', (_what, text, entities, count) => {
    for (const sizes of [[1], [2], [3], [1000]]) {
      const found = cut(text, sizes);
      expect({ entities: found.entities, count: found.count }).toStrictEqual({ entities, count });
      expect(found.answer.kind).toBe('frame');
    }
  });
});

describe('refused', () => {
  test('refuses a response that ends early, anywhere', () => {
    const text = BEFORE + BEHIND;
    for (let at = 0; at < text.length; at++) expect(cut(text.slice(0, at)).answer).toStrictEqual({ kind: 'cut' });
  });

  test.each([
    ['an HTML page of a gateway', '<html><body class="x">Bad gateway'],
    ['words', 'upstream error'],
    ['two lists', '{"response":{"entities":[{}],"entities":[{}]}}'],
    ['a frame that is not JSON', '{"response":{"entities":[{}] "status":1}}'],
    ['brackets that do not match', '{"response":{"entities":[]]}'],
    ['more than one response', '{"response":{}}{"response":{}}'],
  ])('%s', (_what, text) => {
    expect(cut(text, [3]).answer.kind).toBe('invalid');
  });

  test('refuses bytes around the entities that are not UTF-8', () => {
    expect(cut(Buffer.from('{"response":{"x":"\xff"}}', 'latin1')).answer.kind).toBe('invalid');
  });

  test('refuses an endless frame', () => {
    const cutter = new ResponseCutter();
    const chunk = Buffer.from('"x",'.repeat(250_000));
    cutter.push(Buffer.from('{"response":{"a":['));
    for (let chunks = 0; chunks < 17; chunks++) cutter.push(chunk);
    expect(cutter.fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('around the entities') });
  });
});

test('knows the id of the scroll as soon as it has arrived', () => {
  const text = '{"response":{"scrollId" : "a\\"b","entities":[{"scrollId":"no"},';
  expect(cut(text, [7]).cutter.scrollId()).toBe('a"b');
  expect(cut(text.slice(0, 28)).cutter.scrollId()).toBeUndefined();
  expect(cut('{"response":{"scrollId":"\\q"}}').cutter.scrollId()).toBeUndefined();
});

test('parses any response as JSON.parse does, in any chunks', () => {
  const key = fc.constantFrom('entities', 'response', 'scrollId', 'status', 'x', '"]', '\\', '{é');
  const value = fc.json({ maxDepth: 3 }).map((text): unknown => JSON.parse(text));
  const members = fc.dictionary(key, value, { maxKeys: 4 });
  const response = fc.record({ before: members, entities: fc.array(value, { maxLength: 4 }), after: members });
  const spaces = fc.constantFrom(undefined, 1, '\t');
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      members,
      response,
      members,
      spaces,
      sizes,
      (front, { before, entities, after }, back, space, chunks) => {
        const { response: _, ...outer } = front;
        const { entities: __, ...inner } = { ...before, ...after };
        const { response: ___, ...last } = back;
        const whole = { ...outer, response: { ...inner, entities }, ...last };
        const found = cut(JSON.stringify(whole, null, space), chunks);
        expect(JSON.parse(`[${found.entities}]`)).toStrictEqual(JSON.parse(JSON.stringify(entities)));
        expect(found.count).toBe(entities.length);
        expect(frameOf(found.answer)).toStrictEqual(
          JSON.parse(JSON.stringify({ ...whole, response: { ...inner, entities: [] } })),
        );
      },
    ),
    { numRuns: 500 },
  );
});
