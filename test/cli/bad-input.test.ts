/** Faulty and odd inputs on the command line: exit codes, one line of standard error, and no file. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { type Asked, type Case, GOOD, PASSING_INPUTS, REFUSED } from '../cases/bad-input.cases.js';
import { spawnSync } from '../run-sync.js';
import { exported, failureOf } from '../sources/outcome.js';
import { ended, filesIn, shell, sluice, startSluice } from './run-sluice.js';

let folder = '';
const mounted: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-bad-input-'));
  // Some of these tests run as a user that is not ours.
  await chmod(folder, 0o777);
});
afterAll(async () => {
  for (const path of mounted) spawnSync('umount', [path]);
  await rm(folder, { recursive: true, force: true });
});

/** A separate folder for each case. */
let folders = 0;
async function newFolder(): Promise<string> {
  const path = join(folder, String(folders++));
  await mkdir(path);
  return path;
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

/** One case of each kind; the library is given all of them. */
function oneOfEach(cases: readonly Case[], kind: (one: Case) => string): readonly Case[] {
  return [...new Map(cases.filter(hasFlags).map((one) => [kind(one), one])).values()];
}

const codeOf = ({ error }: Case) => error?.code ?? '';
const flagNames = ({ asked }: Case) => Object.keys(asked ?? {}).join();

describe('to a file', () => {
  // A process costs a third of a second: each error comes once, with and without each flag and each place.
  const refused = oneOfEach(REFUSED, (one) => `${codeOf(one)} ${flagNames(one)} ${one.error?.line === 1}`);
  test.concurrent.each(refused)('$error.code: $name', async ({ input, asked, error }) => {
    const place = await newFolder();
    await writeFile(join(place, 'in'), input);
    const args = ['export', 'in', ...flagsOf(asked), '-o', 'out.ndjson', '--quiet'];
    const { code, stdout, stderr } = await sluice(args, { cwd: place });
    expect(stdout.toString()).toBe('');
    expect(code).toBe(error && exitCodeOf(error.code));
    expect(stderr).toMatch(new RegExp(`^sluice: in:${error?.line ? `${error.line}:` : ''} .*\\(${error?.code}\\)\n$`));
    expect(await filesIn(place)).toStrictEqual(['in']);
  });

  test.concurrent.each(oneOfEach(PASSING_INPUTS, flagNames))('passes: $name', async ({ input, asked, output }) => {
    const place = await newFolder();
    await writeFile(join(place, 'in'), input);
    const args = ['export', 'in', ...flagsOf(asked), '-o', 'out.ndjson', '--quiet'];
    const { code, stdout, stderr } = await sluice(args, { cwd: place });
    expect({ code, stderr, stdout: stdout.toString() }).toStrictEqual({ code: 0, stderr: '', stdout: '' });
    expect(await filesIn(place)).toStrictEqual(['in', 'out.ndjson']);
    expect(await readFile(join(place, 'out.ndjson'), 'utf8')).toBe(output);
  });
});

test.concurrent.each(oneOfEach(REFUSED, codeOf))('to standard output: $error.code', async ({ input, asked, error }) => {
  const { code, stdout, stderr } = await sluice(['export', '-', ...flagsOf(asked)], { input });
  expect(code).toBe(error && exitCodeOf(error.code));
  expect(stderr).toMatch(
    new RegExp(`^sluice: standard input:${error?.line ? `${error.line}:` : ''} .*\\(${error?.code}\\)\n$`),
  );
  expect([`${GOOD}\n`, '']).toContain(stdout.toString());
});

describe('gzip', () => {
  const packed = gzipSync(`${GOOD}\n`.repeat(40));

  test.each([
    ['TRUNCATED', packed.subarray(0, packed.length - 4)],
    ['CORRUPT_GZIP', Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)])],
  ] as const)('%s', async (name, input) => {
    const place = await newFolder();
    await writeFile(join(place, 'in.gz'), input);
    const file = await sluice(['export', 'in.gz', '-o', 'out.ndjson.gz'], { cwd: place });
    expect(file).toMatchObject({ code: 4, stderr: expect.stringContaining(`(${name})`) });
    expect(await filesIn(place)).toStrictEqual(['in.gz']);
    const stdout = await sluice(['export', '-'], { input });
    expect(stdout).toMatchObject({ code: 4, stderr: expect.stringContaining(`(${name})`) });
  });
});

describe('inputs that cannot be read', () => {
  test.each([
    ['a folder without JSON', '.', 'NOT_FOUND'],
    ['a missing file', 'nothing.ndjson', 'NOT_FOUND'],
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

  test('reports a file without permission to read it', async () => {
    const place = await newFolder();
    await chmod(place, 0o777);
    const path = join(place, 'secret.ndjson');
    await writeFile(path, GOOD);
    await chmod(path, 0);
    // Root may read everything, so another user runs the command.
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    if (asNobody.uid && (await sluice(['--version'], asNobody)).code !== 0) {
      return console.info('nobody may run this program: no lack of permission was tested');
    }
    const answer = await sluice(['export', 'secret.ndjson', '-o', 'out.json'], { cwd: place, ...asNobody });
    expect(answer).toMatchObject({ code: 5, stderr: expect.stringContaining('(PERMISSION_DENIED)') });
    expect(await filesIn(place)).toStrictEqual(['secret.ndjson']);
  });

  test('reports a full disk, and leaves no file', async () => {
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

  test('reports a full device as standard output', async () => {
    const { code, stderr } = await shell(`echo '${GOOD}' | sluice export - >/dev/full`);
    expect({ code, stderr }).toStrictEqual({ code: 5, stderr: expect.stringContaining('(DISK_FULL)') });
  });
});

test('reports standard input that ends within an entity as TRUNCATED', async () => {
  const child = startSluice(['export', '-', '--type', 't']);
  child.stdin.write(`${GOOD}\n{"id":`);
  child.stdin.end();
  const { code, stderr } = await ended(child);
  expect({ code, stderr }).toStrictEqual({ code: 4, stderr: expect.stringContaining('(TRUNCATED)') });
});
