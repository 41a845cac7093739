/** Faulty and unusual inputs: each ends in its error or its output. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import type { SluiceError } from '../../src/terms/errors.js';
import { type Asked, GOOD, PASSING, REFUSED, utf8 } from '../cases/bad-input.cases.js';
import { exported, failureOf } from '../sources/outcome.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bad-input-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder for one case. */
let folders = 0;
async function newFolder(): Promise<string> {
  const path = join(folder, String(folders++));
  await mkdir(path);
  return path;
}

function optionsOf({ types, ids, ...reading }: Asked = {}): Omit<ExportOptions, 'source'> {
  return { format: 'ndjson', request: { ...(types ? { types } : {}), ...(ids ? { ids } : {}) }, ...reading };
}

/** Longer inputs are not fed byte by byte. */
const SHORT = 5000;

describe('in the library', () => {
  test.each(REFUSED)('refuses $name', async ({ input, asked, error }) => {
    const ways = [[input], ...(input.length <= SHORT ? [[...input].map((byte) => Buffer.of(byte))] : [])];
    for (const chunks of [...ways, [gzipSync(input)]]) {
      const outcome = await exported({ source: bytes(chunks), ...optionsOf(asked) });
      expect(outcome.error).toMatchObject({ ...error, source: 'the input' });
      expect(outcome.error?.message).toContain(error?.line ? `the input:${error.line}: ` : 'the input: ');
      // The output ends after a complete line.
      expect([`${GOOD}\n`, '']).toContain(outcome.output.toString());
    }
  });

  test.each(REFUSED)('writes no file for $name', async ({ input, asked, error }) => {
    const place = await newFolder();
    const stream = exportEntities({ source: bytes([input]), ...optionsOf(asked) });
    expect((await failureOf(stream.toFile(join(place, 'out.ndjson')))).code).toBe(error?.code);
    expect((await failureOf(stream.receipt)).code).toBe(error?.code);
    expect(await readdir(place)).toStrictEqual([]);
  });

  test.each(PASSING)('accepts $name', async ({ input, asked, output }) => {
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

describe('truncation at every byte', () => {
  const ENTITY = '{"id":"é","n":-1.5e3,"b":[true,{"x":null}],"s":"\\u00e9\\\\","t":{"u":""}}';
  const complete = (output: string) => ({ output, error: undefined });

  /** Whether the truncated text ends inside a character. */
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
    ['a response of the platform', `{"request":{},"response":{"entities":[${ENTITY}],"status":"success"}}`],
  ])('%s', async (_form, text) => {
    const input = utf8(text);
    for (let cut = 1; cut < input.length; cut++) {
      const { error } = await outcomeOfCut(input, cut);
      expect(error?.code, `cut at ${cut}`).toBe(splits(input, cut) ? 'INVALID_UTF8' : 'TRUNCATED');
    }
    expect((await outcomeOfCut(input, input.length)).error).toBeUndefined();
  });

  test('a document at a given path', async () => {
    const input = utf8(`{"a":{"b":[${ENTITY}],"c":1.5}}`);
    for (let cut = 1; cut < input.length; cut++) {
      const { error } = await outcomeOfCut(input, cut, { path: 'a.b' });
      expect(error?.code, `cut at ${cut}`).toBe(splits(input, cut) ? 'INVALID_UTF8' : 'TRUNCATED');
    }
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

  test('passes unchanged, and never as a JavaScript string', async () => {
    const stream = exportEntities({ source: bytes(around('{"id":"b","x":"', '"}\n')), format: 'ndjson' });
    const hash = createHash('sha256');
    const before = process.memoryUsage().heapUsed;
    let heap = 0;
    for await (const chunk of stream) {
      hash.update(chunk);
      heap = Math.max(heap, process.memoryUsage().heapUsed - before);
    }
    expect(hash.digest('hex')).toBe(digest(around('{"id":"b","x":"', '"}\n')));
    expect(heap).toBeLessThan(200_000_000);
  });

  test('is skipped in constant memory beside the entities', async () => {
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

  test('is refused beyond the limit long before its end', async () => {
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
