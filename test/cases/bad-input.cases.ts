/** Faulty and unusual inputs, each with its error or its output as lines. */
import type { ErrorCode } from '../../src/terms/errors.js';

/** Options of the export; default: all entities. */
export interface Asked {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly path?: string;
  readonly input?: 'lines' | 'array' | 'document';
  readonly maxDepth?: number;
  readonly maxEntityBytes?: number;
}

export interface Case {
  readonly name: string;
  readonly input: Buffer;
  readonly asked?: Asked;
  /** The error of a refused input, */
  readonly error?: {
    readonly code: ErrorCode;
    readonly stage: 'read' | 'scan';
    readonly recordIndex?: number;
    readonly byteOffset?: number;
    readonly line?: number;
  };
  /** or the output of an accepted one, as lines. */
  readonly output?: string;
}

export const GOOD = '{"id":"a","type":"t"}';

/** Marks the faulty byte in a text. */
const MARK = '¦';

/** Text with bytes that are not UTF-8, written as Latin-1. */
const raw = (text: string) => Buffer.from(text, 'latin1');
export const utf8 = (text: string) => Buffer.from(text);

/** The bytes and the offset of the mark. */
function unmarked(input: Buffer): { readonly bytes: Buffer; readonly at: number } {
  // The mark has other bytes in Latin-1 than in UTF-8; no case contains both.
  const long = input.indexOf(MARK, 0, 'utf8');
  const at = long >= 0 ? long : input.indexOf(MARK, 0, 'latin1');
  return { bytes: Buffer.concat([input.subarray(0, at), input.subarray(at + (long >= 0 ? 2 : 1))]), at };
}

/** An input that is refused, with its fault marked. */
function refused(name: string, code: ErrorCode, recordIndex: number, marked: string | Buffer, asked?: Asked): Case {
  const { bytes: input, at } = unmarked(typeof marked === 'string' ? utf8(marked) : marked);
  const line = input.subarray(0, at).toString('latin1').split('\n').length;
  return {
    name,
    input,
    ...(asked ? { asked } : {}),
    error: { code, stage: 'scan', recordIndex, byteOffset: at, line },
  };
}

/** A faulty entity between good ones, in each form of input. */
function refusedEntity(name: string, code: ErrorCode, marked: string | Buffer, asked?: Asked): readonly Case[] {
  const entity = typeof marked === 'string' ? utf8(marked) : marked;
  const around = (before: string, after: string) => Buffer.concat([utf8(before), entity, utf8(after)]);
  return [
    refused(`${name}, in lines`, code, 1, around(`${GOOD}\n`, `\n${GOOD}\n`), asked),
    refused(`${name}, in an array`, code, 1, around(`[${GOOD},`, `,${GOOD}]`), asked),
    refused(`${name}, in a document`, code, 1, around(`{"entities":[${GOOD},`, `,${GOOD}]}`), asked),
  ];
}

function passes(name: string, input: string, output: string, asked?: Asked): Case {
  return { name, input: utf8(input), output, ...(asked ? { asked } : {}) };
}

/** An unusual but valid entity, in each form of input. */
function passesEntity(name: string, entity: string, asked?: Asked): readonly Case[] {
  return [
    passes(`${name}, in lines`, `${entity}\n`, `${entity}\n`, asked),
    passes(`${name}, in a document`, `{"entities":[${entity}]}`, `${entity}\n`, asked),
  ];
}

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const LONG_MEMBER = `"x":"${'y'.repeat(1_100_000)}"`;

/** Faults of one entity, each in all forms of input. */
const REFUSED_ENTITIES: readonly (readonly Case[])[] = [
  refusedEntity('a trailing comma', 'INVALID_JSON', '{"id":"b",¦}'),
  refusedEntity('a trailing comma in an inner array', 'INVALID_JSON', '{"id":"b","x":[1,¦]}'),
  refusedEntity('a missing comma', 'INVALID_JSON', '{"id":"b"¦"x":1}'),
  refusedEntity('a missing colon', 'INVALID_JSON', '{"id"¦"b"}'),
  refusedEntity('a name without quotes', 'INVALID_JSON', '{¦id:1}'),
  refusedEntity('single quotes', 'INVALID_JSON', `{¦'id':1}`),
  refusedEntity('a comment', 'INVALID_JSON', '{"id":1¦/**/}'),
  refusedEntity('NaN', 'INVALID_JSON', '{"x":¦NaN}'),
  refusedEntity('a leading zero', 'INVALID_JSON', '{"x":0¦1}'),
  refusedEntity('a number that ends in a point', 'INVALID_JSON', '{"x":1.¦}'),
  refusedEntity('a truncated word', 'INVALID_JSON', '{"x":tru¦}'),
  refusedEntity('an unknown escape', 'INVALID_JSON', '{"id":"\\¦x"}'),
  refusedEntity('a \\u escape without its digits', 'INVALID_JSON', '{"id":"\\u12¦g4"}'),
  refusedEntity('a raw control character in a string', 'INVALID_JSON', '{"id":"a¦\u0001"}'),
  refusedEntity('a raw tab in a name', 'INVALID_JSON', '{"i¦\td":1}'),
  refusedEntity('brackets that cross', 'INVALID_JSON', '{"x":[1¦}}'),
  refusedEntity('a number', 'NOT_AN_ENTITY', '¦42'),
  refusedEntity('a string', 'NOT_AN_ENTITY', '¦"b"'),
  refusedEntity('true', 'NOT_AN_ENTITY', '¦true'),
  refusedEntity('null', 'NOT_AN_ENTITY', '¦null'),
  refusedEntity('an array', 'NOT_AN_ENTITY', '¦[{"id":"b"}]'),
  refusedEntity('an invalid byte in a string', 'INVALID_UTF8', raw('{"id":"¦\xff"}')),
  refusedEntity('an invalid byte in a name', 'INVALID_UTF8', raw('{"i¦\xff":1}')),
  refusedEntity('an invalid byte between tokens', 'INVALID_UTF8', raw('{¦\xff"id":1}')),
  refusedEntity('an overlong slash', 'INVALID_UTF8', raw('{"id":"¦\xc0\xaf"}')),
  refusedEntity('a surrogate as three bytes', 'INVALID_UTF8', raw('{"id":"¦\xed\xa0\x80"}')),
  refusedEntity('a character beyond U+10FFFF', 'INVALID_UTF8', raw('{"id":"¦\xf4\x90\x80\x80"}')),
  refusedEntity('a character cut by its quote', 'INVALID_UTF8', raw('{"id":"¦\xe2\x82"}')),
  refusedEntity('an invalid byte in a filtered entity', 'INVALID_UTF8', raw('{"type":"u","x":"¦\xff"}'), {
    types: ['t'],
  }),
  refusedEntity('nesting beyond the limit', 'TOO_DEEP', `{"x":${'['.repeat(1023)}¦[${']'.repeat(1024)}}`),
  refusedEntity('nesting beyond a limit of one', 'TOO_DEEP', '{"x":¦{}}', { maxDepth: 1 }),
  refusedEntity('an entity beyond the limit', 'ENTITY_TOO_LARGE', `¦{"id":"${'b'.repeat(100)}"}`, {
    maxEntityBytes: 100,
  }),
  refusedEntity('a second id', 'DUPLICATE_KEY', '{"id":"b",¦"id":"c"}'),
  refusedEntity('a second type', 'DUPLICATE_KEY', '{"type":"t",¦"type":"t"}'),
  refusedEntity('a second id with escapes', 'DUPLICATE_KEY', '{"id":"b",¦"\\u0069d":"c"}'),
  refusedEntity('a second type after a requested one', 'DUPLICATE_KEY', '{"type":"t",¦"type":"u"}', {
    types: ['t'],
  }),
  refusedEntity('a second type after an unwanted one', 'DUPLICATE_KEY', '{"type":"u",¦"type":"t"}', {
    types: ['t'],
  }),
  refusedEntity(
    'a second type after other members',
    'DUPLICATE_KEY',
    '{"type":"u","x":{"type":"t"},¦"\\u0074ype" :"t"}',
    {
      types: ['t'],
    },
  ),
  refusedEntity('a second id after an unwanted one', 'DUPLICATE_KEY', '{"id":"b","x":[],¦"id":"c"}', {
    ids: ['c'],
  }),
];

/** Faults of an input. */
const REFUSED_INPUTS: readonly Case[] = [
  refused('two values on a line', 'INVALID_JSON', 1, `${GOOD}\n${GOOD}¦${GOOD}\n`),
  refused('two values on a line that is filtered out', 'INVALID_JSON', 1, `${GOOD}\n${GOOD}¦{"type":"u"}\n`, {
    types: ['u'],
  }),
  refused('two values on the last line, which is filtered out', 'INVALID_JSON', 1, `${GOOD}\n${GOOD} ¦{"type":"u"}`, {
    types: ['u'],
  }),
  refused('filtered lines of which some end in CR only', 'INVALID_JSON', 1, `${GOOD}\n${GOOD}\r¦${GOOD}\r`, {
    types: ['u'],
  }),
  refused('a filtered line without its closing brackets', 'INVALID_JSON', 0, `{"type":"t","x":[1¦\n${GOOD}\n`, {
    types: ['u'],
  }),
  refused('a filtered line without a closing quote', 'INVALID_JSON', 0, `{"type":"t","x":"}¦\n${GOOD}\n`, {
    types: ['u'],
  }),
  refused('pretty-printed lines', 'INVALID_JSON', 1, `${GOOD}\n\n{¦\n  "id": "b"\n}\n`),
  refused('a value and a word on a line', 'INVALID_JSON', 1, `${GOOD}\n${GOOD} ¦x}\n`),
  refused('a raw line break in a string, in lines', 'INVALID_JSON', 1, `${GOOD}\n{"id":"b¦\n"}\n`),
  refused('a raw line break in a string, in an array', 'INVALID_JSON', 1, `[${GOOD},{"id":"b¦\n"}]`),
  refused('entities without a comma between', 'INVALID_JSON', 1, `[${GOOD} ¦${GOOD}]`),
  refused('a comma after the last entity', 'INVALID_JSON', 1, `[${GOOD},¦]`),
  refused('a comma before the first entity', 'INVALID_JSON', 0, `{"entities":[¦,${GOOD}]}`),
  refused('a second array after the first', 'INVALID_JSON', 1, `[${GOOD}]¦[${GOOD}]`),
  refused('text after the document', 'INVALID_JSON', 1, `{"entities":[${GOOD}]}\n¦x`),
  refused('an extra bracket after the array', 'INVALID_JSON', 1, `{"entities":[${GOOD}]¦]}`),
  refused('a faulty word after the entities', 'INVALID_JSON', 1, `{"entities":[${GOOD}],"x":nul¦}`),
  refused('a scalar alone', 'NOT_AN_ENTITY', 0, '¦"entities"'),
  refused('a byte order mark in the middle', 'NOT_AN_ENTITY', 1, `${GOOD}\n¦\ufeff${GOOD}\n`),
  refused('a character cut by the end', 'INVALID_UTF8', 1, raw(`${GOOD}\n{"id":"¦\xe2\x82`)),
  refused('an invalid byte at the start', 'INVALID_UTF8', 0, raw(`¦\xff${GOOD}\n`)),
  refused('an invalid byte after the entities', 'INVALID_UTF8', 1, raw(`{"entities":[${GOOD}],"x":"¦\xff"}`)),
  refused('nesting beyond the limit beside the entities', 'TOO_DEEP', 0, `{"x":${'['.repeat(1023)}¦[`, {
    path: 'entities',
  }),
  refused('a second "entities"', 'DUPLICATE_KEY', 1, `{"entities":[${GOOD}],¦"entities":[]}`),
  refused('a second "entities" with escapes', 'DUPLICATE_KEY', 1, `{"entities":[${GOOD}],¦"\\u0065ntities":[]}`),
  refused('a second "response"', 'DUPLICATE_KEY', 1, `{"response":{"entities":[${GOOD}]},¦"response":{}}`),
  refused('no entities at the path', 'NO_ENTITIES', 0, `{"a":{"b":1},"c":2}¦`, { path: 'a.entities' }),
  refused('an object at the path', 'NO_ENTITIES', 0, '{"a":{"b":¦{"id":"b"}}}', { path: 'a.b' }),
  refused('a scalar on the path', 'NO_ENTITIES', 0, '{"a":¦1}', { path: 'a.b' }),
  refused('lines with the form document', 'NO_ENTITIES', 0, '{"id":"b"}¦', { input: 'document' }),
  refused('a document with the form array', 'NO_ENTITIES', 0, '¦{"entities":[]}', { input: 'array' }),
  refused('an array with the form lines', 'NOT_AN_ENTITY', 0, '¦[]', { input: 'lines' }),
  refused('a form that is unclear after a megabyte', 'UNDECIDED_FORM', 0, `¦{${LONG_MEMBER},"entities":[]}`),
  refused('a line cut in a string', 'TRUNCATED', 1, `${GOOD}\n{"id":"b¦`),
  refused('a line cut after a member', 'TRUNCATED', 1, `${GOOD}\n{"id":"b"¦`),
  refused('an array cut after an entity', 'TRUNCATED', 1, `[${GOOD}¦`),
  refused('an array cut in an entity', 'TRUNCATED', 1, `[${GOOD},{"id":¦`),
  refused('a document without its last brace', 'TRUNCATED', 1, `{"entities":[${GOOD}]¦`),
];

export const REFUSED = [...REFUSED_ENTITIES.flat(), ...REFUSED_INPUTS];

export const PASSING_INPUTS: readonly Case[] = [
  passes('an empty input', '', ''),
  passes('white space only', ' \r\n\t\n ', ''),
  passes('a byte order mark only', '\ufeff', ''),
  passes('a byte order mark before lines', `\ufeff${GOOD}\n`, `${GOOD}\n`),
  passes('a byte order mark before a document', `\ufeff {"entities":[${GOOD}]}`, `${GOOD}\n`),
  passes('an empty array', ' [ ] ', ''),
  passes('an empty document', '{"entities":[]}', ''),
  passes('CRLF and blank lines', `\r\n${GOOD}\r\n\r\n ${GOOD}`, `${GOOD}\n${GOOD}\n`),
  passes('a given form that is unclear after a megabyte', `{${LONG_MEMBER},"entities":[${GOOD}]}`, `${GOOD}\n`, {
    input: 'document',
  }),
  passes('a path of three members', `{"x":[],"a":{"b":{"c":[${GOOD}],"d":1}}}`, `${GOOD}\n`, { path: 'a.b.c' }),
  passes('a fault after the member that decides', '{"type":"u",,,}\n', '', { types: ['t'] }),
  passes('an id that is a number, by its digits', '{"id":1.0}\n{"id":1}\n', '{"id":1.0}\n', { ids: ['1.0'] }),
  passes('a type that is a number, by its digits', '{"type":7}\n{"type":null}\n{"type":["7"]}\n', '{"type":7}\n', {
    types: ['7'],
  }),
  passes('types that are not strings, for every type', '{"type":7}\n{}\n', '{"type":7}\n{}\n', { types: ['_ALL'] }),
];

export const PASSING = [
  ...PASSING_INPUTS,
  ...passesEntity('lone surrogates in escapes', '{"id":"\\ud800","x":"\\udc00\\ud83d"}'),
  ...passesEntity('no members at all', '{}'),
  ...passesEntity('neither id nor type', '{"name":"nameless"}'),
  ...passesEntity('an id and a type of odd kinds', '{"id":null,"type":{"of":["x"]}}'),
  ...passesEntity('an empty id and type', '{"id":"","type":""}'),
  ...passesEntity('repeated names', '{"id":"b","x":1,"x":2,"name":"n","name":"m","data":{"id":1,"id":2}}'),
  ...passesEntity('__proto__ as a name', '{"__proto__":{"id":"z"},"constructor":1,"id":"b"}'),
  ...passesEntity('numbers beyond a double', '{"id":9007199254740993,"x":1e400,"y":-0,"z":1.0}'),
  ...passesEntity('a delete character, and escapes of any kind', '{"id":"\u007f\\u0000\\/\\b"}'),
  ...passesEntity('nesting at the limit', `{"x":${nested(1023)}}`),
  ...passesEntity('an entity at the limit', `{"id":"${'b'.repeat(91)}"}`, { maxEntityBytes: 100 }),
];
