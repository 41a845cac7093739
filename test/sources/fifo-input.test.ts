/** FIFOs as inputs: read as they are written, without a thread, and cancelled at once. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { openFile } from '../../src/sources/file-input.js';
import { inspectSource } from '../../src/verify/inspect-source.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { execFileSync } from '../run-sync.js';
import { exported, failureOf } from './outcome.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-fifo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function fifo(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

function openFiles(): readonly string[] {
  const HANDLES = '/proc/self/fd';
  if (!existsSync(HANDLES)) return [];
  return readdirSync(HANDLES).flatMap((name) => {
    try {
      const target = readlinkSync(join(HANDLES, name));
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Opens a FIFO for writing once it has a reader. */
const writerOf = (path: string) => open(path, 'w');

test('reads a FIFO to its end, however late and slowly it is written', async () => {
  const path = fifo('feed');
  const reading = exported({ source: [path], format: 'ndjson' });
  const writer = await writerOf(path);
  const lines = Array.from({ length: 3 }, (_, turn) => `{"id":"${turn}","x":"${'x'.repeat(100_000)}"}\n`);
  for (const line of lines) {
    await writer.write(line);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  }
  await writer.close();
  const { output, receipt } = await reading;
  expect(output.toString()).toBe(lines.join(''));
  expect(receipt).toMatchObject({ read: 3, bytesIn: output.length });
  expect(openFiles()).toStrictEqual([]);
});

test('reads a FIFO that has come in the place of a listed file, without waiting for its writer', async () => {
  const path = fifo('listed.json');
  const input = await openFile(path, new AbortController().signal, 'plain');
  const into = Buffer.alloc(10);
  const reading = input.read(into);
  const writer = await writerOf(path);
  await writer.write('{}');
  expect(into.toString('latin1', 0, await reading)).toBe('{}');
  await writer.close();
  await input.close();
  expect(openFiles()).toStrictEqual([]);
});

test('reads nothing from a FIFO that is closed unwritten', async () => {
  const path = fifo('feed');
  const reading = exported({ source: path, format: 'ndjson' });
  await (await writerOf(path)).close();
  expect((await reading).receipt).toMatchObject({ read: 0 });
});

test('many FIFOs without a writer block no other work, and end at once', async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const paths = Array.from({ length: 8 }, (_, number) => fifo(`feed-${number}`));
  const writing = paths.map((path, number) =>
    failureOf(exportEntities({ source: path, signal }).toFile(join(folder, `out-${number}`))),
  );
  const unwrapping = failureOf(unwrapEnvelope(fifo('envelope'), { signal }).toFile(join(folder, 'blob')));
  const inspecting = inspectSource(fifo('inspected'), { signal });
  while (openFiles().filter((path) => path.includes('feed')).length < paths.length) {
    // This needs a free thread of the pool.
    expect((await stat(folder)).isDirectory()).toBe(true);
    if (!existsSync('/proc/self/fd')) break;
  }
  abort.abort(new Error('enough'));
  for (const failure of await Promise.all([...writing, unwrapping])) {
    expect(failure).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  }
  expect((await inspecting).fault).toMatchObject({ code: 'ABORTED' });
  expect((await readdir(folder)).filter((name) => /^(out|blob|\.)/.test(name))).toStrictEqual([]);
  expect(openFiles()).toStrictEqual([]);
});
