/** The second reader: the entities of JSON text as objects, with equal values in every form. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { exported, type Outcome } from './outcome.js';

const ENTITIES = [
  { id: 'a', type: 't', name: 'é😀', data: { attributes: { x: [1, -2.5, true, null, { y: {} }] } } },
  { type: 'u', id: 7, text: 'quote " backslash \\ line\n \u2028' },
  {},
];
const [A, B, C] = ENTITIES.map((entity) => JSON.stringify(entity));

function read(input: string | Buffer, options: Partial<ExportOptions> = {}): Promise<Outcome> {
  return exported({ source: bytes([Buffer.from(input)]), reader: 'stream-json', format: 'ndjson', ...options });
}

const valuesOf = ({ output, error }: Outcome) => {
  if (error) throw error;
  return output
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
};

test.each<[string, string, Partial<ExportOptions>?]>([
  ['lines', `${A}\n${B}\n${C}\n`],
  ['lines without a final newline, with blank ones and CRLF', `\r\n${A}\r\n\n${B}\n${C}`],
  ['lines after a byte order mark', `\ufeff${A}\n${B}\n${C}`],
  ['lines, as a given form', `${A}\n${B}\n${C}`, { input: 'lines' }],
  ['an array', ` [${A}, ${B},${C} ] \n`],
  ['an array, as a given form', `[${A},${B},${C}]`, { input: 'array' }],
  ['a document', `{"n":1,"entities":[${A},${B},${C}],"after":{"entities":[1]}}`],
  ['a document, as a given form', `{"entities":[${A},${B},${C}]}`, { input: 'document' }],
  ['a response', `{"request":{"x":[{}]},"response":{"status":"success","entities":[${A},${B},${C}]}}`],
  ['a path', `{"b":[{"id":"no"}],"a":{"c":[],"b":[${A},${B},${C}]}}`, { path: 'a.b' }],
  ['the names of the path in other places', `{"x":{"entities":[{"id":"no"}]},"entities":[${A},${B},${C}]}`],
])('%s', async (_form, input, options) => {
  const values = [A, B, C].map((text): unknown => JSON.parse(text));
  expect(valuesOf(await read(input, options))).toStrictEqual(values);
  expect(valuesOf(await read(gzipSync(input), options))).toStrictEqual(values);
  const singles = bytes([...Buffer.from(input)].map((byte) => Buffer.of(byte)));
  expect(valuesOf(await read('', { ...options, source: singles }))).toStrictEqual(values);
});

test('reads no entities from an empty input', async () => {
  for (const input of ['', ' \n', '\ufeff', '[]', '{"entities":[]}']) {
    expect(await read(input)).toMatchObject({
      output: { length: 0 },
      receipt: { read: 0, bytesIn: Buffer.byteLength(input) },
    });
  }
});

test('parses values as JSON.parse does', async () => {
  const text =
    '{"id":1.0,"a":1e400,"b":-0,"c":9007199254740993,"d":"\\ud83d\\ude00\\ud800","__proto__":{"x":1},"e":1,"e":2}';
  expect((await read(text)).output.toString()).toBe(`${JSON.stringify(JSON.parse(text))}\n`);
});

test('reads entities of megabytes, and many small ones', async () => {
  const large = JSON.stringify({ id: 'l', text: 'é'.repeat(2_000_000) });
  const small = Array.from({ length: 5000 }, (_, id) => `{"id":${id}}`).join('\n');
  const { output, receipt } = await read(`${small}\n${large}\n`);
  expect(output.equals(Buffer.from(`${small}\n${large}\n`))).toBe(true);
  expect(receipt).toMatchObject({ read: 5001, written: 5001 });
});

test('selects and projects like the scanner', async () => {
  const outcome = await read(`[${A},${B}]`, {
    request: { types: ['T'], fields: { attributes: ['x'] }, maxRecords: 5 },
  });
  const { receipt } = outcome;
  expect(valuesOf(outcome)).toStrictEqual([ENTITIES[0]]);
  expect(receipt).toMatchObject({ read: 2, written: 1, filtered: 1 });
});

test('a limit ends reading early', async () => {
  let handed = 0;
  function* endless() {
    for (;;) {
      handed++;
      yield `${A}\n`.repeat(1000);
    }
  }
  const { receipt } = await read('', { source: bytes(endless()), request: { maxRecords: 3 } });
  expect(receipt).toMatchObject({ read: 3, written: 3, stoppedBy: 'limit' });
  expect(handed).toBeLessThan(100);
});

describe('faults', () => {
  test.each<[string, string | Buffer, string, number | undefined, Partial<ExportOptions>?]>([
    ['a trailing comma', `${C}\n{"id":1,}\n`, 'INVALID_JSON', 1],
    ['a trailing comma in an array', `[${C},]`, 'INVALID_JSON', 1],
    ['no JSON at all', 'hello', 'INVALID_JSON', 0],
    ['text after the document', `{"entities":[${C}]}x`, 'INVALID_JSON', 1],
    ['a number in an array', `[${C},1]`, 'NOT_AN_ENTITY', 1],
    ['null on a line', `${C}\nnull\n`, 'NOT_AN_ENTITY', 1],
    ['an array on a line', `${C}\n[1]\n`, 'NOT_AN_ENTITY', 1],
    ['a truncated line', `${C}\n{"id":"x`, 'TRUNCATED', 1],
    ['a truncated array', `[${C}`, 'TRUNCATED', 1],
    ['a truncated document', `{"entities":[${C}`, 'TRUNCATED', 1],
    ['an invalid byte', Buffer.from('{"id":"\xff"}', 'latin1'), 'INVALID_UTF8', undefined],
    ['a truncated character at the end', Buffer.from('{"id":"\xc3', 'latin1'), 'INVALID_UTF8', undefined],
    ['no entities at the path', '{"x":[]}', 'NO_ENTITIES', 0, { path: 'entities' }],
    ['lines with the form document', '{"id":"a"}\n', 'NO_ENTITIES', 0, { input: 'document' }],
    ['a second array at the path', `{"entities":[${C}],"entities":[${C}]}`, 'DUPLICATE_KEY', undefined],
    ['an unclear first megabyte', `{"x":"${'y'.repeat(1_100_000)}"}`, 'UNDECIDED_FORM', undefined],
  ])('%s', async (_fault, input, code, recordIndex, options) => {
    const { error } = await read(input, options);
    expect(error).toMatchObject({ code, stage: 'read', source: 'the input' });
    expect(error?.message).toContain('the input');
    if (recordIndex !== undefined) expect(error?.recordIndex).toBe(recordIndex);
  });

  test.each<[string, string, number]>([
    ['on a line', `${C}\n\n{"id":1,}\n${C}`, 3],
    ['of an entity', `${C}\n7\n`, 2],
    ['after a value on its line', `\n${C}${C}\n`, 2],
    ['in an array', `[\n${C},\n${C}\n,]`, 4],
    ['in an entity over several lines', '{\n"entities":[\n{"id":\n1,\n}]}', 5],
    ['at the end of a truncated input', `[${C},\n${C},\n`, 3],
    ['without an array', '{"entitie":\n[]}', 2],
  ])('are reported with their line %s', async (_where, input, line) => {
    const form = input.startsWith('{"entitie"')
      ? { path: 'entities' }
      : input.startsWith('\n') && ({ input: 'lines' } as const);
    const { error } = await read(input, form || {});
    expect(error).toMatchObject({ line, message: expect.stringContaining(`the input:${line}: `) });
  });

  test('of bytes that are not UTF-8 are reported with their line', async () => {
    const { error } = await read(Buffer.from(`${C}\n${C}\n{"id":"\xff"}\n`, 'latin1'));
    expect(error).toMatchObject({ code: 'INVALID_UTF8', recordIndex: 2, line: 3 });
  });

  test.each<[string, string, Partial<ExportOptions>?]>([
    ['a type', `${C}\n{"type":"a","x":{"type":1},"type":"b"}\n`],
    ['an id of an array', `[${C},\n{"id":1,"id":1}]`],
    ['an id of a document', `{"n":1,"n":2,"entities":[${C},\n{"id":1,"\\u0069d":1}]}`],
    ['a requested name', `${C}\n{"name":"a","name":"b"}\n`, { request: { name: 'a' } }],
    ['a type of another name', `${C}\n{"kind":"a","kind":"b"}\n`, { typeField: 'kind' }],
  ])('%s twice is a fault', async (_what, input, options) => {
    const { error } = await read(input, options);
    expect(error).toMatchObject({ code: 'DUPLICATE_KEY', recordIndex: 1, line: 2 });
  });

  test('refuses a raw control character', async () => {
    // The parser waits for an end of the string that never comes.
    const { error } = await read(`${C}\n{"id":"\u0001"}\n${C}\n`);
    expect(['INVALID_JSON', 'TRUNCATED']).toContain(error?.code);
    expect(error?.recordIndex).toBe(1);
  });

  test('refuses more than one value on a line', async () => {
    const { error, receipt } = await read(`${A}${A}\n`, { input: 'lines' });
    expect(error?.code ?? receipt?.read).toBe('INVALID_JSON');
  });

  test('deep nesting passes or is a typed error, never an overflow', async () => {
    for (const levels of [1000, 200_000]) {
      const { error, receipt } = await read(`{"id":"a","x":${'['.repeat(levels)}${']'.repeat(levels)}}\n`);
      if (error) expect(['TOO_DEEP', 'UNSERIALIZABLE']).toContain(error.code);
      else expect(receipt?.written).toBe(1);
    }
  });

  test('reports the failure of a source unchanged', async () => {
    async function* failing() {
      yield `${A}\n{"id":`;
      throw new Error('gone');
    }
    const { error } = await read('', { source: bytes(failing()) });
    expect(error).toMatchObject({ code: 'READ_FAILED', message: 'the input: gone' });
  });
});

test.each([{ trust: true }, { onError: 'skip' }, { maxDepth: 7 }, { maxEntityBytes: 7 }] as const)(
  'refuses options of the scanner: %j',
  (option) => {
    expect(() => exportEntities({ source: bytes('{}'), reader: 'stream-json', ...option })).toThrow(
      expect.objectContaining({ code: 'INVALID', path: Object.keys(option)[0] }),
    );
  },
);
