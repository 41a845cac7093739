/** Exports to a file in code that another process continues. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ExportToFileOptions, exportToFile } from '../../src/export/export-to-file.js';
import { planExport } from '../../src/export/plan-export.js';
import { exportResumably } from '../../src/export/resumable-export.js';
import { httpFiles } from '../../src/places/http-files.js';
import { withChangedInputs } from '../../src/sources/changed-inputs.js';
import { files } from '../../src/sources/files.js';
import { SILENT } from '../../src/terms/logger.js';
import { openFileServer } from '../servers/file-server.js';
import { untyped } from '../untyped.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-to-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LINES = Array.from({ length: 30_000 }, (_, index) => `{"id":"e${index * 7919}"}\n`).join('');
const at = (name: string) => join(folder, name);

test('a file is written as by toFile, and nothing else stays', async () => {
  await writeFile(at('in.ndjson'), LINES);
  const receipt = await exportToFile(at('out.ndjson'), { source: at('in.ndjson') });
  expect(receipt).toMatchObject({ written: 30_000, files: [{ records: 30_000 }] });
  expect(await readFile(at('out.ndjson'), 'utf8')).toBe(LINES);
  expect((await readdir(folder)).sort()).toEqual(['in.ndjson', 'out.ndjson']);
  await expect(exportToFile(at('out.ndjson'), { source: at('in.ndjson') })).rejects.toMatchObject({
    code: 'DESTINATION_EXISTS',
  });
  await exportToFile(at('out.ndjson'), { source: at('in.ndjson'), overwrite: true, request: { maxRecords: 1 } });
  expect((await readFile(at('out.ndjson'), 'utf8')).split('\n')).toHaveLength(2);
});

test('what an interrupted export has left is continued, with its id', async () => {
  const server = await openFileServer(LINES, { cutAfter: 400_000 });
  try {
    const source = httpFiles(server.url, { retry: { retries: 0 } });
    const path = at('out.zip');
    const plan = planExport({ id: 'first', now: 0 }, { destination: path });
    const { signal } = new AbortController();
    const shared = { source, plan, path, overwrite: false, now: 0, signal, logger: SILENT, everyMs: 0 };
    await expect(exportResumably(shared, undefined)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    server.answers.cutAfter = undefined;
    const receipt = await exportToFile(path, { source });
    expect(receipt).toMatchObject({ id: 'first', written: 30_000, files: [{ name: 'first_out.json' }] });
    expect(server.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
    expect(await readdir(folder)).toEqual(['out.zip']);
  } finally {
    await server.close();
  }
});

test('an export over gzip that fails tells that it starts again', async () => {
  await writeFile(at('in.ndjson.gz'), gzipSync(`${LINES}{"id":`));
  const plan = planExport({ id: 'x', now: 0 }, { destination: at('out.ndjson') });
  const told: string[] = [];
  const logger = { ...SILENT, warn: (_facts: object, text?: string) => void told.push(text ?? '') };
  const { signal } = new AbortController();
  const shared = { plan, path: at('out.ndjson'), overwrite: false, now: 0, signal, logger, everyMs: 0 };
  const failing = exportResumably({ ...shared, source: files(at('in.ndjson.gz')) }, undefined);
  await expect(failing).rejects.toMatchObject({ code: 'TRUNCATED' });
  expect(told.at(-1)).toContain('no checkpoint was made, so that the same command starts again');
  expect(await readdir(folder)).toEqual(['in.ndjson.gz']);
});

test('an aborted export makes a checkpoint, however short it ran', async () => {
  await writeFile(at('in.ndjson'), LINES);
  const controller = new AbortController();
  let read = 0;
  const slow = (onRead: () => void) =>
    withChangedInputs(files(at('in.ndjson')), async function* (inputs) {
      for await (const input of inputs) {
        if (input.kind === 'objects') continue;
        yield {
          ...input,
          async read(into) {
            onRead();
            const length = await input.read(into.subarray(0, 20_000));
            read += length;
            return length;
          },
        };
      }
    });
  const onRead = () => read > 200_000 && controller.abort(new Error('interrupted'));
  const aborted = exportToFile(at('out.ndjson'), { source: slow(onRead), signal: controller.signal });
  await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  expect((await readdir(folder)).filter((name) => name.startsWith('.sluice-resume-'))).toHaveLength(2);
  read = 0;
  await exportToFile(at('out.ndjson'), { source: slow(() => {}) });
  expect(read).toBeLessThan(LINES.length - 100_000);
  expect(await readFile(at('out.ndjson'), 'utf8')).toBe(LINES);
  expect((await readdir(folder)).sort()).toEqual(['in.ndjson', 'out.ndjson']);
});

test('an export that is aborted before it begins leaves nothing', async () => {
  await writeFile(at('in.ndjson'), LINES);
  const aborted = exportToFile(at('out.ndjson'), { source: at('in.ndjson'), signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await readdir(folder)).toEqual(['in.ndjson']);
});

test('a link where a checkpoint is written is replaced, and its target untouched', async () => {
  await writeFile(at('in.ndjson'), LINES);
  await writeFile(at('theirs'), 'theirs');
  const tag = createHash('sha256').update('out.ndjson').digest('hex').slice(0, 24);
  await symlink(at('theirs'), at(`.sluice-resume-${tag}.json.new`));
  const plan = planExport({ id: 'x', now: 0 }, { destination: at('out.ndjson') });
  const { signal } = new AbortController();
  const shared = { plan, path: at('out.ndjson'), overwrite: false, now: 0, signal, logger: SILENT, everyMs: 0 };
  await exportResumably({ ...shared, source: files(at('in.ndjson')) }, undefined);
  expect(await readFile(at('theirs'), 'utf8')).toBe('theirs');
  expect(await readFile(at('out.ndjson'), 'utf8')).toBe(LINES);
});

test.each([['a sorted result', 'out.ndjson', { request: { sort: 'id' } }]] as const)(
  '%s is refused with its reason',
  async (_what, name, options) => {
    await writeFile(at('in.ndjson'), LINES);
    const refused = exportToFile(at(name), { source: at('in.ndjson'), ...options });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('in one go') });
  },
);

test('options that a dead process would take along are unknown', async () => {
  const options = untyped<ExportToFileOptions>({ source: at('in.ndjson'), onReject: () => {} });
  await expect(exportToFile(at('out.ndjson'), options)).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
});
