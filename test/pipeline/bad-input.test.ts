/** Faulty and odd inputs: every one ends in its error or its output, in the library and on the command line. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.js';
import { bytes } from '../../src/pipeline/read/bytes.js';
import { type ExportOptions, exportEntities } from '../../src/pipeline/run-export.js';
import { ERROR_CODES, type ErrorCode, type SluiceError } from '../../src/terms/errors.js';
import { ended, filesIn, shell, sluice, startSluice } from '../cli/run-sluice.js';
import { exported, failureOf } from './read/outcome.js';

let folder = '';
const mounted: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bad-input-'));
  // Some of these tests run as a user that is not ours.
  await chmod(folder, 0o777);
});
afterAll(async () => {
  for (const path of mounted) spawnSync('umount', [path]);
  await rm(folder, { recursive: true, force: true });
});

/** A folder of its own for one case. */
let folders = 0;
async function newFolder(): Promise<string> {
  const path = join(folder, String(folders++));
  await mkdir(path);
  return path;
}

/** What is asked of an input, beside all of it. */
interface Asked {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly path?: string;
  readonly input?: 'lines' | 'array' | 'document';
  readonly maxDepth?: number;
  readonly maxEntityBytes?: number;
}

interface Case {
  readonly name: string;
  readonly input: Buffer;
  readonly asked?: Asked;
  /** What the input is refused with … */
  readonly error?: {
    readonly code: ErrorCode;
    readonly stage: 'read' | 'scan';
    readonly recordIndex?: number;
    readonly byteOffset?: number;
    readonly line?: number;
  };
  /** … or the lines that come of it. */
  readonly output?: string;
}

const GOOD = '{"id":"a","type":"t"}';

/** Marks in a text the byte that is at fault. */
const MARK = '¦';

/** Text with bytes that are no UTF-8, written as Latin-1. */
const raw = (text: string) => Buffer.from(text, 'latin1');
const utf8 = (text: string) => Buffer.from(text);

/** The bytes and the offset of the mark. */
function unmarked(input: Buffer): { readonly bytes: Buffer; readonly at: number } {
  // As Latin-1 and as UTF-8 the mark is written differently; no case holds both.
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

/** An odd entity that is none the worse for it, in each form of input. */
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
  refusedEntity('a number that ends in its point', 'INVALID_JSON', '{"x":1.¦}'),
  refusedEntity('a word cut short', 'INVALID_JSON', '{"x":tru¦}'),
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
  refusedEntity('a byte of no text in a string', 'INVALID_UTF8', raw('{"id":"¦\xff"}')),
  refusedEntity('a byte of no text in a name', 'INVALID_UTF8', raw('{"i¦\xff":1}')),
  refusedEntity('a byte of no text between tokens', 'INVALID_UTF8', raw('{¦\xff"id":1}')),
  refusedEntity('an overlong slash', 'INVALID_UTF8', raw('{"id":"¦\xc0\xaf"}')),
  refusedEntity('half a pair as three bytes', 'INVALID_UTF8', raw('{"id":"¦\xed\xa0\x80"}')),
  refusedEntity('a character beyond the last', 'INVALID_UTF8', raw('{"id":"¦\xf4\x90\x80\x80"}')),
  refusedEntity('a character cut by its quote', 'INVALID_UTF8', raw('{"id":"¦\xe2\x82"}')),
  refusedEntity('a byte of no text in what is filtered out', 'INVALID_UTF8', raw('{"type":"u","x":"¦\xff"}'), {
    types: ['t'],
  }),
  refusedEntity('nesting beyond the limit', 'TOO_DEEP', `{"x":${'['.repeat(1023)}¦[${']'.repeat(1024)}}`),
  refusedEntity('nesting beyond a limit of one', 'TOO_DEEP', '{"x":¦{}}', { maxDepth: 1 }),
  refusedEntity('an entity beyond the limit', 'ENTITY_TOO_LARGE', `¦{"id":"${'b'.repeat(100)}"}`, {
    maxEntityBytes: 100,
  }),
  refusedEntity('a second id', 'DUPLICATE_KEY', '{"id":"b",¦"id":"c"}'),
  refusedEntity('a second type', 'DUPLICATE_KEY', '{"type":"t",¦"type":"t"}'),
  refusedEntity('a second id in escapes', 'DUPLICATE_KEY', '{"id":"b",¦"\\u0069d":"c"}'),
  refusedEntity('a second type of which the first is asked for', 'DUPLICATE_KEY', '{"type":"t",¦"type":"u"}', {
    types: ['t'],
  }),
  refusedEntity('a second type of which the first is not asked for', 'DUPLICATE_KEY', '{"type":"u",¦"type":"t"}', {
    types: ['t'],
  }),
  refusedEntity('a second type far behind', 'DUPLICATE_KEY', '{"type":"u","x":{"type":"t"},¦"\\u0074ype" :"t"}', {
    types: ['t'],
  }),
  refusedEntity('a second id of which the first is not asked for', 'DUPLICATE_KEY', '{"id":"b","x":[],¦"id":"c"}', {
    ids: ['c'],
  }),
];

/** Faults of an input. */
const REFUSED_INPUTS: readonly Case[] = [
  refused('two values on a line', 'INVALID_JSON', 0, `${GOOD}¦${GOOD}\n`),
  refused('two values on a line that is filtered out', 'INVALID_JSON', 0, `${GOOD}¦{"type":"u"}\n`, { types: ['u'] }),
  refused('two values on the last line, which is filtered out', 'INVALID_JSON', 1, `${GOOD}\n${GOOD} ¦{"type":"u"}`, {
    types: ['u'],
  }),
  refused('lines that end in CR only and are filtered out', 'INVALID_JSON', 0, `${GOOD}\r¦${GOOD}\r`, { types: ['u'] }),
  refused('a line without its end that is filtered out', 'INVALID_JSON', 0, `{"type":"t","x":[1¦\n${GOOD}\n`, {
    types: ['u'],
  }),
  refused('a string without its end that is filtered out', 'INVALID_JSON', 0, `{"type":"t","x":"}¦\n${GOOD}\n`, {
    types: ['u'],
  }),
  refused('pretty-printed lines', 'INVALID_JSON', 1, `${GOOD}\n\n{¦\n  "id": "b"\n}\n`),
  refused('a value and a word on a line', 'INVALID_JSON', 1, `${GOOD}\n${GOOD} ¦x}\n`),
  refused('a raw line break in a string, in lines', 'INVALID_JSON', 1, `${GOOD}\n{"id":"b¦\n"}\n`),
  refused('a raw line break in a string, in an array', 'INVALID_JSON', 1, `[${GOOD},{"id":"b¦\n"}]`),
  refused('entities without a comma between', 'INVALID_JSON', 1, `[${GOOD} ¦${GOOD}]`),
  refused('a comma behind the last entity', 'INVALID_JSON', 1, `[${GOOD},¦]`),
  refused('a comma before the first entity', 'INVALID_JSON', 0, `{"entities":[¦,${GOOD}]}`),
  refused('a second array behind the first', 'INVALID_JSON', 1, `[${GOOD}]¦[${GOOD}]`),
  refused('something behind the document', 'INVALID_JSON', 1, `{"entities":[${GOOD}]}\n¦x`),
  refused('a bracket too many behind the array', 'INVALID_JSON', 1, `{"entities":[${GOOD}]¦]}`),
  refused('a faulty word behind the entities', 'INVALID_JSON', 1, `{"entities":[${GOOD}],"x":nul¦}`),
  refused('a scalar alone', 'NOT_AN_ENTITY', 0, '¦"entities"'),
  refused('a byte order mark in the middle', 'NOT_AN_ENTITY', 1, `${GOOD}\n¦\ufeff${GOOD}\n`),
  refused('a character cut by the end', 'INVALID_UTF8', 1, raw(`${GOOD}\n{"id":"¦\xe2\x82`)),
  refused('a byte of no text in front', 'INVALID_UTF8', 0, raw(`¦\xff${GOOD}\n`)),
  refused('a byte of no text behind the entities', 'INVALID_UTF8', 1, raw(`{"entities":[${GOOD}],"x":"¦\xff"}`)),
  refused('nesting beyond the limit beside the entities', 'TOO_DEEP', 0, `{"x":${'['.repeat(1023)}¦[`, {
    path: 'entities',
  }),
  refused('a second "entities"', 'DUPLICATE_KEY', 1, `{"entities":[${GOOD}],¦"entities":[]}`),
  refused('a second "entities" in escapes', 'DUPLICATE_KEY', 1, `{"entities":[${GOOD}],¦"\\u0065ntities":[]}`),
  refused('a second "response"', 'DUPLICATE_KEY', 1, `{"response":{"entities":[${GOOD}]},¦"response":{}}`),
  refused('no entities at the path', 'NO_ENTITIES', 0, `{"a":{"b":1},"c":2}¦`, { path: 'a.entities' }),
  refused('an object at the path', 'NO_ENTITIES', 0, '{"a":{"b":¦{"id":"b"}}}', { path: 'a.b' }),
  refused('a scalar on the path', 'NO_ENTITIES', 0, '{"a":¦1}', { path: 'a.b' }),
  refused('lines that were called a document', 'NO_ENTITIES', 0, '{"id":"b"}¦', { input: 'document' }),
  refused('a document that was called an array', 'NO_ENTITIES', 0, '¦{"entities":[]}', { input: 'array' }),
  refused('an array that was called lines', 'NOT_AN_ENTITY', 0, '¦[]', { input: 'lines' }),
  refused('a first megabyte that tells no form', 'UNDECIDED_FORM', 0, `¦{${LONG_MEMBER},"entities":[]}`),
  refused('a line cut in a string', 'TRUNCATED', 1, `${GOOD}\n{"id":"b¦`),
  refused('a line cut behind a member', 'TRUNCATED', 1, `${GOOD}\n{"id":"b"¦`),
  refused('an array cut behind an entity', 'TRUNCATED', 1, `[${GOOD}¦`),
  refused('an array cut in an entity', 'TRUNCATED', 1, `[${GOOD},{"id":¦`),
  refused('a document without its last brace', 'TRUNCATED', 1, `{"entities":[${GOOD}]¦`),
];

const REFUSED = [...REFUSED_ENTITIES.flat(), ...REFUSED_INPUTS];

const PASSING_INPUTS: readonly Case[] = [
  passes('an empty input', '', ''),
  passes('white space only', ' \r\n\t\n ', ''),
  passes('a byte order mark only', '\ufeff', ''),
  passes('a byte order mark before lines', `\ufeff${GOOD}\n`, `${GOOD}\n`),
  passes('a byte order mark before a document', `\ufeff {"entities":[${GOOD}]}`, `${GOOD}\n`),
  passes('an empty array', ' [ ] ', ''),
  passes('an empty document', '{"entities":[]}', ''),
  passes('CRLF and blank lines', `\r\n${GOOD}\r\n\r\n ${GOOD}`, `${GOOD}\n${GOOD}\n`),
  passes('a first megabyte that tells no form, when it is told', `{${LONG_MEMBER},"entities":[${GOOD}]}`, `${GOOD}\n`, {
    input: 'document',
  }),
  passes('a path of three', `{"x":[],"a":{"b":{"c":[${GOOD}],"d":1}}}`, `${GOOD}\n`, { path: 'a.b.c' }),
  passes('a fault behind the member that decided', '{"type":"u",,,}\n', '', { types: ['t'] }),
  passes('an id that is a number, by its digits', '{"id":1.0}\n{"id":1}\n', '{"id":1.0}\n', { ids: ['1.0'] }),
  passes('a type that is a number, by its digits', '{"type":7}\n{"type":null}\n{"type":["7"]}\n', '{"type":7}\n', {
    types: ['7'],
  }),
  passes('types that are no strings, for every type', '{"type":7}\n{}\n', '{"type":7}\n{}\n', { types: ['_ALL'] }),
];

const PASSING = [
  ...PASSING_INPUTS,
  ...passesEntity('lone halves of pairs in escapes', '{"id":"\\ud800","x":"\\udc00\\ud83d"}'),
  ...passesEntity('no members at all', '{}'),
  ...passesEntity('neither id nor type', '{"name":"nameless"}'),
  ...passesEntity('an id and a type of odd kinds', '{"id":null,"type":{"of":["x"]}}'),
  ...passesEntity('an empty id and type', '{"id":"","type":""}'),
  ...passesEntity('names that are there twice', '{"id":"b","x":1,"x":2,"name":"n","name":"m","data":{"id":1,"id":2}}'),
  ...passesEntity('__proto__ as a name', '{"__proto__":{"id":"z"},"constructor":1,"id":"b"}'),
  ...passesEntity('numbers beyond a double', '{"id":9007199254740993,"x":1e400,"y":-0,"z":1.0}'),
  ...passesEntity('a delete character, and escapes of any kind', '{"id":"\u007f\\u0000\\/\\b"}'),
  ...passesEntity('nesting at the limit', `{"x":${nested(1023)}}`),
  ...passesEntity('an entity at the limit', `{"id":"${'b'.repeat(91)}"}`, { maxEntityBytes: 100 }),
];

function optionsOf({ types, ids, ...reading }: Asked = {}): Omit<ExportOptions, 'source'> {
  return { format: 'ndjson', request: { ...(types ? { types } : {}), ...(ids ? { ids } : {}) }, ...reading };
}

/** The same as flags; limits have none. */
function flagsOf({ types = [], ids = [], path, input }: Asked = {}): readonly string[] {
  return [
    ...types.flatMap((type) => ['--type', type]),
    ...ids.flatMap((id) => ['--id', id]),
    ...(path === undefined ? [] : ['--path', path]),
    ...(input === undefined ? [] : ['--input', input]),
  ];
}

const hasFlags = ({ asked }: Case) => asked?.maxDepth === undefined && asked?.maxEntityBytes === undefined;

/** Longer inputs are not handed over byte by byte. */
const SHORT = 5000;

describe('in the library', () => {
  test.each(REFUSED)('refused: $name', async ({ input, asked, error }) => {
    const ways = [[input], ...(input.length <= SHORT ? [[...input].map((byte) => Buffer.of(byte))] : [])];
    for (const chunks of [...ways, [gzipSync(input)]]) {
      const outcome = await exported({ source: bytes(chunks), ...optionsOf(asked) });
      expect(outcome.error).toMatchObject({ ...error, source: 'the input' });
      expect(outcome.error?.message).toContain(error?.line ? `the input:${error.line}: ` : 'the input: ');
      // What is out ends behind a whole line.
      expect([`${GOOD}\n`, '']).toContain(outcome.output.toString());
    }
  });

  test.each(REFUSED)('no file: $name', async ({ input, asked, error }) => {
    const place = await newFolder();
    const stream = exportEntities({ source: bytes([input]), ...optionsOf(asked) });
    expect((await failureOf(stream.toFile(join(place, 'out.ndjson')))).code).toBe(error?.code);
    expect((await failureOf(stream.receipt)).code).toBe(error?.code);
    expect(await filesIn(place)).toStrictEqual([]);
  });

  test.each(PASSING)('passes: $name', async ({ input, asked, output }) => {
    const ways = [[input], ...(input.length <= SHORT ? [[...input].map((byte) => Buffer.of(byte))] : [])];
    for (const chunks of [...ways, [gzipSync(input)]]) {
      const outcome = await exported({ source: bytes(chunks), ...optionsOf(asked) });
      expect(outcome.error).toBeUndefined();
      expect(outcome.output.toString()).toBe(output);
    }
  });

  test.each([
    ['json', '{"entities":[]}'],
    ['array', '[]'],
    ['ndjson', ''],
  ] as const)('no entities are a valid empty %s', async (format, output) => {
    for (const input of ['', ' \n', '\ufeff', '[]', '{"entities":[]}', `${GOOD}\n`]) {
      const outcome = await exported({ source: bytes([input]), format, request: { types: ['nothing'] } });
      expect(outcome.output.toString()).toBe(output);
      expect(outcome.receipt).toMatchObject({ written: 0, stoppedBy: 'end' });
    }
  });
});

describe('on the command line', () => {
  // A process costs a fifth of a second: each fault of an entity comes in one form, another for each fault.
  const cases = [...REFUSED_ENTITIES.map((forms, index) => forms[index % forms.length]), ...REFUSED_INPUTS];
  test.concurrent.each([...cases, ...PASSING_INPUTS].filter(hasFlags))(
    '$name',
    async ({ input, asked, error, output }) => {
      const place = await newFolder();
      await writeFile(join(place, 'in'), input);
      const args = ['export', 'in', ...flagsOf(asked), '-o', 'out.ndjson', '--quiet'];
      const { code, stdout, stderr } = await sluice(args, { cwd: place });
      expect(stdout.toString()).toBe('');
      if (!error) {
        expect({ code, stderr, files: await filesIn(place) }).toStrictEqual({
          code: 0,
          stderr: '',
          files: ['in', 'out.ndjson'],
        });
        return;
      }
      expect(code).toBe(exitCodeOf(error.code));
      expect(stderr).toMatch(new RegExp(`^sluice: in:${error.line ? `${error.line}:` : ''} .*\\(${error.code}\\)\n$`));
      expect(await filesIn(place)).toStrictEqual(['in']);
      expect(output).toBeUndefined();
    },
  );

  const ofEachCode = [...new Map(REFUSED.filter(hasFlags).map((one) => [one.error?.code, one])).values()];
  test.concurrent.each(ofEachCode)('to standard output: $error.code', async ({ input, asked, error }) => {
    const { code, stdout, stderr } = await sluice(['export', '-', ...flagsOf(asked)], { input });
    expect(code).toBe(error && exitCodeOf(error.code));
    expect(stderr).toMatch(
      new RegExp(`^sluice: standard input:${error?.line ? `${error.line}:` : ''} .*\\(${error?.code}\\)\n$`),
    );
    expect([`${GOOD}\n`, '']).toContain(stdout.toString());
  });
});

describe('cut at every byte', () => {
  const ENTITY = '{"id":"é","n":-1.5e3,"b":[true,{"x":null}],"s":"\\u00e9\\\\","t":{"u":""}}';
  const complete = (output: string) => ({ output, error: undefined });

  /** Whether the cut leaves the beginning of a character at the end. */
  const splits = (input: Buffer, cut: number) => (input[cut] & 0xc0) === 0x80;

  async function outcomeOfCut(input: Buffer, cut: number, asked: Asked = {}) {
    const { output, error } = await exported({ source: bytes([input.subarray(0, cut)]), ...optionsOf(asked) });
    return { output: output.toString(), error: error && pick(error) };
  }

  const pick = ({ code, stage, recordIndex }: SluiceError) => ({ code, stage, recordIndex });

  test('lines', async () => {
    const input = utf8(`${ENTITY}\n${ENTITY}\n`);
    const length = Buffer.byteLength(ENTITY);
    for (let cut = 1; cut <= input.length; cut++) {
      const outcome = await outcomeOfCut(input, cut);
      if (cut === length || cut === length + 1) expect(outcome).toStrictEqual(complete(`${ENTITY}\n`));
      else if (cut > 2 * length) expect(outcome).toStrictEqual(complete(`${ENTITY}\n${ENTITY}\n`));
      else {
        const code = splits(input, cut) ? 'INVALID_UTF8' : 'TRUNCATED';
        expect(outcome.error, `cut at ${cut}`).toStrictEqual({
          code,
          stage: 'scan',
          recordIndex: cut <= length ? 0 : 1,
        });
      }
    }
  });

  test.each([
    ['an array', `[${ENTITY},${ENTITY}]`],
    ['a document', `{"a":{"b":["é"]},"entities":[${ENTITY},${ENTITY}],"c":[1,{"d":"]}"}],"e":12}`],
    ['an answer of the platform', `{"request":{},"response":{"entities":[${ENTITY}],"status":"success"}}`],
  ])('%s', async (_form, text) => {
    const input = utf8(text);
    for (let cut = 1; cut < input.length; cut++) {
      const { error } = await outcomeOfCut(input, cut);
      expect(error?.code, `cut at ${cut}`).toBe(splits(input, cut) ? 'INVALID_UTF8' : 'TRUNCATED');
    }
    expect((await outcomeOfCut(input, input.length)).error).toBeUndefined();
  });

  test('a document at a path that was told', async () => {
    const input = utf8(`{"a":{"b":[${ENTITY}],"c":1.5}}`);
    for (let cut = 1; cut < input.length; cut++) {
      const { error } = await outcomeOfCut(input, cut, { path: 'a.b' });
      expect(error?.code, `cut at ${cut}`).toBe(splits(input, cut) ? 'INVALID_UTF8' : 'TRUNCATED');
    }
  });
});

describe('gzip', () => {
  const LINES = Array.from({ length: 40 }, (_, index) => `{"id":"e${index * 7919}","type":"t"}\n`).join('');
  const packed = gzipSync(LINES);
  const gzipped = (...chunks: readonly Uint8Array[]) => exported({ source: bytes(chunks), format: 'ndjson' });

  test('cut anywhere is an error', async () => {
    for (let cut = 1; cut < packed.length; cut++) {
      const { error } = await gzipped(packed.subarray(0, cut));
      // One byte does not tell that it is gzip.
      expect(error?.code, `cut at ${cut}`).toBe(cut === 1 ? 'NOT_AN_ENTITY' : 'TRUNCATED');
    }
  });

  test('cut in its second member is an error', async () => {
    const both = Buffer.concat([packed, packed]);
    for (let cut = packed.length + 1; cut < both.length; cut++) {
      expect((await gzipped(both.subarray(0, cut))).error?.code, `cut at ${cut}`).toBe('TRUNCATED');
    }
  });

  test('of several members is read as one, in any chunks', async () => {
    const members = Buffer.concat([packed, gzipSync(''), packed, packed]);
    for (const size of [1, 7, packed.length, members.length]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < members.length; at += size) chunks.push(members.subarray(at, at + size));
      expect((await gzipped(...chunks)).output.toString()).toBe(LINES.repeat(3));
    }
  });

  test('with any bit turned is an error or means the same', async () => {
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Buffer.from(packed);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { error, output } = await gzipped(damaged);
      if (!error) expect(output.toString(), `bit ${bit}`).toBe(LINES);
      else expect(ERROR_CODES[error.code], `bit ${bit}: ${error.code}`).toBe('input');
    }
  });

  test('followed by something else is an error', async () => {
    for (const more of ['x', GOOD, `\n${LINES}`]) {
      const byteOffset = packed.length;
      expect((await gzipped(packed, Buffer.from(more))).error).toMatchObject({ code: 'CORRUPT_GZIP', byteOffset });
    }
    // This byte could still be the beginning of another member.
    expect((await gzipped(packed, Buffer.of(0x1f))).error).toMatchObject({ code: 'TRUNCATED' });
  });

  test.each([
    ['TRUNCATED', packed.subarray(0, packed.length - 4)],
    ['CORRUPT_GZIP', Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)])],
  ] as const)('%s on the command line', async (name, input) => {
    const place = await newFolder();
    await writeFile(join(place, 'in.gz'), input);
    const file = await sluice(['export', 'in.gz', '-o', 'out.ndjson.gz'], { cwd: place });
    expect(file).toMatchObject({ code: 4, stderr: expect.stringContaining(`(${name})`) });
    expect(await filesIn(place)).toStrictEqual(['in.gz']);
    const stdout = await sluice(['export', '-'], { input });
    expect(stdout).toMatchObject({ code: 4, stderr: expect.stringContaining(`(${name})`) });
  });
});

describe('places', () => {
  test.each([
    ['a directory', '.', 'IS_DIRECTORY'],
    ['a file that is not there', 'nothing.ndjson', 'NOT_FOUND'],
    ['a pattern that matches nothing', '*.nothing', 'NOT_FOUND'],
    ['a path through a file', 'file/in.ndjson', 'NOT_FOUND'],
  ] as const)('%s', async (_name, path, code) => {
    const place = await newFolder();
    await writeFile(join(place, 'file'), GOOD);
    const { error } = await exported({ source: join(place, path) });
    expect(error).toMatchObject({ code, stage: 'read' });
    const answer = await sluice(['export', path, '-o', 'out.json'], { cwd: place });
    expect(answer).toMatchObject({ code: 5, stderr: expect.stringContaining(`(${code})`) });
    expect(await filesIn(place)).toStrictEqual(['file']);
  });

  test('a file that may not be read', async () => {
    const place = await newFolder();
    await chmod(place, 0o777);
    const path = join(place, 'secret.ndjson');
    await writeFile(path, GOOD);
    await chmod(path, 0);
    // Root may read everything: then somebody else has to try.
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    if (asNobody.uid && (await sluice(['--version'], asNobody)).code !== 0) {
      return console.info('nobody may run this program: no lack of permission was tested');
    }
    const answer = await sluice(['export', 'secret.ndjson', '-o', 'out.json'], { cwd: place, ...asNobody });
    expect(answer).toMatchObject({ code: 5, stderr: expect.stringContaining('(PERMISSION_DENIED)') });
    expect(await filesIn(place)).toStrictEqual(['secret.ndjson']);
  });

  test('a full disk', async () => {
    const place = await newFolder();
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).status !== 0) {
      return console.info('nothing can be mounted here: no full disk was tested');
    }
    mounted.push(place);
    const lines = Array.from({ length: 30 }, (_, index) => `{"id":${index},"x":"${'y'.repeat(100_000)}"}\n`);
    const stream = exportEntities({ source: bytes(lines) });
    const error = await failureOf(stream.toFile(join(place, 'out.json')));
    expect(error).toMatchObject({ code: 'DISK_FULL', stage: 'write', path: join(place, 'out.json') });
    expect((await failureOf(stream.receipt)).code).toBe('ABORTED');
    expect(await filesIn(place)).toStrictEqual([]);
    const answer = await sluice(['export', '-', '-o', 'out.json'], { cwd: place, input: lines.join('') });
    expect(answer).toMatchObject({ code: 5, stderr: expect.stringContaining('(DISK_FULL)') });
    expect(await filesIn(place)).toStrictEqual([]);
  });

  test('a full device as standard output', async () => {
    const { code, stderr } = await shell(`echo '${GOOD}' | sluice export - >/dev/full`);
    expect({ code, stderr }).toStrictEqual({ code: 5, stderr: expect.stringContaining('(DISK_FULL)') });
  });
});

describe('200 MB in one string', () => {
  const PIECE = Buffer.alloc(1_000_000, 'abcdefghi ');
  function* around(head: string, tail: string): Generator<Buffer> {
    yield Buffer.from(head);
    for (let pieces = 0; pieces < 200; pieces++) yield PIECE;
    yield Buffer.from(tail);
  }
  function digest(chunks: Iterable<Uint8Array>): string {
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  }

  test('passes as it came, and never as a string of JavaScript', async () => {
    const stream = exportEntities({ source: bytes(around('{"id":"b","x":"', '"}\n')), format: 'ndjson' });
    const hash = createHash('sha256');
    let heap = 0;
    for await (const chunk of stream) {
      hash.update(chunk);
      heap = Math.max(heap, process.memoryUsage().heapUsed);
    }
    expect(hash.digest('hex')).toBe(digest(around('{"id":"b","x":"', '"}\n')));
    expect(heap).toBeLessThan(200_000_000);
  });

  test('is passed over in constant memory where it stands beside the entities', async () => {
    const before = process.memoryUsage();
    let most = 0;
    function* watched() {
      for (const chunk of around(`{"entities":[${GOOD}],"x":"`, '"}')) {
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers);
        yield chunk;
      }
    }
    const { output } = await exported({ source: bytes(watched()), format: 'ndjson' });
    expect(output.toString()).toBe(`${GOOD}\n`);
    expect(most).toBeLessThan(50_000_000);
  });

  test('is refused beyond a limit long before its end', async () => {
    let taken = 0;
    function* counted() {
      for (const chunk of around('{"id":"b","x":"', '"}')) {
        taken += chunk.length;
        yield chunk;
      }
    }
    const { error } = await exported({ source: bytes(counted()), maxEntityBytes: 10_000_000 });
    expect(error).toMatchObject({ code: 'ENTITY_TOO_LARGE', recordIndex: 0, byteOffset: 0 });
    expect(taken).toBeLessThan(15_000_000);
  });
});

test('a source that ends while the command is still reading it is told as it is', async () => {
  const child = startSluice(['export', '-', '--type', 't']);
  child.stdin.write(`${GOOD}\n{"id":`);
  child.stdin.end();
  const { code, stderr } = await ended(child);
  expect({ code, stderr }).toStrictEqual({ code: 4, stderr: expect.stringContaining('(TRUNCATED)') });
});
