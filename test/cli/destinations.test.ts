/** Where results go, as shells see it: descriptors, devices, the same file twice, small folders for temporary files. */
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spawnSync } from '../run-sync.js';
import { filesIn, shell, sluice } from './run-sluice.js';

let folder = '';
const unmount: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-destinations-'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"1","type":"a"}\n{"id":"2","type":"b"}\n');
  await writeFile(join(folder, 'bad.ndjson'), '{"id":"1"}\nxx\n');
});
afterEach(async () => {
  for (const mounted of unmount.splice(0)) spawnSync('umount', [mounted]);
  await rm(folder, { recursive: true, force: true });
});

const LINES = '{"id":"1","type":"a"}\n{"id":"2","type":"b"}\n';
const text = (name: string) => readFile(join(folder, name), 'utf8');

describe('a descriptor that the shell has opened is written at its position', () => {
  test.each([
    ['sluice export in.ndjson --format ndjson -o /dev/stdout >> out', `before\n${LINES}`],
    ['sluice export in.ndjson --format ndjson -o /dev/stdout --overwrite >> out', `before\n${LINES}`],
    ['{ sluice export in.ndjson --format ndjson -o /dev/fd/7; echo behind >&7; } 7>> out', `before\n${LINES}behind\n`],
    ['sluice export in.ndjson --format ndjson -o /dev/stdout | cat >> out', `before\n${LINES}`],
    [
      'sluice export in.ndjson --format ndjson -o >(cat >> out; touch done); until [ -e done ]; do sleep 0.02; done',
      `before\n${LINES}`,
    ],
    ['sluice generate --entities 0 -o /dev/stdout >> out', 'before\n'],
  ])('%s', async (line, content) => {
    await writeFile(join(folder, 'out'), 'before\n');
    const { code } = await shell(line, { cwd: folder });
    expect({ code, out: await text('out') }).toStrictEqual({ code: 0, out: content });
  });

  test('refuses a descriptor that is not open', async () => {
    const { code, stderr } = await sluice(['export', 'in.ndjson', '-o', '/dev/fd/999'], { cwd: folder });
    expect(code).toBe(5);
    expect(stderr).toContain('descriptor 999 is not open');
  });
});

describe('a descriptor that the shell has not passed', () => {
  test('is refused', async () => {
    // The descriptors that Node opens internally depend on its version.
    for (let number = 3; number < 18; number++) {
      const args = ['export', 'in.ndjson', '-o', `/dev/fd/${number}`];
      const { code, stderr } = await sluice(args, { cwd: folder });
      expect({ number, code, stderr }).toMatchObject({ code: 5, stderr: expect.stringMatching(/\(WRITE_FAILED\)\n/) });
    }
  });

  test.skipIf(process.platform !== 'linux').each([
    ['export in.ndjson -o /dev/fd/7 7< bad.ndjson', 'it is open for reading only'],
    ['export bad.ndjson -o out --on-error skip --rejects /dev/fd/7 7< .', 'it is a folder'],
    ['export in.ndjson -o out --receipt /dev/fd/7 7< /dev/null', 'it is open for reading only'],
    ['generate -o /proc/self/fd/7 7< in.ndjson', 'it is open for reading only'],
  ])('or cannot be written to is refused: sluice %s', async (line, words) => {
    const { code, stderr } = await shell(`sluice ${line}`, { cwd: folder });
    expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining(words) });
    expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'in.ndjson']);
  });
});

describe('a reader that leaves early', () => {
  test('ends the command without an error on standard output', async () => {
    const line = 'set -o pipefail; sluice generate --entities 20000 -o /dev/stdout | head -c 10 > /dev/null';
    expect(await shell(line, { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  });

  test('is reported on a named pipe, where the shell would hide it', async () => {
    const { code, stderr } = await shell('sluice generate --entities 20000 -o >(head -c 10 > /dev/null)', {
      cwd: folder,
    });
    expect(code).toBe(5);
    expect(stderr).toContain('EPIPE');
  });
});

describe('messages that cannot be written', () => {
  test.each(['2> /dev/full', '--json 2> /dev/full', '2>&-', '--json 2>&-'])(
    'do not fail a complete result: %s',
    async (end) => {
      const line = `sluice export bad.ndjson --on-error skip -o out.ndjson ${end}`;
      expect((await shell(line, { cwd: folder })).code).toBe(7);
      expect((await shell(`sluice export in.ndjson --format ndjson -o all ${end}`, { cwd: folder })).code).toBe(0);
      expect(await text('all')).toBe(LINES);
    },
  );

  test.each([
    'export in.ndjson',
    'export in.ndjson --explain',
    'inspect in.ndjson',
    'verify in.ndjson --json',
    'generate',
  ])('fail %s, whose output is the result', async (line) => {
    const { code, stderr } = await shell(`sluice ${line} > /dev/full`, { cwd: folder });
    expect(code).toBe(5);
    expect(stderr).toContain('standard output: ENOSPC');
  });
});

describe('control characters are escaped for the terminal in', () => {
  const EVIL = '\u001b]0;owned\u0007\u009b31m\u202e';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for them
  const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

  test.each([
    ['a type', ['inspect', 'evil.ndjson']],
    ['a type in JSON', ['inspect', 'evil.ndjson', '--json']],
    ['a path', ['export', `${EVIL}.ndjson`]],
    ['a path in JSON', ['export', `${EVIL}.ndjson`, '--json']],
    ['a destination', ['export', 'evil.ndjson', '-o', `${EVIL}.json`]],
    ['a flag', ['export', `--${EVIL}`]],
    ['a command', [EVIL]],
    ['a criterion', ['export', 'evil.ndjson', '-o', 'out.json', '--format', EVIL]],
    ['a plan', ['export', 'evil.ndjson', '--type', EVIL, '--id', EVIL, '--name', EVIL, '--explain']],
    ['a file in an archive', ['verify', 'evil.zip']],
  ])('%s', async (_case, args) => {
    const entity = JSON.stringify({ id: EVIL, type: EVIL, name: EVIL });
    await writeFile(join(folder, 'evil.ndjson'), `${entity}\n`);
    if (args.includes('evil.zip')) {
      await sluice(['export', 'evil.ndjson', '-o', 'evil.zip', '--file-name', `x${EVIL}`], { cwd: folder });
    }
    const { stdout, stderr } = await sluice(args, { cwd: folder });
    expect(stdout.toString() + stderr).not.toMatch(OBEYED);
    expect(stdout.toString() + stderr).not.toBe('');
    if (args.includes('--json') && stdout.length > 0) {
      expect(JSON.parse(stdout.toString()).types[0].type).toBe(EVIL);
    }
  });
});

describe('/dev/null discards unwanted output', () => {
  test.each([
    ['export', 'in.ndjson', '-o', '/dev/null', '--receipt', '/dev/null'],
    ['export', 'in.ndjson', '-o', '/dev/null', '--overwrite'],
    ['generate', '--entities', '3', '-o', '/dev/null'],
  ])('%s %s %s %s %s %s', async (...args) => {
    // Root could replace /dev/null, so it gets a device in the folder.
    if (process.getuid?.() === 0 && spawnSync('mknod', [join(folder, 'null'), 'c', '1', '3']).status !== 0) return;
    const name = process.getuid?.() === 0 ? 'null' : '/dev/null';
    const given = args.map((arg) => (arg === '/dev/null' ? name : arg));
    expect((await sluice(given, { cwd: folder })).code).toBe(0);
    expect((await lstat(name === 'null' ? join(folder, name) : name)).isCharacterDevice()).toBe(true);
  });
});

describe('one file for two results is refused before anything is read', () => {
  test.each([
    ['-o out --rejects out'],
    ['-o out --rejects ./out --overwrite'],
    ['-o out --receipt sub/../out'],
    ['-o out --rejects r --receipt r'],
    ['-o hard --rejects bad.ndjson --overwrite'],
    ['--rejects -'],
    ['--rejects /dev/stdout > out'],
    ['> out --rejects out --overwrite'],
  ])('%s', async (flags) => {
    spawnSync('ln', [join(folder, 'bad.ndjson'), join(folder, 'hard')]);
    await mkdir(join(folder, 'sub'));
    const { code, stdout, stderr } = await shell(`sluice export in.ndjson --on-error skip ${flags}`, { cwd: folder });
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/the same file \(INVALID\)\n$/);
    expect(await text('bad.ndjson')).toBe('{"id":"1"}\nxx\n');
  });
});

test('a dash means standard output for rejected lines too', async () => {
  const args = ['export', 'bad.ndjson', '-o', 'out.ndjson', '--on-error', 'skip', '--rejects', '-'];
  const { code, stdout } = await sluice(args, { cwd: folder });
  expect({ code, reject: JSON.parse(stdout.toString()) }).toMatchObject({ code: 7, reject: { raw: 'xx' } });
  expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'in.ndjson', 'out.ndjson']);
});

test.each([
  ['export in.ndjson -o sub', 'sub is a folder'],
  ['export in.ndjson -o new/', 'new/ names a folder'],
  ['export in.ndjson -o new/out.json', 'the folder new does not exist'],
  ['export in.ndjson -o out.json --receipt new/receipt.json', 'the folder new does not exist'],
  ['unwrap in.ndjson -o new/out.zip', 'the folder new does not exist'],
  ['generate -o sub --overwrite', 'sub is a folder'],
])('%s is refused', async (line, words) => {
  await mkdir(join(folder, 'sub'));
  const { code, stderr } = await sluice(line.split(' '), { cwd: folder });
  expect(code).toBe(5);
  expect(stderr).toContain(words);
  expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'in.ndjson', 'sub']);
});

describe('a file that another user may write to, but not replace', () => {
  test.each([
    ['in a folder where only root creates files', 0o755],
    ['in a folder where only owners replace files', 0o1777],
  ])('%s is written in place, with a warning', async (_case, mode) => {
    if (process.getuid?.() !== 0) return console.info('not root: nothing was tested');
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'shared'));
    await chmod(join(folder, 'shared'), mode);
    await writeFile(
      join(folder, 'shared/out.ndjson'),
      'a longer text that was there before, and has to go\n'.repeat(9),
    );
    await chmod(join(folder, 'shared/out.ndjson'), 0o666);
    const args = ['export', 'in.ndjson', '-o', 'shared/out.ndjson', '--overwrite'];
    const { code, stderr } = await sluice(args, { cwd: folder, uid: 12_345 });
    expect(stderr).toContain('warning: shared/out.ndjson is written in place');
    expect({ code, out: await text('shared/out.ndjson') }).toStrictEqual({ code: 0, out: LINES });
    expect(await filesIn(join(folder, 'shared'))).toStrictEqual(['out.ndjson']);
    await chmod(join(folder, 'shared/out.ndjson'), 0o644);
    expect((await sluice(args, { cwd: folder, uid: 12_345 })).stderr).toContain('PERMISSION_DENIED');
    expect(await text('shared/out.ndjson')).toBe(LINES);
  });
});

describe('a full folder for temporary files', () => {
  test.each([
    ['for a table', 'export big.ndjson -o out.csv'],
    ['for the blob of an envelope', 'verify big.json'],
  ])('%s is named in the error, with the variable that sets it', async (_case, line) => {
    await mkdir(join(folder, 'tmp'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(folder, 'tmp')]).status === 0;
    if (!mounted) return console.info('nothing can be mounted here: nothing was tested');
    unmount.push(join(folder, 'tmp'));
    await sluice(['generate', '--entities', '3000', '-o', 'big.ndjson'], { cwd: folder });
    const packed = ['export', 'big.ndjson', '--pack', 'envelope', '--level', '0', '-o', 'big.json'];
    await sluice(packed, { cwd: folder });
    const { code, stderr } = await sluice(line.split(' '), { cwd: folder, env: { TMPDIR: join(folder, 'tmp') } });
    expect(code).toBe(5);
    expect(stderr).toContain(
      `a temporary file in ${join(folder, 'tmp')} (the variable TMPDIR can name another folder)`,
    );
    expect(stderr).toContain('DISK_FULL');
    expect(await filesIn(join(folder, 'tmp'))).toStrictEqual([]);
    expect(await filesIn(folder)).not.toContain('out.csv');
  });
});
