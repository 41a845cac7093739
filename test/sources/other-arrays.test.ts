/** Documents with several arrays of objects, or without the expected one, are reported. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { bytes } from '../../src/sources/bytes.js';
import { exported } from './outcome.js';

const READERS = ['scan', 'stream-json'] as const;

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-arrays-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** By single bytes too: the report does not depend on chunks. */
async function outcomes(text: string, options: Partial<ExportOptions> = {}) {
  const chunks = [[Buffer.from(text)], [...Buffer.from(text)].map((byte) => Buffer.of(byte))];
  const all = READERS.flatMap((reader) => chunks.map((chunk) => ({ reader, source: bytes(chunk, 'in.json') })));
  return Promise.all(all.map((one) => exported({ ...one, format: 'ndjson', ...options })));
}

const E = '{"id":"1","type":"t"}';

describe('arrays of objects beside the entities are noted', () => {
  test.each<[string, string, string]>([
    ['before them', `{"products":[{"id":"2"}],"entities":[${E}]}`, 'an array of objects at products'],
    ['after them', `{"entities":[${E}],"products":[ \n{"id":"2"}]}`, 'an array of objects at products'],
    [
      'in their response',
      `{"response":{"entities":[${E}],"skus":[{}]},"x":[{}]}`,
      'arrays of objects at response.skus, x',
    ],
    [
      'in a response beside them',
      `{"entities":[${E}],"response":{"entities":[{}],"y":{"z":[{}]}}}`,
      'response.entities',
    ],
  ])('%s', async (_where, text, words) => {
    for (const { error, output, receipt } of await outcomes(text)) {
      expect(error).toBeUndefined();
      expect(output.toString()).toBe(`${E}\n`);
      expect(receipt?.notes).toMatchObject([{ code: 'OTHER_ARRAYS', text: expect.stringContaining(words) }]);
      expect(receipt?.notes[0]?.text).toMatch(/^in\.json has, beside .* set path \S+ \(--path \S+\)$/);
    }
  });

  test('once for any number of inputs', async () => {
    for (let index = 0; index < 3; index++) {
      await writeFile(at(`${index}.json`), `{"a":[{}],"entities":[${E}],"b":[{}]}`);
    }
    for (const reader of READERS) {
      const { receipt } = await exported({ source: at('*.json'), format: 'ndjson', reader });
      expect(receipt?.notes).toMatchObject([{ code: 'OTHER_ARRAYS', counts: { inputs: 3, arrays: 6 } }]);
      expect(receipt?.notes[0]?.text).toContain('at a, b: to read one, set path a (--path a) (and 2 more inputs');
    }
  });

  test.each<[string, string, Partial<ExportOptions>?]>([
    ['a given path', `{"products":[{"id":"2"}],"entities":[${E}]}`, { path: 'entities' }],
    ['arrays of other values', `{"a":[],"b":[1],"c":[[{}]],"entities":[${E}],"d":["{"]}`],
    ['arrays deeper inside', `{"response":{"statusDetail":{"messages":[{}]},"entities":[${E}]},"request":{"x":[{}]}}`],
    ['arrays in entities', `{"entities":[{"id":"1","a":[{}]}]}`],
  ])('but not %s', async (_what, text, options) => {
    for (const { receipt } of await outcomes(text, options)) expect(receipt?.notes).toStrictEqual([]);
  });
});

describe('refuses documents without entities', () => {
  const status = (members: string) => `{"response":{${members}}}`;
  const DETAIL = '"statusDetail":{"messages":[{"messageCode":"AE001","message":"typesCriterion is not present"}]}';

  test.each<[string, string, string, string]>([
    [
      'an error',
      status(`"status":"error",${DETAIL}`),
      'EXPORT_FAILED',
      'error: "typesCriterion is not present" (AE001);',
    ],
    [
      'an error with its code',
      status('"statusDetail":{"code":"E1","message":"no"},"status":"Error"'),
      'EXPORT_FAILED',
      '"no" (E1)',
    ],
    [
      'an error after another message',
      status('"status":"error","statusDetail":{"messages":[{"message":"a"},{"message":"b","messageType":"ERROR"}]}'),
      'EXPORT_FAILED',
      '"b"',
    ],
    ['an error without a message', status('"status":"error"'), 'EXPORT_FAILED', 'reports an error; input sequence'],
    ['an error with entities', status(`"entities":[${E}],"status":"error"`), 'EXPORT_FAILED', 'reports an error'],
    ['an error before no entities', status('"status":"error","entities":[]'), 'EXPORT_FAILED', 'reports an error'],
    [
      'no objects',
      status('"status":"success","statusDetail":{"message":"No objects found"}'),
      'NO_ENTITIES',
      '"No objects found"',
    ],
    [
      'a job',
      '{"dataObjectOperationResponse":{"status":"success","totalRecords":0}}',
      'NO_ENTITIES',
      'without entities',
    ],
    [
      'an envelope',
      status('"binaryObjects":[{"data":{"blob":"UEs="}}],"status":"success"'),
      'UNSUPPORTED_INPUT',
      'sluice unwrap',
    ],
    ['several responses', `${status('"status":"error"')}\n${status(`"entities":[${E}]`)}\n`, 'EXPORT_FAILED', 'error'],
    ['no list', '{"entities":null}\n', 'NO_ENTITIES', 'entities is not an array'],
    ['no list, with other members', '{"total":0,"entities":{}}', 'NO_ENTITIES', 'entities is not an array'],
  ])('%s', async (_what, text, code, words) => {
    for (const { error } of await outcomes(text)) {
      expect(error).toMatchObject({ code, source: 'in.json', line: 1, message: expect.stringContaining(words) });
    }
  });

  test.each<[string, string]>([
    ['the form lines', status('"status":"error"')],
    ['the form lines, without a list', '{"entities":null}'],
  ])('but accepts %s', async (_what, text) => {
    for (const { error, output, receipt } of await outcomes(text, { input: 'lines' })) {
      expect(error).toBeUndefined();
      expect(output.toString()).toBe(`${text}\n`);
      expect(receipt?.notes).toStrictEqual([]);
    }
  });

  test.each([
    ['an entity with a response', '{"id":"1","response":{"status":"error"}}'],
    ['an entity with its id at the end', '{"entities":null,"id":"1"}'],
    ['another response', '{"type":"log","response":{"status":500}}'],
  ])('but not %s', async (_what, text) => {
    for (const { error, output } of await outcomes(text)) {
      expect(error).toBeUndefined();
      expect(JSON.parse(output.toString())).toStrictEqual(JSON.parse(text));
    }
  });

  test('recognizes a truncated envelope', async () => {
    const text = status(`"binaryObjects":[{"data":{"blob":"${'A'.repeat(1_200_000)}"}}],"status":"success"`);
    for (const reader of READERS) {
      const { error } = await exported({ source: bytes([Buffer.from(text)]), reader });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', message: expect.stringContaining('sluice unwrap') });
    }
  });
});

describe('a blank input', () => {
  test.each<[string, string, Partial<ExportOptions>?]>([
    ['as a file of JSON', 'in.json'],
    ['as a compressed file of JSON', 'in.json.gz'],
    ['with the form document', 'in', { input: 'document' }],
    ['with the form array', 'in', { input: 'array' }],
    ['with a path', 'in', { path: 'a.b' }],
  ])('%s is TRUNCATED', async (_how, name, options) => {
    for (const reader of READERS) {
      for (const text of ['', ' \n\t', '\ufeff']) {
        await writeFile(at(name), name.endsWith('.gz') ? gzipSync(text) : text);
        const { error } = await exported({ source: at(name), reader, ...options });
        expect(error).toMatchObject({ code: 'TRUNCATED', source: at(name), line: text.includes('\n') ? 2 : 1 });
      }
    }
  });

  test.each(['in.ndjson', 'in.ndjson.gz', 'in', 'in.jsonl'])('as %s has no records', async (name) => {
    for (const reader of READERS) {
      await writeFile(at(name), name.endsWith('.gz') ? gzipSync(' \n') : ' \n');
      const { error, receipt } = await exported({ source: at(name), reader });
      expect(error).toBeUndefined();
      expect(receipt).toMatchObject({ read: 0, written: 0 });
    }
  });
});
