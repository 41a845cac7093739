/** `onError: 'skip-file'`: a file with a fault is set aside at its place, and the next one is read. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { exportEntities } from '../../src/export/run-export.js';
import { encodeJson, mapEntities, readEntities } from '../../src/export/stage-streams.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';
import { exported, failureOf, outcomeOf } from '../sources/outcome.js';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-aside-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (id: string) => `{"id":"${id}"}\n`;
const lines = (...ids: readonly string[]) => ids.map(line).join('');
const SKIP = { onError: 'skip-file', format: 'ndjson' } as const;

const packed = gzipSync(lines(...Array.from({ length: 1000 }, (_, index) => `g${index}`)));

/** Faulty files by the records before the fault; the file between them is good. */
const FAULTY: readonly (readonly [string, string | Buffer, string, number])[] = [
  ['text that is not JSON', 'hello\n', 'NOT_AN_ENTITY', 0],
  ['a faulty line', `${lines('x', 'y')}{"id":\n${line('z')}`, 'INVALID_JSON', 2],
  ['a fault inside an entity', `${lines('x', 'y')}{"id":"q","a":[1,}]}\n${line('z')}`, 'INVALID_JSON', 2],
  ['a truncated document', '{"entities":[{"id":"x"},{"id":"y"}', 'TRUNCATED', 2],
  ['a value that is no entity', `${line('x')}17\n`, 'NOT_AN_ENTITY', 1],
  ['a truncated gzip', packed.subarray(0, 20), 'TRUNCATED', 0],
  ['bytes of another format', Buffer.from('%PDF-1.7 ...'), 'UNSUPPORTED_INPUT', 0],
  ['an empty document', '', 'TRUNCATED', 0],
];

describe('is set aside:', () => {
  test.each(FAULTY)('%s', async (_what, content, code, records) => {
    await writeFile(at('a.json'), line('a'));
    await writeFile(at('b.json'), content);
    await writeFile(at('c.json'), line('c'));
    const { output, receipt } = await exported({ source: folder, ...SKIP });
    const before = ['x', 'y'].slice(0, records);
    expect(output.toString()).toBe(lines('a', ...before, 'c'));
    expect(receipt).toMatchObject({ read: 2 + records, written: 2 + records, rejected: 0 });
    expect(receipt?.setAside).toStrictEqual({
      files: 1,
      first: [{ source: at('b.json'), code, message: expect.stringContaining(at('b.json')), records }],
    });
    expect(receipt?.notes).toMatchObject([{ code: 'FILES_SET_ASIDE', counts: { files: 1 } }]);
  });

  test('a file that cannot be opened', async () => {
    await writeFile(at('a.json'), line('a'));
    await symlink('missing', at('b.json'));
    const { receipt } = await exported({ source: [at('none.json'), folder, at('*.none')], ...SKIP });
    expect(receipt).toMatchObject({ read: 1, setAside: { files: 3 } });
    expect(receipt?.setAside?.first.map(({ code }) => code)).toStrictEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  });

  test('one that cannot be opened, also where a result is overwritten', async () => {
    await writeFile(at('a.json'), line('a'));
    await symlink('missing', at('b.json'));
    await writeFile(at('c.json'), line('c'));
    const source = [at('none.json'), folder, at('*.none')];
    const stream = () => exportEntities({ source, ...SKIP });
    await writeFile(`${folder}.ndjson`, '');
    const receipt = await stream().toFile(`${folder}.ndjson`, { overwrite: true });
    expect(receipt).toMatchObject({ read: 2, setAside: { files: 3 } });
    const own = await failureOf(stream().toFile(at('c.json'), { overwrite: true }));
    expect(own).toMatchObject({ code: 'INVALID', path: at('c.json') });
    await rm(`${folder}.ndjson`);
  });

  test('objects, from the faulty one on', async () => {
    const source = objects([{ id: 'a' }, 17, { id: 'b' }], 'the objects');
    const { output, receipt } = await exported({ source, ...SKIP });
    expect(output.toString()).toBe(line('a'));
    expect(receipt).toMatchObject({ read: 1, setAside: { files: 1, first: [{ code: 'NOT_AN_ENTITY', records: 1 }] } });
  });
});

test.each([
  ['the entity of the last id', '{"id":"b","x":1,}\n', { ids: ['b'] }],
  ['an entity of another id, before that of the last id', '{"id":"x","x":1,}\n{"id":"b"}\n', { ids: ['b'] }],
  ['an entity that a filter drops', '{"id":"x","type":"q","x":1,}\n{"id":"b"}\n', { types: ['p'], ids: ['a', 'b'] }],
])('a fault in %s sets a file aside, and ids after it are found in the next file', async (_what, content, request) => {
  await writeFile(at('a.json'), `{"id":"a","type":"p"}\n${content}`);
  await writeFile(at('b.json'), '{"id":"b","type":"p","is":"second"}\n{"id":"c"}\n');
  const { output, receipt } = await exported({ source: folder, ...SKIP, request });
  expect(output.toString()).toContain('{"id":"b","type":"p","is":"second"}');
  expect(receipt).toMatchObject({ setAside: { files: 1, first: [{ records: 1 }] }, stoppedBy: 'ids' });
  const alone = await exported({ source: at('a.json'), ...SKIP, request: { ...request, ids: ['b'] } });
  expect(alone.receipt?.notes).toMatchObject([
    { code: 'IDS_NOT_FOUND', counts: { entities: 1, notFound: 1 } },
    { code: 'FILES_SET_ASIDE' },
  ]);
});

test('a faulty file stops an export under the other policies', async () => {
  await writeFile(at('a.json'), 'hello\n');
  await writeFile(at('b.json'), line('b'));
  expect((await exported({ source: folder, format: 'ndjson' })).error).toMatchObject({ code: 'NOT_AN_ENTITY' });
});

test('of many files the receipt counts all and lists the first 100', async () => {
  for (let index = 0; index < 120; index++) await writeFile(at(`${index}.json`), 'x');
  const { receipt } = await exported({ source: folder, ...SKIP });
  expect(receipt?.setAside?.files).toBe(120);
  expect(receipt?.setAside?.first).toHaveLength(100);
});

test('what filters and limits do does not depend on the files set aside', async () => {
  await writeFile(at('a.json'), `${lines('1', '2')}{"id":"3","x":[}\n`);
  await writeFile(at('b.json'), lines('4', '5', '6'));
  const of = async (request: object) => (await exported({ source: folder, ...SKIP, request })).output.toString();
  expect(await of({ ids: ['2', '5'] })).toBe(lines('2', '5'));
  expect(await of({ maxRecords: 3 })).toBe(lines('1', '2', '4'));
});

test('an abort is no reason to set a file aside', async () => {
  const controller = new AbortController();
  const source: Source = {
    async *inputs() {
      yield {
        kind: 'bytes',
        name: 'slow',
        read: async () => {
          controller.abort();
          throw new Error('gone');
        },
        close: async () => {},
      };
    },
  };
  const { error } = await outcomeOf(exportEntities({ source, ...SKIP, signal: controller.signal }));
  expect(error).toMatchObject({ code: 'ABORTED' });
});

test('a pipeline of streams sets files aside as a complete export does', async () => {
  await writeFile(at('a.json'), `${lines('1', '2')}{"id":"3","x":[}\n${lines('4')}`);
  await writeFile(at('b.json'), lines('5'));
  const run = createRun();
  const chunks: Buffer[] = [];
  await pipeline(
    readEntities(folder, { run, onError: 'skip-file' }),
    encodeJson({ run, format: 'ndjson' }),
    async (all) => {
      for await (const chunk of all) chunks.push(chunk);
    },
  );
  expect(Buffer.concat(chunks).toString()).toBe(lines('1', '2', '5'));
  expect(await run.receipt).toMatchObject({ read: 3, setAside: { files: 1 } });
  const ids: unknown[] = [];
  for await (const { id } of readEntities(folder, { onError: 'skip-file' })) ids.push(id);
  expect(ids).toStrictEqual(['1', '2', '5']);
});

test('of any files, the records before each fault are written, and counts balance', async () => {
  const record = fc.constantFrom('good', 'bad inside', 'bad line');
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(record, { maxLength: 6 }), { minLength: 1, maxLength: 5 }), async (all) => {
      const place = at(`round-${round++}`);
      const paths: string[] = [];
      const expected: string[] = [];
      let aside = 0;
      for (const [number, records] of all.entries()) {
        const texts = records.map((kind, index) => {
          if (kind === 'good') return line(`${number}-${index}`);
          return kind === 'bad line' ? 'oops\n' : '{"id":"b","x":[1,]}\n';
        });
        const upTo = records.findIndex((kind) => kind !== 'good');
        expected.push(...texts.slice(0, upTo < 0 ? undefined : upTo));
        if (upTo >= 0) aside++;
        const path = `${place}-${number}.ndjson`;
        paths.push(path);
        await writeFile(path, texts.join(''));
      }
      const { output, receipt } = await exported({ source: paths, ...SKIP });
      expect(output.toString()).toBe(expected.join(''));
      expect(receipt).toMatchObject({ read: expected.length, written: expected.length });
      expect(receipt?.setAside?.files ?? 0).toBe(aside);
    }),
    { numRuns: 40 },
  );
});

test('a function of the caller that fails stops the export', async () => {
  await writeFile(at('a.json'), lines('1'));
  const run = createRun();
  const fail = () => {
    throw new Error('mine');
  };
  const mapped = pipeline(
    readEntities(folder, { run, onError: 'skip-file' }),
    mapEntities(fail, { run }),
    encodeJson({ run, format: 'ndjson' }),
    async (all) => {
      for await (const _ of all);
    },
  );
  expect(await failureOf(mapped)).toMatchObject({ code: 'CALLBACK_FAILED' });
});

test('a fault that unwrapping finds sets the file aside too', async () => {
  await writeFile(at('a.json'), '{"d":{"id":"1"}}\n{"d":{"id":"2",}}\n{"d":{"id":"3"}}\n');
  await writeFile(at('b.json'), '{"d":{"id":"4"}}\n');
  const { output, receipt } = await exported({ source: folder, ...SKIP, unwrap: 'd' });
  expect(output.toString()).toBe(lines('1', '4'));
  expect(receipt).toMatchObject({ read: 2, setAside: { files: 1, first: [{ records: 1 }] } });
});
