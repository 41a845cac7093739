/** Deltas among other processes, on full disks, and killed: the index never gets ahead of the result. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities, objects } from '../../src/index.js';
import { bundledProgram } from '../bundled-program.js';
import { spawnSync } from '../run-sync.js';
import { exported, Replica } from './chain.js';

const KILLED = fileURLToPath(new URL('./killed-delta.mjs', import.meta.url));

let folder: string;
let index: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delta-attacks-'));
  index = join(folder, 'index');
  out = join(folder, 'delta.ndjson');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const FIRST = [
  { id: '1', v: 1 },
  { id: '2', v: 1 },
];
const SECOND = [
  { id: '2', v: 2 },
  { id: '3', v: 2 },
];

const lines = (entities: readonly object[]) => entities.map((one) => JSON.stringify(one));
const chain = () => ({ deltaFrom: index, deltaTo: index });

/** Exports entities, and acts before the last of them. */
function attacked(entities: readonly object[], act: () => Promise<void>) {
  async function* source() {
    yield* entities.slice(0, -1);
    await act();
    yield* entities.slice(-1);
  }
  return exportEntities({ source: objects(source()), format: 'ndjson', ...chain() }).toFile(out);
}

describe('another process', () => {
  test('that replaces the index meanwhile keeps it, and the result is complete', async () => {
    await exported(lines(FIRST), chain());
    const other = join(folder, 'other');
    await exported(lines(SECOND), { deltaTo: other });
    const theirs = await readFile(other);
    const failure = attacked(SECOND, () => rename(other, index));
    await expect(failure).rejects.toMatchObject({ code: 'WRITE_FAILED', path: index });
    await expect(failure).rejects.toThrow(/result itself is complete/);
    expect(await readFile(index)).toEqual(theirs);
    expect((await readdir(folder)).sort()).toEqual(['delta.ndjson', 'index']);
    expect(await readFile(out, 'utf8')).toBe('{"id":"2","v":2}\n{"id":"3","v":2}\n{"id":"1","action":"delete"}\n');
  });

  test('that removes the index meanwhile leaves it removed', async () => {
    await exported(lines(FIRST), chain());
    await expect(attacked(SECOND, () => rm(index))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(await readdir(folder)).toEqual(['delta.ndjson']);
  });

  test('that makes an index where there was none keeps it', async () => {
    await expect(attacked(FIRST, () => writeFile(index, 'theirs'))).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
    });
    expect(await readFile(index, 'utf8')).toBe('theirs');
  });

  test.each([
    ['cuts', () => truncate(index, 200)],
    ['writes into', async () => writeFile(index, (await readFile(index, 'utf8')).replace('"1"', '"7"'))],
  ])('that %s the index ends the export without a result', async (_, act) => {
    await exported(lines(FIRST), chain());
    await expect(attacked(SECOND, act)).rejects.toThrow(index);
    expect(await readdir(folder)).toEqual(['index']);
  });
});

test('an index behind a link is replaced there, and the link stays', async () => {
  await exported(lines(FIRST), chain());
  const link = join(folder, 'link');
  await symlink(index, link);
  await exported(lines(SECOND), { deltaFrom: link, deltaTo: index });
  const { receipt } = await exported(lines(SECOND), { deltaFrom: index, deltaTo: link });
  expect(receipt.delta?.unchanged).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['index', 'link']);
});

test.each(['/dev/null', '/dev/stdout'])('%s is no place of an index', async (deltaTo) => {
  await expect(exported(lines(FIRST), { deltaTo })).rejects.toMatchObject({ code: 'INVALID', path: 'deltaTo' });
});

describe('killed', () => {
  test.each([
    ['reading', false],
    ['before the result', false],
    ['after the result', true],
  ])('%s, a delta is repeated by the next one', async (moment, hasResult) => {
    const replica = new Replica(true).apply((await exported(lines(FIRST), chain())).text);
    const before = await readFile(index);
    const program = await bundledProgram(KILLED);
    const killed = promisify(execFile)(process.execPath, [program, JSON.stringify(SECOND), out, index, moment]);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await readFile(index)).toEqual(before);
    const result = await readFile(out, 'utf8').catch(() => undefined);
    expect(result !== undefined).toBe(hasResult);
    replica.apply(result ?? '').apply((await exported(lines(SECOND), chain())).text);
    expect(replica.sorted).toEqual(lines(SECOND));
    // A temporary file of the dead process is removed by the next one in this folder.
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.sluice-'));
    expect(names.sort()).toEqual(hasResult ? ['delta.ndjson', 'index'] : ['index']);
  });
});

const canMount = (() => {
  const place = join(tmpdir(), `delta-mount-${process.pid}`);
  const made = spawnSync('sh', ['-c', `mkdir ${place} && mount -t tmpfs -o size=1m tmpfs ${place} && umount ${place}`]);
  spawnSync('rmdir', [place]);
  return made.status === 0;
})();

describe.skipIf(!canMount)('on a disk that is full', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'disk'));
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', join(folder, 'disk')]);
    index = join(folder, 'disk', 'index');
  });
  afterEach(() => {
    spawnSync('umount', [join(folder, 'disk')]);
  });

  test('the earlier index stays, and there is no result', async () => {
    await exported(lines(FIRST), chain());
    const before = await readFile(index);
    const many = Array.from({ length: 20_000 }, (_, at) => ({ id: `e${at}` }));
    await expect(attacked(many, async () => {})).rejects.toMatchObject({ code: 'DISK_FULL', path: index });
    expect(await readFile(index)).toEqual(before);
    expect(await readdir(join(folder, 'disk'))).toEqual(['index']);
    expect(await readdir(folder)).toEqual(['disk']);
  });
});
