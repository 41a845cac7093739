/** Temporary files of killed processes: the next run in the folder removes them, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import { file } from '../../src/destinations/file.js';
import { exportEntities } from '../../src/export/run-export.js';
import { objects } from '../../src/sources/objects.js';
import { hasEnded, isFromHere, processTag } from '../../src/temporary-files/process-tag.js';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-leftovers-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
const nameOf = (tag: string) => `.sluice-${tag}-0123abcd.tmp`;
const tag = processTag();
const [space = '', , start = ''] = tag?.split('-') ?? [];

/** The tag of a process that lives until the test ends, with its start time. */
async function livingTag(): Promise<string> {
  const child = spawn('sleep', ['1000']);
  children.push(child);
  await once(child, 'spawn');
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  return `${space}-${child.pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'close');
  return child.pid ?? 0;
}

async function exported(name: string): Promise<void> {
  await deliver(Readable.from([Buffer.from('whole')]), file(at(name)), Promise.resolve());
}

describe.skipIf(tag === undefined)('a temporary file in the folder of a run', () => {
  test('of a process that has ended is removed', async () => {
    await writeFile(at(nameOf(`${space}-${await endedPid()}-${start}`)), 'half');
    await exported('out.json');
    expect(await readdir(folder)).toStrictEqual(['out.json']);
  });

  test('is removed if it is a folder of files', async () => {
    const left = at(nameOf(`${space}-${await endedPid()}-${start}`));
    await mkdir(left);
    await writeFile(join(left, '.0'), 'half');
    await exported('out.json');
    expect(await readdir(folder)).toStrictEqual(['out.json']);
  });

  test('is removed by a run that makes a new folder beside it', async () => {
    const left = at(nameOf(`${space}-${await endedPid()}-${start}`));
    await mkdir(left);
    await writeFile(join(left, '.0'), 'half');
    await exportEntities({ source: objects([{ id: 1 }]), batchSize: 1 }).toFile(at('out/'));
    expect(await readdir(folder)).toStrictEqual(['out']);
  });

  test('of a process whose id was reused is removed', async () => {
    const [, pid] = (await livingTag()).split('-');
    await writeFile(at(nameOf(`${space}-${pid}-1`)), 'half');
    await exported('out.json');
    expect(await readdir(folder)).toStrictEqual(['out.json']);
  });

  test('stays when its process lives or is on another machine, or the file may not be ours', async () => {
    const ended = `${space}-${await endedPid()}-${start}`;
    const others = [
      nameOf(await livingTag()),
      nameOf(tag ?? ''),
      nameOf(`0123456789ab-${await endedPid()}-${start}`),
      '.sluice-5eb42189-6e05-48b4-a2eb-78a81ff37e26.tmp',
      `x${nameOf(ended)}`,
      `${nameOf(ended)}.bak`,
      `.sluice-${ended}.tmp`,
    ];
    for (const name of others) await writeFile(at(name), 'theirs');
    await mkdir(at(`.sluice-${ended}-00000000.tmp/theirs`), { recursive: true });
    await symlink('elsewhere', at(`.sluice-${ended}-11111111.tmp`));
    const stay = [...others, `.sluice-${ended}-00000000.tmp`, `.sluice-${ended}-11111111.tmp`];
    if (process.getuid?.() === 0) {
      await writeFile(at(`.sluice-${ended}-22222222.tmp`), 'of another user');
      await chown(at(`.sluice-${ended}-22222222.tmp`), 12_345, 12_345);
      stay.push(`.sluice-${ended}-22222222.tmp`);
    }
    await exported('out.json');
    expect((await readdir(folder)).sort()).toStrictEqual([...stay, 'out.json'].sort());
  });
});

test('never treats this process, or an invalid tag, as ended', () => {
  if (tag === undefined) return console.info('processes cannot be identified here: nothing was tested');
  expect([tag, '', 'x', `${space}--1`, `${tag}-1`].map(hasEnded)).toStrictEqual([false, false, false, false, false]);
  expect([tag, '0123456789ab-1-1', ''].map(isFromHere)).toStrictEqual([true, false, false]);
});
