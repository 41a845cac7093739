/** Every form that text of entities comes in, by both readers, and what is said of a form that is not certain. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { bytes } from '../../src/sources/bytes.js';
import { exported } from './outcome.js';

const READERS = ['scan', 'stream-json'] as const;

/** By single bytes too: the outcome does not depend on chunks. */
async function outcomes(
  text: string,
  { name = 'in.json', ...options }: Partial<ExportOptions> & { name?: string } = {},
) {
  const chunks = [[Buffer.from(text)], [...Buffer.from(text)].map((byte) => Buffer.of(byte))];
  const all = READERS.flatMap((reader) => chunks.map((chunk) => ({ reader, source: bytes(chunk, name) })));
  return Promise.all(all.map((one) => exported({ ...one, format: 'ndjson', ...options })));
}

const A = '{"id":"a","type":"t"}';
const B = '{"id":"b","type":"t"}';
const PRETTY = `${JSON.stringify(JSON.parse(A), null, 2)}\n${JSON.stringify(JSON.parse(B), null, 2)}\n`;

describe('two entities are read from', () => {
  test.each<[string, string, (Partial<ExportOptions> & { name?: string })?]>([
    ['lines', `${A}\n${B}\n`],
    ['the output of jq', PRETTY],
    ['nothing between them', `${A}${B}`],
    ['a text sequence', `\x1e${A}\n\x1e${B}\n`],
    ['a comma behind each line', `${A},\n${B},\n`],
    ['the end of an array', `${A},\n${B}\n]\n`],
    ['the beginning of an array', `[\n${A},\n${B},\n`, { input: 'sequence' }],
    ['lines in brackets', `[\n${A}\n${B}\n]\n`, { input: 'sequence' }],
    ['an array that ends with a comma', `[${A},${B},]`, { input: 'sequence' }],
    ['several arrays', `[${A}]\n[${B}]\n`, { input: 'sequence' }],
    ['an array', `[${A},${B}]`],
    ['an array at a path', `{"x":{"y":[${A},${B}]}}`, { path: 'x.y' }],
    ['an array at a pointer', `{"x.z":{"y":[${A},${B}]}}`, { path: '/x.z/y' }],
    ['every element', `{"x":[${A},${B}]}`, { path: 'x.*' }],
    ['the members of an object', `{"p1":${A},"p2":${B}}`, { path: '*' }],
    ['arrays in an array', `{"r":[{"i":[${A}]},{"i":null},{},{"i":[${B}]}]}`, { path: 'r.*.i.*' }],
    ['objects in an object', `{"r":{"x":{"i":{"k":${A}}},"y":{"i":[${B}]}}}`, { path: 'r.*.i.*' }],
    ['the second element', `[{"pages":1},[${A},${B}]]`, { path: '1' }],
    ['an array that leads', `{"total":2,"items":[${A},${B}]}`],
    ['an array that leads, over lines', `{\n"total": 2,\n"items": [\n${A},\n${B}\n]\n}\n`],
    ['an array that leads, behind a type', `{"type":"FeatureCollection","features":[${A},${B}]}`],
    ['an array that leads in a member', `{"took":3,"hits":{"total":{"value":2},"hits":[${A},${B}]}}`],
  ])('%s', async (_form, text, options) => {
    for (const { error, output, receipt } of await outcomes(text, options)) {
      expect(error).toBeUndefined();
      expect(
        output
          .toString()
          .replace(/^\{ +/gm, '{')
          .replace(/(?<=[:,]) +/g, '')
          .replace(/ +\}/g, '}'),
      ).toBe(`${A}\n${B}\n`);
      expect(receipt).toMatchObject({ read: 2, written: 2 });
    }
  });
});

describe('of a form that is not certain it is said how it was read', () => {
  const AS_RECORDS = 'input sequence (--input sequence) reads it as one record';

  test.each<[string, string, string, number]>([
    ['a document', `{"items":[${A},${B}]}`, `with its entities at items; ${AS_RECORDS}`, 2],
    ['one entity', `{"entity":${A}}`, `is read as one entity, the object at entity; ${AS_RECORDS}`, 1],
    ['an empty document', '{"Records":[]}', `with its entities at Records; ${AS_RECORDS}`, 0],
    [
      'lines with entities',
      `{"entities":[${A}]}\n{"entities":[${B}]}\n`,
      'of which the first has an array at entities',
      2,
    ],
  ])('%s', async (_form, text, words, read) => {
    for (const { receipt } of await outcomes(text)) {
      expect(receipt?.read).toBe(read);
      expect(receipt?.notes).toMatchObject([
        { code: 'FORM_ASSUMED', text: expect.stringMatching(/^in\.json is read as /), counts: { inputs: 1 } },
      ]);
      expect(receipt?.notes[0]?.text).toContain(words);
    }
  });

  test('as a part of an array', async () => {
    for (const text of [`[\n${A},\n${B},\n`, `${A},\n${B}\n]\n`]) {
      for (const { receipt } of await outcomes(text, { input: 'sequence' })) {
        expect(receipt?.notes).toMatchObject([{ code: 'BRACKET_MISSING' }]);
      }
    }
  });

  test.each<[string, string, (Partial<ExportOptions> & { name?: string })?]>([
    ['a form that is stated', `{"items":[${A},${B}]}`, { input: 'sequence' }],
    ['a path that is given', `{"items":[${A},${B}]}`, { path: 'items' }],
    [
      'lines by their name',
      `{"items":[${A},${B}],"id":1}`,
      { name: 'in.ndjson', request: { types: ['t'] }, input: 'lines' },
    ],
    ['a sequence', PRETTY],
    ['a known document', `{"entities":[${A},${B}]}`],
  ])('but not of %s', async (_form, text, options) => {
    for (const { error, receipt } of await outcomes(text, options)) {
      expect(error).toBeUndefined();
      const codes = receipt?.notes.map(({ code }) => code);
      expect(codes).not.toContain('FORM_ASSUMED');
      expect(codes).not.toContain('BRACKET_MISSING');
    }
  });

  test('the other arrays of a document are said too', async () => {
    for (const { receipt } of await outcomes(`{"link":[{"a":1}],"entry":[${A},${B}]}`)) {
      expect(receipt?.notes.map(({ code }) => code)).toEqual(['FORM_ASSUMED', 'OTHER_ARRAYS']);
    }
  });

  test('a pretty-printed record with neither id nor type is noted', async () => {
    for (const { receipt } of await outcomes('{\n  "a": 1\n}\n')) {
      expect(receipt?.notes).toMatchObject([{ code: 'UNIDENTIFIED_RECORD' }]);
    }
  });
});

describe('for several inputs', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-forms-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('it is said once', async () => {
    for (let index = 0; index < 3; index++) await writeFile(join(folder, `${index}.json`), `{"items":[${A}]}`);
    for (const reader of READERS) {
      const { receipt } = await exported({ source: join(folder, '*.json'), format: 'ndjson', reader });
      expect(receipt?.notes).toMatchObject([{ code: 'FORM_ASSUMED', counts: { inputs: 3 } }]);
      expect(receipt?.notes[0]?.text).toContain('(and 2 more inputs of the kind)');
    }
  });
});

describe('faults say what reads the input', () => {
  test.each<[string, string, string, string, Partial<ExportOptions>?]>([
    ['a missing comma', `[\n${A}\n${B}\n]`, 'INVALID_JSON', '--input sequence'],
    ['a comma after the last element', `[\n${A},\n${B},\n]`, 'INVALID_JSON', '--input sequence'],
    ['an array that is cut', `[\n${A},\n`, 'TRUNCATED', '--input sequence'],
    ['two documents', `{"entities":[${A}]}\n[]`, 'INVALID_JSON', '--input sequence'],
    ['an object at the path', `{"x":{"a":${A}}}`, 'NO_ENTITIES', "--path 'x.*'", { path: 'x' }],
    ['pretty-printed text that was called lines', PRETTY, 'INVALID_JSON', '--input sequence', { input: 'lines' }],
  ])('%s', async (_fault, text, code, words, options) => {
    const { error } = await exported({ source: bytes([Buffer.from(text)], 'in.json'), ...options });
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

test('a path and the form of records are refused', async () => {
  for (const input of ['lines', 'sequence'] as const) {
    await expect(async () => exported({ source: bytes([A]), input, path: 'x' })).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID', path: 'path' }),
    );
  }
});
