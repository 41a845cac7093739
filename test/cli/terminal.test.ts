/** On a terminal, if one can be created: no binary output, and a message if input is missing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnSync } from '../run-sync.js';
import { MAIN } from './run-sluice.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-terminal-'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"a"}\n');
  await writeFile(join(folder, 'answer.json'), '{"response":{}}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command on a new terminal; undefined if none can be created. */
function onTerminal(args: string): { readonly code: number | null; readonly shown: string } | undefined {
  const command = `"${process.execPath}" "${MAIN}" ${args}`;
  const { status, stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (!error) return { code: status, shown: stdout };
  console.info('there is no "script" here: nothing was tested on a terminal');
  return undefined;
}

test.each([
  ['export in.ndjson --pack zip', 2, 'is binary: name a file'],
  ['export in.ndjson --pack gzip', 2, 'is binary: name a file'],
  ['unwrap answer.json', 2, 'is binary: name a file'],
  ['export', 2, 'name an input'],
  ['export in.ndjson', 0, '{"id":"a"}\r\n'],
  ['export in.ndjson --pack envelope', 0, '"totalRecords":1'],
  ['export in.ndjson --pack zip -o out.zip', 0, '1 record to out.zip'],
])('%s', (args, code, text) => {
  const answer = onTerminal(args);
  if (!answer) return;
  expect(answer).toStrictEqual({ code, shown: expect.stringContaining(text) });
  expect(answer.shown).not.toContain('PK\u0003\u0004');
});
