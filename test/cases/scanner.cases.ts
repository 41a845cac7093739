/** The contract of a scanner: cases that every implementation of the port runs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanOptions } from '../../src/scan/scanner.js';
import type { Path } from '../../src/terms/path.js';
import { chunked, chunkSizes, damaged, FORMS, inputText } from '../naive/arbitraries.js';
import { runs } from '../runs.js';
import { DEFAULTS, type Found, type MakeScanner, scanAll } from '../scan/scan-all.js';
import { scanNaively } from '../scan/scan-naively.js';

/** One small input, and the expected result. */
interface Case {
  readonly name: string;
  readonly input: string | Buffer;
  readonly options?: Partial<ScanOptions>;
  /** The entities' texts, in order. */
  readonly entities: readonly string[];
  /** Code and offset of the fault after them. */
  readonly fault?: readonly [code: string, at: number];
  /** Numbers, codes and texts of the rejected records. */
  readonly rejects?: readonly (readonly [index: number, code: string, raw: string])[];
}

const bytesOf = (input: string | Buffer) => (typeof input === 'string' ? Buffer.from(input) : input);
const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const hex = (...bytes: readonly number[]) => Buffer.from(bytes);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const LINES: readonly Case[] = [
  { name: 'an empty input', input: '', entities: [] },
  { name: 'a blank input', input: ' \r\n\t\n  ', entities: [] },
  { name: 'only a byte order mark', input: '\ufeff', entities: [] },
  { name: 'half a byte order mark', input: hex(0xef, 0xbb), entities: [], fault: ['INVALID_UTF8', 0] },
  { name: 'one line', input: '{"id":"a"}\n', entities: ['{"id":"a"}'] },
  { name: 'a last line without newline', input: '{"id":1}\n{"id":2}', entities: ['{"id":1}', '{"id":2}'] },
  { name: 'CRLF and blank lines', input: '\r\n{"id":1}\r\n\r\n \n{"id":2}\r\n', entities: ['{"id":1}', '{"id":2}'] },
  {
    name: 'white space around lines',
    input: '  {"id":1} \t\n\t{ "id" : 2 }  ',
    entities: ['{"id":1}', '{ "id" : 2 }'],
  },
  { name: 'a byte order mark', input: '\ufeff{"id":1}\n', entities: ['{"id":1}'] },
  { name: 'empty objects', input: '{}\n{ }\n', entities: ['{}', '{ }'] },
  {
    name: 'a given form',
    input: '{"entities":[]}\n',
    options: { form: 'lines' },
    entities: ['{"entities":[]}'],
  },
  { name: 'a second BOM inside', input: '{"id":1}\n\ufeff{}', entities: ['{"id":1}'], fault: ['NOT_AN_ENTITY', 9] },
  { name: 'a number on a line', input: '{"id":1}\n42\n', entities: ['{"id":1}'], fault: ['NOT_AN_ENTITY', 9] },
  { name: 'an array on a line', input: '{"id":1}\n[]\n', entities: ['{"id":1}'], fault: ['NOT_AN_ENTITY', 9] },
  { name: 'a string first', input: '"x"\n', entities: [], fault: ['NOT_AN_ENTITY', 0] },
  { name: 'a line cut in a string', input: '{"id":1}\n{"id":"x', entities: ['{"id":1}'], fault: ['TRUNCATED', 17] },
  { name: 'a line cut after a member', input: '{"id":1', entities: [], fault: ['TRUNCATED', 7] },
  { name: 'a line that is only a brace', input: '{\n{}\n', entities: [], fault: ['INVALID_JSON', 1] },
  {
    name: 'a last line cut after an inner brace, although its type decides',
    input: '{"id":"a"}\n{"type":"u","data":{"a":1}',
    entities: ['{"id":"a"}'],
    fault: ['TRUNCATED', 37],
  },
  { name: 'a raw newline in a string', input: '{"id":"a\nb"}\n', entities: [], fault: ['INVALID_JSON', 8] },
  { name: 'a raw tab in a string', input: '{"id":"a\tb"}\n', entities: [], fault: ['INVALID_JSON', 8] },
  { name: 'a trailing comma', input: '{"x":1,}\n', entities: [], fault: ['INVALID_JSON', 7] },
  { name: 'a missing colon', input: '{"x" 1}\n', entities: [], fault: ['INVALID_JSON', 5] },
  { name: 'a bad escape', input: '{"id":"\\x"}\n', entities: [], fault: ['INVALID_JSON', 8] },
  { name: 'a bad \\u escape', input: '{"id":"\\u00zz"}\n', entities: [], fault: ['INVALID_JSON', 11] },
  { name: 'text after the entity', input: '{"id":1}x\n', entities: [], fault: ['INVALID_JSON', 8] },
  {
    name: 'two entities on a line',
    input: '{"id":1}\n{"id":2} {"id":3}\n',
    entities: ['{"id":1}'],
    fault: ['INVALID_JSON', 18],
  },
  {
    name: 'two entities on a line, although the first type decides',
    input: '{"type":"a","x":{"y":[1]}}{"type":"b"}\n',
    options: { locate: ['type'], form: 'lines' },
    entities: [],
    fault: ['INVALID_JSON', 26],
  },
  {
    name: 'two entities on a line without a selection',
    input: '{"a":1} {"b":2}\n',
    options: { locate: [], form: 'lines' },
    entities: [],
    fault: ['INVALID_JSON', 8],
  },
  {
    name: 'lines that end in CR only',
    input: '{"id":1}\r{"id":2}\r',
    options: { form: 'lines' },
    entities: [],
    fault: ['INVALID_JSON', 9],
  },
  {
    name: 'two entities on a line, as after a file without a final newline',
    input: '{"id":1}\n{"id":2}{"id":3}',
    entities: ['{"id":1}'],
    fault: ['INVALID_JSON', 17],
  },
  {
    name: 'a second value that is cut',
    input: '{"id":1} {"id',
    options: { form: 'lines' },
    entities: [],
    fault: ['INVALID_JSON', 9],
  },
  { name: 'a NUL after the entity', input: '{"id":1}\0\n', entities: [], fault: ['INVALID_JSON', 8] },
  { name: 'a NUL between lines', input: '{"id":1}\n\0\n', entities: ['{"id":1}'], fault: ['NOT_AN_ENTITY', 9] },
  {
    name: 'a line separator of Unicode, which ends no line',
    input: '{"id":1}\u2028{"id":2}\n',
    entities: [],
    fault: ['INVALID_JSON', 8],
  },
  {
    name: 'a bracket open at the end of the line, after the type that decides',
    input: '{"type":"a","x":[{"y":"]"}\n{"type":"b"}\n',
    options: { locate: ['type'] },
    entities: [],
    fault: ['INVALID_JSON', 26],
  },
  {
    name: 'a string open at the end of the line, after the type that decides',
    input: '{"type":"a","x":"}\n{"type":"b"}\n',
    options: { locate: ['type'] },
    entities: [],
    fault: ['INVALID_JSON', 18],
  },
  {
    name: 'the wrong bracket at the end of the line, after the type that decides',
    input: '{"type":"a","x":1]\n',
    options: { locate: ['type'] },
    entities: [],
    fault: ['INVALID_JSON', 17],
  },
];

/** Repeated wanted members: readers differ in which of them counts. */
const REPEATED: readonly Case[] = [
  { name: 'a second id', input: '{"id":1,"id":2}\n', entities: [], fault: ['DUPLICATE_KEY', 8] },
  {
    name: 'a second id after all wanted members',
    input: '{"id":1,"type":"t","name":"n","x":{"id":2}, "id" : 3}\n',
    entities: [],
    fault: ['DUPLICATE_KEY', 44],
  },
  {
    name: 'a second type before the id',
    input: '{"type":"a","type":"b","id":1}\n',
    options: { locate: ['id', 'type'] },
    entities: [],
    fault: ['DUPLICATE_KEY', 12],
  },
  {
    name: 'a second type after other members',
    input: `{"type":"a",${'"some":"member",'.repeat(20)}"type":"b"}\n`,
    options: { locate: ['type'] },
    entities: [],
    fault: ['DUPLICATE_KEY', 332],
  },
  {
    name: 'a second name that is spelled with an escape',
    input: '{"name":"a","x":1,"n\\u0061me":"b"}\n',
    options: { locate: ['name'] },
    entities: [],
    fault: ['DUPLICATE_KEY', 18],
  },
  {
    name: 'a second type in an array',
    input: '[{"type":"a"},{"type":"a","x":[],"type":"b"}]',
    options: { locate: ['type'] },
    entities: ['{"type":"a"}'],
    fault: ['DUPLICATE_KEY', 33],
  },
  {
    name: 'texts that only look like a second one',
    input: '{"type":"a","x":"type","y":{"type":1},"ty\\"pe":1,"\\"type":2,"type\\"":3,"z":["type"]}\n',
    options: { locate: ['type'] },
    entities: ['{"type":"a","x":"type","y":{"type":1},"ty\\"pe":1,"\\"type":2,"type\\"":3,"z":["type"]}'],
  },
  {
    name: 'a second one of an unwanted member',
    input: '{"type":"a","id":1,"id":2}\n',
    options: { locate: ['type'] },
    entities: ['{"type":"a","id":1,"id":2}'],
  },
];

/** Text that the scanner skips: the check of written entities is a separate stage. */
const SKIPPED: readonly Case[] = [
  {
    name: 'without wanted members only quotes and brackets',
    input: '{oops}\n{"a":1,"a" 2}\n',
    options: { locate: [] },
    entities: ['{oops}', '{"a":1,"a" 2}'],
  },
  {
    name: 'the grammar after the last wanted member',
    input: '{"type":"t","x":oops}\n{"id":1,"x":oops}\n',
    options: { locate: ['type'] },
    entities: ['{"type":"t","x":oops}'],
    fault: ['INVALID_JSON', 34],
  },
  {
    name: 'nested values by brackets and quotes',
    input: '{"x":{oops [}},"id":1}\n',
    entities: ['{"x":{oops [}},"id":1}'],
  },
  {
    name: 'nested values that never close',
    input: '{"x":{"y":[1},"id":1}\n',
    entities: [],
    fault: ['INVALID_JSON', 21],
  },
];

const STRINGS: readonly Case[] = [
  {
    name: 'escaped keys',
    input: '{"\\u0069d":"a","t\\u0079pe":"b"}\n',
    entities: ['{"\\u0069d":"a","t\\u0079pe":"b"}'],
  },
  { name: 'runs of backslashes', input: '{"id":"\\\\\\\\\\""}\n', entities: ['{"id":"\\\\\\\\\\""}'] },
  {
    name: 'a quote after a backslash',
    input: '{"x":["\\\\","]"],"id":"\\""}\n',
    entities: ['{"x":["\\\\","]"],"id":"\\""}'],
  },
  {
    name: 'brackets in strings',
    input: '{"x":{"]}":"[{\\""},"id":"}"}\n',
    entities: ['{"x":{"]}":"[{\\""},"id":"}"}'],
  },
  { name: 'UTF-8 of every length', input: '{"id":"é中😀"}\n', entities: ['{"id":"é中😀"}'] },
  { name: 'lone surrogate escapes', input: '{"id":"\\ud800"}\n', entities: ['{"id":"\\ud800"}'] },
  {
    name: 'ids below the first level',
    input: '{"x":{"id":1},"y":[{"type":2}]}\n',
    entities: ['{"x":{"id":1},"y":[{"type":2}]}'],
  },
  {
    name: 'members of another spelling',
    input: '{"id":1,"sku":2}\n',
    options: { memberNames: { id: 'sku', type: 'kind', name: 'name' } },
    entities: ['{"id":1,"sku":2}'],
  },
];

const UTF8: readonly Case[] = [
  {
    name: 'a stray continuation',
    input: Buffer.concat([bytesOf('{}\n{"id":"'), hex(0x80), bytesOf('"}')]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 10],
  },
  {
    name: 'an overlong sequence',
    input: Buffer.concat([bytesOf('{"id":"'), hex(0xc0, 0xaf), bytesOf('"}\n')]),
    entities: [],
    fault: ['INVALID_UTF8', 7],
  },
  {
    name: 'a surrogate',
    input: Buffer.concat([bytesOf('{"id":"é'), hex(0xed, 0xa0, 0x80), bytesOf('"}\n')]),
    entities: [],
    fault: ['INVALID_UTF8', 9],
  },
  {
    name: 'a sequence cut by the end',
    input: Buffer.concat([bytesOf('{}\n'), hex(0xe2, 0x82)]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 3],
  },
  {
    name: 'a sequence cut by a newline',
    input: Buffer.concat([bytesOf('{}\n{"id":"'), hex(0xf0, 0x9f, 0x98), bytesOf('\n')]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 10],
  },
  {
    name: 'invalid bytes in a document',
    input: Buffer.concat([bytesOf('[{},{"id":"'), hex(0xff), bytesOf('"}]')]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 11],
  },
  {
    name: 'invalid bytes after a document',
    input: Buffer.concat([bytesOf('[{}]'), hex(0xff)]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 4],
  },
];

const DOCUMENTS: readonly Case[] = [
  { name: 'an array', input: '[{"id":1},{"id":2}]', entities: ['{"id":1}', '{"id":2}'] },
  { name: 'an empty array', input: ' [ ] ', entities: [] },
  { name: 'a document', input: '{"entities":[{"id":1}, {"id":2}]}', entities: ['{"id":1}', '{"id":2}'] },
  {
    name: 'a BOM and line breaks',
    input: '\ufeff{\r\n "entities" : [\n {\n"id":1\n}\r\n] }\n',
    entities: ['{\n"id":1\n}'],
  },
  { name: 'an escaped path', input: '{"\\u0065ntities":[{"id":1}]}', entities: ['{"id":1}'] },
  {
    name: 'a response of the platform',
    input: '{"request":{"x":[1,{}]},"response":{"status":"ok","entities":[{"id":1}],"n":2},"z":null}',
    entities: ['{"id":1}'],
  },
  {
    name: 'members after the array',
    input: '{"entities":[{"id":1}],"id":"doc","x":[{"]":1}]}',
    entities: ['{"id":1}'],
  },
  {
    name: 'an id first, which means lines',
    input: '{"id":1,"entities":[{"id":2}]}',
    entities: ['{"id":1,"entities":[{"id":2}]}'],
  },
  {
    name: 'an id first in a given document',
    input: '{"id":1,"entities":[{"id":2}]}',
    options: { form: 'document' },
    entities: ['{"id":2}'],
  },
  {
    name: 'a given path',
    input: '{"data":{"x":1,"rows":[{"id":1}]},"entities":[{}]}',
    options: { path: ['data', 'rows'] },
    entities: ['{"id":1}'],
  },
  {
    name: 'a given array',
    input: '{"entities":[]}',
    options: { form: 'array' },
    entities: [],
    fault: ['NO_ENTITIES', 0],
  },
  {
    name: 'no array at the path',
    input: '{"x":1} ',
    options: { form: 'document' },
    entities: [],
    fault: ['NO_ENTITIES', 8],
  },
  {
    name: 'an object at the path',
    input: '{"a":{}}',
    options: { path: ['a'] },
    entities: [],
    fault: ['NO_ENTITIES', 5],
  },
  {
    name: 'invalid bytes before a given document',
    input: hex(0xff, 0x0a),
    options: { form: 'document', onError: 'skip' },
    entities: [],
    fault: ['INVALID', 0],
  },
  ...(['document', 'array'] as const).map(
    (form): Case => ({
      name: `a blank ${form}`,
      input: ' \n ',
      options: { form },
      entities: [],
      fault: ['TRUNCATED', 3],
    }),
  ),
  { name: 'entities that are not a list', input: '{"entities":null}\n', entities: [], fault: ['NO_ENTITIES', 0] },
  {
    name: 'entities that are not a list, in an entity',
    input: '{"entities":{},"id":1}',
    entities: ['{"entities":{},"id":1}'],
  },
  {
    name: 'entities that are not a list, on lines',
    input: '{"entities":null}\n{"entities":1}',
    entities: ['{"entities":null}', '{"entities":1}'],
  },
  { name: 'a path twice', input: '{"entities":[{}],"entities":[{}]}', entities: ['{}'], fault: ['DUPLICATE_KEY', 17] },
  {
    name: 'a step of a path twice',
    input: '{"a":{},"\\u0061":{"b":[]}}',
    options: { path: ['a', 'b'] },
    entities: [],
    fault: ['DUPLICATE_KEY', 8],
  },
  { name: 'a scalar in the array', input: '[{"id":1},7]', entities: ['{"id":1}'], fault: ['NOT_AN_ENTITY', 10] },
  { name: 'an array in the array', input: '[[]]', entities: [], fault: ['NOT_AN_ENTITY', 1] },
  { name: 'a trailing comma', input: '[{"id":1},]', entities: ['{"id":1}'], fault: ['INVALID_JSON', 10] },
  { name: 'a leading comma', input: '[,{}]', entities: [], fault: ['INVALID_JSON', 1] },
  { name: 'a missing comma', input: '[{} {}]', entities: ['{}'], fault: ['INVALID_JSON', 4] },
  { name: 'the wrong bracket at the end', input: '[{}}', entities: ['{}'], fault: ['INVALID_JSON', 3] },
  { name: 'an entity closed by the wrong bracket', input: '[{"a":1]]', entities: [], fault: ['INVALID_JSON', 7] },
  { name: 'text after the document', input: '[{}] x', entities: ['{}'], fault: ['INVALID_JSON', 5] },
  {
    name: 'a raw tab in a key of the document',
    input: '{"a\tb":1,"entities":[]}',
    options: { form: 'document' },
    entities: [],
    fault: ['INVALID_JSON', 3],
  },
  { name: 'a truncated array', input: '[{},', entities: ['{}'], fault: ['TRUNCATED', 4] },
  { name: 'a truncated entity', input: '[{},{"id":"\\', entities: ['{}'], fault: ['TRUNCATED', 12] },
  { name: 'a document cut after its array', input: '{"entities":[{}]', entities: ['{}'], fault: ['TRUNCATED', 16] },
  {
    name: 'a faulty word beside the array',
    input: '{"entities":[],"x":nul}',
    entities: [],
    fault: ['INVALID_JSON', 22],
  },
  {
    name: 'a number with a leading zero',
    input: '{"x":01,"entities":[]}',
    options: { form: 'document' },
    entities: [],
    fault: ['INVALID_JSON', 6],
  },
  { name: 'a member without value', input: '{"entities":[],"x":}', entities: [], fault: ['INVALID_JSON', 19] },
  { name: 'a trailing comma in the document', input: '{"entities":[],}', entities: [], fault: ['INVALID_JSON', 15] },
];

/** Values one behind the other. */
const SEQUENCES: readonly Case[] = [
  {
    name: 'pretty-printed objects',
    input: '{\n  "id": 1\n}\n{\n  "id": 2\n}\n',
    entities: ['{\n  "id": 1\n}', '{\n  "id": 2\n}'],
  },
  { name: 'one pretty-printed object', input: '{\n  "id": 1\n}', entities: ['{\n  "id": 1\n}'] },
  {
    name: 'objects without anything between them',
    input: '{"id":1}{"id":2}{}',
    entities: ['{"id":1}', '{"id":2}', '{}'],
  },
  {
    name: 'objects on one line',
    input: '{"id":1} {"id":2}\t{"id":3}\n',
    entities: ['{"id":1}', '{"id":2}', '{"id":3}'],
  },
  { name: 'objects between carriage returns', input: '{"id":1}\r{"id":2}\r', entities: ['{"id":1}', '{"id":2}'] },
  { name: 'a second object that is cut', input: '{"id":1} {"id', entities: ['{"id":1}'], fault: ['TRUNCATED', 13] },
  { name: 'a text sequence', input: '\x1e{"id":1}\n\x1e{\n"id":2}\n', entities: ['{"id":1}', '{\n"id":2}'] },
  { name: 'a text sequence with separators of nothing', input: '\x1e\x1e \x1e{}\x1e', entities: ['{}'] },
  { name: 'only a record separator', input: '\x1e', entities: [] },
  { name: 'a number in a text sequence', input: '\x1e{}\n\x1e7\n', entities: ['{}'], fault: ['NOT_AN_ENTITY', 5] },
  { name: 'a comma behind each line', input: '{"id":1},\n{"id":2},\n', entities: ['{"id":1}', '{"id":2}'] },
  {
    name: 'a comma in front of each line',
    input: '{"id":1}\n,{"id":2}\n,{"id":3}',
    options: { form: 'sequence' },
    entities: ['{"id":1}', '{"id":2}', '{"id":3}'],
  },
  { name: 'the last part of an array', input: '{"id":1},\n{"id":2}\n]\n', entities: ['{"id":1}', '{"id":2}'] },
  {
    name: 'the first part of an array',
    input: '[\n{"id":1},\n{"id":2},\n',
    options: { form: 'sequence' },
    entities: ['{"id":1}', '{"id":2}'],
  },
  {
    name: 'the first part of an array that nobody called one',
    input: '[\n{"id":1},\n',
    entities: ['{"id":1}'],
    fault: ['TRUNCATED', 12],
  },
  {
    name: 'lines in brackets',
    input: '[\n{"id":1}\n{"id":2}\n]\n',
    options: { form: 'sequence' },
    entities: ['{"id":1}', '{"id":2}'],
  },
  {
    name: 'several arrays',
    input: '[{"id":1},{"id":2}]\n[]\n[{"id":3}]',
    options: { form: 'sequence' },
    entities: ['{"id":1}', '{"id":2}', '{"id":3}'],
  },
  { name: 'a blank sequence', input: ' \n', options: { form: 'sequence' }, entities: [] },
  {
    name: 'lines that were called a sequence',
    input: '{"id":1}\n{"id":2}',
    options: { form: 'sequence' },
    entities: ['{"id":1}', '{"id":2}'],
  },
  {
    name: 'a document that was called a sequence',
    input: '{"entities":[{}]}',
    options: { form: 'sequence' },
    entities: ['{"entities":[{}]}'],
  },
  { name: 'two commas', input: '{},,{}', entities: ['{}'], fault: ['INVALID_JSON', 3] },
  { name: 'a comma first', input: ',{}', options: { form: 'sequence' }, entities: [], fault: ['INVALID_JSON', 0] },
  {
    name: 'a comma between arrays',
    input: '[{}],[{}]',
    options: { form: 'sequence' },
    entities: ['{}'],
    fault: ['INVALID_JSON', 4],
  },
  { name: 'an array between objects', input: '{}{}[{}]', entities: ['{}', '{}'], fault: ['NOT_AN_ENTITY', 4] },
  {
    name: 'an array in an array',
    input: '[{},[]]',
    options: { form: 'sequence' },
    entities: ['{}'],
    fault: ['NOT_AN_ENTITY', 4],
  },
  { name: 'an object behind a closing bracket', input: '{},{}]{}', entities: ['{}', '{}'], fault: ['INVALID_JSON', 6] },
  {
    name: 'an object behind an array',
    input: '[{}]{}',
    options: { form: 'sequence' },
    entities: ['{}'],
    fault: ['INVALID_JSON', 4],
  },
  { name: 'a brace that opens nothing', input: '{}{}}', entities: ['{}', '{}'], fault: ['INVALID_JSON', 4] },
  { name: 'an object closed by the wrong bracket', input: '{}{"a":1]', entities: ['{}'], fault: ['INVALID_JSON', 8] },
  { name: 'brackets and quotes in strings', input: '{"x":"}{\\""}{"y":"]"}', entities: ['{"x":"}{\\""}', '{"y":"]"}'] },
  { name: 'a second id in a sequence', input: '{}{"id":1,"id":2}', entities: ['{}'], fault: ['DUPLICATE_KEY', 10] },
  {
    name: 'bad bytes in a sequence',
    input: Buffer.concat([bytesOf('{}{"a":"'), hex(0xff), bytesOf('"}')]),
    entities: ['{}'],
    fault: ['INVALID_UTF8', 8],
  },
  {
    name: 'bad bytes behind a sequence',
    input: Buffer.concat([bytesOf('{}{}'), hex(0xff)]),
    entities: ['{}', '{}'],
    fault: ['INVALID_UTF8', 4],
  },
  {
    name: 'an object of a sequence at the limit of bytes',
    input: '{"id":1}{"id":10}',
    options: { maxEntityBytes: 8 },
    entities: ['{"id":1}'],
    fault: ['ENTITY_TOO_LARGE', 8],
  },
  {
    name: 'nesting beyond the limit in a sequence',
    input: `{}{"x":${nested(4)}}`,
    options: { maxDepth: 4 },
    entities: ['{}'],
    fault: ['TOO_DEEP', 10],
  },
  {
    name: 'nothing skipped in a sequence',
    input: '{}{}',
    options: { onError: 'skip' },
    entities: [],
    fault: ['INVALID', 0],
  },
  {
    name: 'a trusted sequence',
    input: '{"id":1},{"id":2}\x1e{"id":3}',
    options: { trust: true },
    entities: ['{"id":1}', '{"id":2}', '{"id":3}'],
  },
];

/** Single objects that hold the entities. */
const SINGLE: readonly Case[] = [
  {
    name: 'an array that leads, behind a type',
    input: '{"type":"FeatureCollection","features":[{"type":"Feature"},{"type":"Feature"}]}',
    entities: ['{"type":"Feature"}', '{"type":"Feature"}'],
  },
  {
    name: 'an array that leads in an object',
    input: '{"took":1,"hits":{"total":1,"hits":[{"_id":"1","_source":{"a":1}}]}}\n',
    entities: ['{"_id":"1","_source":{"a":1}}'],
  },
  {
    name: 'an array that leads, in a pretty-printed object',
    input: '{\n"items": [\n{"a":1}\n]\n}\n',
    entities: ['{"a":1}'],
  },
  {
    name: 'an array that is where a known format has it',
    input: '{"total_rows":1,"offset":0,"update_seq":"1-g1AAAAB","rows":[{"a":1}]}',
    entities: ['{"a":1}'],
  },
  { name: 'an array of a known format that is empty', input: '{"Records":[]}', entities: [] },
  {
    name: 'an array behind an id',
    input: '{"id":1,"items":[{"a":1},{"a":2}]}',
    entities: ['{"id":1,"items":[{"a":1},{"a":2}]}'],
  },
  {
    name: 'an array that is called a document, behind an id',
    input: '{"id":1,"items":[{"a":1},{"a":2}]}',
    options: { form: 'document' },
    entities: ['{"a":1}', '{"a":2}'],
  },
  {
    name: 'two arrays of which none leads',
    input: '{"a":[{"x":1}],"b":[{"x":1}]}',
    entities: ['{"a":[{"x":1}],"b":[{"x":1}]}'],
  },
  {
    name: 'an array in each of two lines',
    input: '{"items":[{"a":1}]}\n{"items":[{"a":2}]}',
    entities: ['{"items":[{"a":1}]}', '{"items":[{"a":2}]}'],
  },
  {
    name: 'entities in each of two lines',
    input: '{"entities":[{"a":1}]}\n{"entities":[{"a":2}]}\n',
    entities: ['{"entities":[{"a":1}]}', '{"entities":[{"a":2}]}'],
  },
  {
    name: 'entities in each of two objects on a line',
    input: '{"entities":[]}{"entities":[]}',
    entities: ['{"entities":[]}', '{"entities":[]}'],
  },
  {
    name: 'entities, and something else on the next line',
    input: '{"entities":[{}]}\n7',
    entities: ['{}'],
    fault: ['INVALID_JSON', 18],
  },
  { name: 'an entity in a member', input: '{"entity":{"id":1,"x":[{},{}]}}', entities: ['{"id":1,"x":[{},{}]}'] },
  {
    name: 'an entity in a member, with a type beside it',
    input: '{"type":"t","entity":{"id":1}}',
    entities: ['{"type":"t","entity":{"id":1}}'],
  },
  {
    name: 'an array in a file that is named as lines',
    input: '{"items":[{"a":1}]}',
    options: { isNamedLines: true },
    entities: ['{"items":[{"a":1}]}'],
  },
];

const EVERY = null;
const PATHS: readonly Case[] = [
  {
    name: 'every element, said',
    input: '{"a":[{"id":1},{"id":2}]}',
    options: { path: ['a', EVERY] },
    entities: ['{"id":1}', '{"id":2}'],
  },
  {
    name: 'every member',
    input: '{"p1":{"id":1}, "p\\u0032" : {"id":2}}',
    options: { path: [EVERY] },
    entities: ['{"id":1}', '{"id":2}'],
  },
  {
    name: 'every member, by its key',
    input: '{"a":{"p1":{"id":1},"p2":{"x":2}}}',
    options: { path: ['a', EVERY], idFromKey: true },
    entities: ['{"id":1}', '{"x":2}'],
  },
  { name: 'no member', input: '{"a":{}}', options: { path: ['a', EVERY] }, entities: [] },
  {
    name: 'a member that is none',
    input: '{"a":{"x":{},"y":null}}',
    options: { path: ['a', EVERY] },
    entities: ['{}'],
    fault: ['NOT_AN_ENTITY', 17],
  },
  {
    name: 'a member without value',
    input: '{"a":{"x":{},"y":}}',
    options: { path: ['a', EVERY] },
    entities: ['{}'],
    fault: ['INVALID_JSON', 17],
  },
  {
    name: 'members without a comma',
    input: '{"x":{} "y":{}}',
    options: { path: [EVERY] },
    entities: ['{}'],
    fault: ['INVALID_JSON', 8],
  },
  {
    name: 'members without a colon',
    input: '{"x" {}}',
    options: { path: [EVERY] },
    entities: [],
    fault: ['INVALID_JSON', 5],
  },
  {
    name: 'members that are cut',
    input: '{"x":{},"y":',
    options: { path: [EVERY] },
    entities: ['{}'],
    fault: ['TRUNCATED', 12],
  },
  {
    name: 'a key that is too long to keep',
    input: '{"x":{},"0123456789":{}}',
    options: { path: [EVERY], maxEntityBytes: 9 },
    entities: ['{}'],
    fault: ['ENTITY_TOO_LARGE', 8],
  },
  {
    name: 'a key too far from its value',
    input: '{"x":{},"y":           {}}',
    options: { path: [EVERY], maxEntityBytes: 9 },
    entities: ['{}'],
    fault: ['ENTITY_TOO_LARGE', 8],
  },
  {
    name: 'arrays in every element',
    input: '{"r":[{"i":[{"a":1},{"a":2}]},{"j":1},{"i":null},null,{"i":[]},{"i":[{"a":3}]}],"i":[{}]}',
    options: { path: ['r', EVERY, 'i', EVERY] },
    entities: ['{"a":1}', '{"a":2}', '{"a":3}'],
  },
  {
    name: 'arrays in every member, over several steps',
    input: '{"r":{"x":{"i":[{"a":1}]},"y":{"i":{"k":{"a":2}}}}}',
    options: { path: ['r', EVERY, 'i', EVERY] },
    entities: ['{"a":1}', '{"a":2}'],
  },
  {
    name: 'every element of every element',
    input: '[[{"a":1}],[],[{"a":2},{"a":3}]]',
    options: { path: [EVERY, EVERY] },
    entities: ['{"a":1}', '{"a":2}', '{"a":3}'],
  },
  {
    name: 'an element by its number',
    input: '[{"pages":1},[{"a":1},{"a":2}],[{}]]',
    options: { path: ['1'] },
    entities: ['{"a":1}', '{"a":2}'],
  },
  {
    name: 'a member by its number',
    input: '{"0":[{}],"1":[{"a":1}]}',
    options: { path: ['1'] },
    entities: ['{"a":1}'],
  },
  {
    name: 'an element that is not there',
    input: '[[{}]]',
    options: { path: ['1'] },
    entities: [],
    fault: ['NO_ENTITIES', 6],
  },
  { name: 'no element at all, of every one', input: '{"r":[]}', options: { path: ['r', EVERY, 'i'] }, entities: [] },
  {
    name: 'elements of which none has the member',
    input: '{"r":[{"j":1}]}',
    options: { path: ['r', EVERY, 'i'] },
    entities: [],
    fault: ['NO_ENTITIES', 15],
  },
  {
    name: 'an element that leads nowhere',
    input: '{"r":[7]}',
    options: { path: ['r', EVERY, 'i'] },
    entities: [],
    fault: ['NO_ENTITIES', 6],
  },
  {
    name: 'a step twice in one element',
    input: '{"r":[{"i":[{}]},{"i":[],"i":[]}]}',
    options: { path: ['r', EVERY, 'i'] },
    entities: ['{}'],
    fault: ['DUPLICATE_KEY', 25],
  },
  {
    name: 'a trailing comma on the way',
    input: '{"r":[{"i":[]},]}',
    options: { path: ['r', EVERY, 'i'] },
    entities: [],
    fault: ['NO_ENTITIES', 15],
  },
  {
    name: 'the wrong bracket on the way',
    input: '{"r":[{"i":[]}}',
    options: { path: ['r', EVERY, 'i'] },
    entities: [],
    fault: ['INVALID_JSON', 14],
  },
  {
    name: 'a trusted way',
    input: '{"r":[{"i":[{"a":1}]},{"i":[{"a":2}]}]}',
    options: { path: ['r', EVERY, 'i'], trust: true },
    entities: ['{"a":1}', '{"a":2}'],
  },
];

const LIMITS: readonly Case[] = [
  {
    name: 'nesting at the limit',
    input: `{"x":${nested(3)},"id":1}\n`,
    options: { maxDepth: 4 },
    entities: ['{"x":[[[]]],"id":1}'],
  },
  {
    name: 'nesting beyond the limit',
    input: `{"x":${nested(4)}}\n`,
    options: { maxDepth: 4 },
    entities: [],
    fault: ['TOO_DEEP', 8],
  },
  {
    name: 'nesting beyond it in a document',
    input: `[{"x":${nested(4)}}]`,
    options: { maxDepth: 4 },
    entities: [],
    fault: ['TOO_DEEP', 9],
  },
  {
    name: 'nesting beyond it beside the array',
    input: '{"x":[[]],"entities":[]}',
    options: { form: 'document', maxDepth: 2 },
    entities: [],
    fault: ['TOO_DEEP', 6],
  },
  {
    name: 'a line at the limit of bytes',
    input: '{"id":1}\n{"id":10}\n',
    options: { maxEntityBytes: 8 },
    entities: ['{"id":1}'],
    fault: ['ENTITY_TOO_LARGE', 9],
  },
  {
    name: 'an entity at the limit of bytes',
    input: '[{"id":1},{"id":10}]',
    options: { maxEntityBytes: 8 },
    entities: ['{"id":1}'],
    fault: ['ENTITY_TOO_LARGE', 10],
  },
  {
    name: 'an entity at the limit of bytes that is cut after a backslash',
    input: '[{"id":"\\',
    options: { maxEntityBytes: 8 },
    entities: [],
    fault: ['TRUNCATED', 9],
  },
  {
    name: 'a large member beside the array',
    input: '{"x":"0123456789","entities":[{}]}',
    options: { maxEntityBytes: 10 },
    entities: ['{}'],
  },
  {
    name: 'a large line that never ends',
    input: '{"id":"0123456789',
    options: { maxEntityBytes: 8 },
    entities: [],
    fault: ['ENTITY_TOO_LARGE', 0],
  },
];

const SKIP: Partial<ScanOptions> = { onError: 'skip' };
const REJECTED: readonly Case[] = [
  {
    name: 'faulty lines between good ones',
    input: '{"id":1}\r\n{"id":}\r\n\n 7 \n{"id":2}\n{"id":"x',
    options: SKIP,
    entities: ['{"id":1}', '{"id":2}'],
    rejects: [
      [1, 'INVALID_JSON', '{"id":}'],
      [2, 'NOT_AN_ENTITY', '7'],
      [4, 'TRUNCATED', '{"id":"x'],
    ],
  },
  {
    name: 'lines that are not UTF-8',
    input: Buffer.concat([bytesOf('{"id":1}\n{"a'), hex(0xff), bytesOf('b}\n{"id":2}\n'), hex(0xc3)]),
    options: SKIP,
    entities: ['{"id":1}', '{"id":2}'],
    rejects: [
      [1, 'INVALID_UTF8', '{"a\xffb}'],
      [3, 'INVALID_UTF8', '\xc3'],
    ],
  },
  {
    name: 'no element of a document, whose end would be unknown',
    input: '[{"id":1}]',
    options: SKIP,
    entities: [],
    fault: ['INVALID', 0],
  },
  {
    name: 'a line too large to be rejected',
    input: '{"id":}\n{"id":123456}\n',
    options: { ...SKIP, maxEntityBytes: 9 },
    entities: [],
    rejects: [[0, 'INVALID_JSON', '{"id":}']],
    fault: ['ENTITY_TOO_LARGE', 8],
  },
];

const TRUSTED: readonly Case[] = [
  {
    name: 'trusted lines of two entities, which count as one',
    input: '{"type":"a"}{"type":"b"}\n{"type":"c","type":"d"}\n',
    options: { trust: true, form: 'lines' },
    entities: ['{"type":"a"}{"type":"b"}', '{"type":"c","type":"d"}'],
  },
  {
    name: 'trusted lines',
    input: '\ufeff{"id":1,"x":[1]}\r\n{"id":2}',
    options: { trust: true },
    entities: ['{"id":1,"x":[1]}', '{"id":2}'],
  },
  {
    name: 'a trusted document',
    input: '{"x":"é","entities":[{"id":"\\""},{}]}',
    options: { trust: true },
    entities: ['{"id":"\\""}', '{}'],
  },
  {
    name: 'a trusted document that ends early',
    input: '[{},{"a"',
    options: { trust: true },
    entities: ['{}'],
    fault: ['TRUNCATED', 8],
  },
];

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  lines: LINES,
  'repeated members': REPEATED,
  'skipped input': SKIPPED,
  strings: STRINGS,
  'UTF-8': UTF8,
  'arrays and documents': DOCUMENTS,
  sequences: SEQUENCES,
  'single objects': SINGLE,
  'ways to the entities': PATHS,
  limits: LIMITS,
  'rejected lines': REJECTED,
  trust: TRUSTED,
};

/** Whether memory is reused, and whether bytes are read ahead. */
const WAYS = [
  [true, false],
  [true, true],
  [false, false],
  [false, true],
] as const;

/** Describes the contract for one implementation. */
export function scannerCases(name: string, make: MakeScanner): void {
  describe(name, () => {
    for (const [group, cases] of Object.entries(GROUPS)) {
      describe(group, () => {
        for (const one of cases) it(one.name, () => runCase(make, one));
      });
    }
    describe('any input', () => anyInput(make));
    describe('large inputs', () => largeInputs(make));
  });
}

/** The case holds at every boundary and byte by byte, with and without reuse of memory and reading ahead. */
function runCase(make: MakeScanner, { input, options = {}, entities, fault, rejects = [] }: Case): void {
  const bytes = bytesOf(input);
  const whole = scanAll(make, options, [bytes]);
  expect(whole.entities.map((one) => one.text)).toEqual(entities.map(latin1));
  expect(whole.fault && [whole.fault.code, whole.fault.byteOffset]).toEqual(fault);
  expect(whole.rejects.map((one) => [one.recordIndex, one.code, one.raw])).toEqual(rejects);
  expectExact(bytes, whole);
  // The naive judge does not support trust.
  if (!options.trust) expect(whole).toEqual(scanNaively(bytes, { ...DEFAULTS, ...options }));
  for (const [recycle, ahead] of WAYS) {
    expect(scanAll(make, { ...options, recycle }, chunked(bytes, [1]), ahead), 'byte by byte').toEqual(whole);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const halves = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(scanAll(make, { ...options, recycle }, halves, ahead), `cut at ${cut}`).toEqual(whole);
    }
  }
}

/** Offsets lead to exactly these bytes; indexes number all records, also rejected ones, without a gap. */
function expectExact(bytes: Buffer, { entities, rejects, fault }: Found): void {
  for (const { start, text } of entities) expect(bytes.toString('latin1', start, start + text.length)).toBe(text);
  for (const { start, raw } of rejects) expect(bytes.toString('latin1', start, start + raw.length)).toBe(raw);
  const indexes = [...entities.map((one) => one.index), ...rejects.map((one) => one.recordIndex ?? -1)];
  indexes.sort((a, b) => a - b);
  expect(indexes).toEqual(indexes.map((_, index) => index));
  if (fault) expect(fault.recordIndex).toBe(indexes.length);
}

const ANY_PATHS: readonly Path[] = [
  ['entities'],
  ['response', 'entities'],
  ['x'],
  [EVERY],
  ['entities', EVERY],
  ['entities', EVERY, 'data'],
  ['entities', EVERY, 'data', EVERY],
  [EVERY, EVERY],
  ['0'],
];

const anyOptions: fc.Arbitrary<Partial<ScanOptions>> = fc.record(
  {
    form: fc.constantFrom('lines', 'sequence', 'array', 'document'),
    path: fc.constantFrom(...ANY_PATHS),
    idFromKey: fc.boolean(),
    isNamedLines: fc.boolean(),
    locate: fc.subarray<'id' | 'type' | 'name'>(['id', 'type', 'name']),
    onError: fc.constantFrom('stop', 'skip'),
    maxDepth: fc.integer({ min: 1, max: 6 }),
    maxEntityBytes: fc.integer({ min: 1, max: 80 }),
    recycle: fc.boolean(),
  },
  { requiredKeys: [] },
);
// Form and path are rarely given, because most inputs then end in a fault.
const options = fc
  .tuple(anyOptions, fc.nat({ max: 3 }))
  .map(([{ form, path, ...rest }, said]) =>
    said === 0 ? { ...rest, ...(form ? { form } : {}) } : said === 1 ? { ...rest, ...(path ? { path } : {}) } : rest,
  );

const anyInputBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n\r01tnue-é'), maxLength: 40 }).map((text) => Buffer.from(text)),
  ...FORMS.flatMap((form) => [inputText(form).map((text) => Buffer.from(text)), damaged(inputText(form))]),
);

function anyInput(make: MakeScanner): void {
  it('has the same entities and faults in any chunks, equal to those of the naive judge', () => {
    const property = fc.property(anyInputBytes, options, chunkSizes, fc.boolean(), (bytes, said, sizes, ahead) => {
      const whole = scanAll(make, said, [bytes]);
      expect(whole).toEqual(scanNaively(bytes, { ...DEFAULTS, ...said }));
      expect(scanAll(make, said, chunked(bytes, sizes), ahead)).toEqual(whole);
      expect(scanAll(make, said, chunked(bytes, [1]))).toEqual(whole);
    });
    fc.assert(property, runs(1000));
  }, 60_000);

  it('has the same entities trusted as checked, if it is valid', () => {
    const property = fc.property(fc.oneof(...FORMS.map(inputText)), chunkSizes, (text, sizes) => {
      const bytes = Buffer.from(text);
      const trusted = scanAll(make, { trust: true }, chunked(bytes, sizes));
      const checked = scanAll(make, {}, [bytes]);
      // A sequence may look like lines that are faulty later.
      fc.pre(checked.fault === undefined || checked.fault.code === 'DUPLICATE_KEY');
      // Valid JSON may still have a member twice.
      if (checked.fault?.code !== 'DUPLICATE_KEY') expect(trusted).toEqual(checked);
      else expect(trusted.entities.slice(0, checked.entities.length)).toEqual(checked.entities);
    });
    fc.assert(property, runs(300));
  }, 60_000);

  it('that is invalid ends in entities or a fault when trusted, the same in any chunks', () => {
    const property = fc.property(anyInputBytes, chunkSizes, (bytes, sizes) => {
      const whole = scanAll(make, { trust: true }, [bytes]);
      expect(scanAll(make, { trust: true }, chunked(bytes, sizes))).toEqual(whole);
    });
    fc.assert(property, runs(400));
  }, 60_000);
}

/** An entity of about this many bytes. */
const entityOf = (size: number, id: number) => `{"id":${id},"type":"t","x":["${'é\\"]}'.repeat(size / 6)}"]}`;

function largeInputs(make: MakeScanner): void {
  const sizes = [10, 100_000, 10, 300_000, 2_000, 70_000, 10];
  const entities = sizes.map(entityOf);
  const inputs = { lines: entities.join('\n'), document: `{"entities":[${entities.join(',\n')}]}` };

  for (const [form, text] of Object.entries(inputs)) {
    it(`with entities beyond the size of a read: ${form}`, () => {
      const bytes = Buffer.from(text);
      for (const [recycle, ahead] of WAYS) {
        for (const chunks of [[bytes], chunked(bytes, [65_536]), chunked(bytes, [65_537, 1, 131_071])]) {
          const found = scanAll(make, { recycle }, chunks, ahead);
          expect(found.fault).toBeUndefined();
          expect(found.entities.map((one) => one.text === latin1(entities[one.index]))).toEqual(sizes.map(() => true));
          expectExact(bytes, found);
        }
      }
    });
  }

  it('cut at random', () => {
    const bytes = Buffer.from(inputs.document);
    const whole = scanAll(make, {}, [bytes]);
    const anySizes = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 10 });
    const property = fc.property(anySizes, fc.boolean(), fc.boolean(), (some, recycle, ahead) => {
      const found = scanAll(make, { recycle }, chunked(bytes, [...some, 5_000]), ahead);
      // Compared as text, so that a failure does not print half a megabyte.
      expect(JSON.stringify(found) === JSON.stringify(whole)).toBe(true);
    });
    fc.assert(property, { numRuns: 20 });
  }, 60_000);

  it('whose form is unclear after a megabyte are refused, and read if the form is given', () => {
    const long = `{"x":"${'a'.repeat(1024 * 1024)}","entities":[{"id":1}]}`;
    const bytes = Buffer.from(` ${long}`);
    for (const chunks of [[bytes], chunked(bytes, [300_001])]) {
      expect(scanAll(make, {}, chunks)).toMatchObject({
        entities: [],
        fault: { code: 'UNDECIDED_FORM', recordIndex: 0, byteOffset: 1 },
      });
      expect(scanAll(make, { path: ['entities'] }, chunks).entities.map((one) => one.text)).toEqual(['{"id":1}']);
      expect(scanAll(make, { form: 'lines' }, chunks).entities.map((one) => one.text)).toEqual([long]);
    }
  });

  it('nested deeper than the search for the form looks are still documents', () => {
    const deep = `{"id":1,"x":${nested(2000)}}`;
    const bytes = Buffer.from(`{"entities":[${deep}]}`);
    const found = [[bytes], chunked(bytes, [100])].map((chunks) => scanAll(make, { maxDepth: 4000 }, chunks));
    for (const one of found) expect(one.entities.map(({ text }) => text === deep)).toEqual([true]);
  });
}
