/** Text files that flags name: encodings, line ends, standard input in place of a file, and sizes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHeaders, readSecret } from '../../src/cli/secret-files.js';
import { modifiedSince } from '../../src/cli/since.js';
import { tenantTokens } from '../../src/cli/tenant-tokens.js';
import { linesOf, readText } from '../../src/cli/text-file.js';
import { sluice } from './run-sluice.js';

const LINES = ['a', 'b', 'c', 'd'].map((id) => `{"id":"${id}","type":"t"}`);
const LE = (text: string) => Buffer.from(text, 'utf16le');
const BE = (text: string) => LE(text).swap16();

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-text-'));
  await writeFile(at('in.ndjson'), `${LINES.join('\n')}\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(line: string, input?: string | Uint8Array) {
  const ended = await sluice(line.split(' '), { cwd: folder, ...(input === undefined ? {} : { input }) });
  return { ...ended, text: ended.stdout.toString() };
}

describe('ids of a file', () => {
  test.each<[string, string | Buffer]>([
    ['with a byte order mark', '\ufeffa\nc\n'],
    ['in UTF-16 with its mark', LE('\ufeffa\nc\n')],
    ['in big-endian UTF-16', BE('\ufeffa\nc\n')],
    ['surrounded by blanks', ' a \nc\t \n \n'],
    ['with CRLF line ends', 'a\r\nc\r\n'],
    ['with CR line ends', 'a\rc\r'],
    ['without a final newline', 'a\n\nc'],
  ])('%s', async (_how, content) => {
    await writeFile(at('ids.txt'), content);
    expect((await run('export in.ndjson --ids-from ids.txt --quiet')).text).toBe(`${LINES[0]}\n${LINES[2]}\n`);
  });

  test.each([
    [
      'alone',
      '',
      'sluice: warning: --ids-from: ids.txt contains no id\nsluice: warning: the list of ids is empty: no entity can match\n',
      '',
    ],
    ['beside others', ' --id b', 'sluice: warning: --ids-from: ids.txt contains no id\n', `${LINES[1]}\n`],
  ])('a file without ids is reported, %s', async (_how, flags, warning, result) => {
    await writeFile(at('ids.txt'), ' \n\n');
    const { code, text, stderr } = await run(`export in.ndjson --ids-from ids.txt${flags}`);
    expect({ code, text }).toStrictEqual({ code: 0, text: result });
    expect(stderr.startsWith(warning)).toBe(true);
  });

  test('in another encoding are refused with the file and the guessed encoding', async () => {
    await writeFile(at('ids.txt'), LE('a\nc\n'));
    expect(await run('export in.ndjson --ids-from ids.txt')).toMatchObject({
      code: 4,
      text: '',
      stderr: 'sluice: ids.txt is not UTF-8: it looks like UTF-16LE; write it in UTF-8 (INVALID_UTF8)\n',
    });
  });
});

describe('JSON of a file, with a byte order mark or in UTF-16', () => {
  test.each([
    ['--request', JSON.stringify({ ids: ['b'] })],
    ['--since', JSON.stringify({ startedAt: '2020-01-01T00:00:00.000Z', stoppedBy: 'end' })],
    ['--profile own --profiles', JSON.stringify([{ name: 'own', format: 'ndjson', pack: 'none' }])],
  ])('%s', async (flag, json) => {
    for (const content of [`\ufeff${json}`, LE(`\ufeff${json}`), BE(`\ufeff${json}`)]) {
      await writeFile(at('given.json'), content);
      expect(await run(`export in.ndjson ${flag} given.json --quiet`)).toMatchObject({ code: 0, stderr: '' });
    }
    await writeFile(at('given.json'), Buffer.from(`${json.slice(0, -1)},"é":1}`, 'latin1'));
    expect((await run(`export in.ndjson ${flag} given.json`)).stderr).toMatch(/given\.json is not UTF-8 at byte \d+/);
  });

  test('the receipt that verify is given', async () => {
    await run('export in.ndjson -o out.ndjson --receipt receipt.json --quiet');
    const { readFile } = await import('node:fs/promises');
    await writeFile(at('receipt.json'), LE(`\ufeff${await readFile(at('receipt.json'), 'utf8')}`));
    expect(await run('verify out.ndjson --receipt receipt.json --quiet')).toMatchObject({ code: 0, stderr: '' });
  });
});

test('headers, tokens and secrets with a byte order mark and any line ends', async () => {
  await writeFile(at('headers'), '\ufeffx-one: 1 \r\n\r\n  x-two:2\rx-three: 3');
  expect(await readHeaders(at('headers'))).toStrictEqual({ 'x-one': '1', 'x-two': '2', 'x-three': '3' });
  await writeFile(at('headers'), 'x-one: 1\n\nno header');
  await expect(readHeaders(at('headers'))).rejects.toThrow('line 3 of the headers');
  await writeFile(at('token'), '\ufeffsecret\r\n');
  expect(await readSecret(at('token'))).toBe('secret');
  await writeFile(at('tokens'), LE('\ufeff# a comment\rone=first\r\ntwo=second\n'));
  const tokens = await tenantTokens({ host: '127.0.0.1', auth: true, tokensFile: at('tokens') });
  expect(tokens).toStrictEqual(
    new Map([
      ['first', { tenant: 'one' }],
      ['second', { tenant: 'two' }],
    ]),
  );
});

describe('standard input', () => {
  test('can replace any file', async () => {
    expect((await run('export in.ndjson --ids-from - --quiet', '\ufeffb\r\n')).text).toBe(`${LINES[1]}\n`);
    expect((await run('export in.ndjson --request - --quiet', LE('\ufeff{"ids":["d"]}'))).text).toBe(`${LINES[3]}\n`);
  });

  test.each([
    'export --ids-from -',
    'export - --ids-from -',
    'export in.ndjson --ids-from - --request -',
    'export in.ndjson --profiles - --profiles -',
    'serve in.ndjson --token a=@- --token b=@-',
    'submit --request - --headers-file -',
  ])('is read once: %s', async (line) => {
    expect(await run(line, 'a\n')).toMatchObject({
      code: 2,
      text: '',
      stderr: expect.stringContaining('standard input (-) can be read once'),
    });
  });
});

test('refuses an endless file before it fills the memory', async () => {
  await expect(readText('/dev/zero', 1000)).rejects.toMatchObject({
    code: 'INVALID',
    message: '/dev/zero is longer than 1000 bytes',
  });
  await writeFile(at('just'), 'x'.repeat(1000));
  expect(await readText(at('just'), 1000)).toHaveLength(1000);
});

test('refuses a folder by name', async () => {
  await expect(readText(folder)).rejects.toMatchObject({ code: 'READ_FAILED', path: folder });
  await expect(modifiedSince(folder, 0)).rejects.toMatchObject({ code: 'READ_FAILED' });
});

test('lines are trimmed, and empty ones left out', () => {
  expect(linesOf('a \r\r\n\n b\u00a0\n')).toStrictEqual(['a', 'b']);
});
