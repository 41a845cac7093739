/** A data directory has one owner, and is free at once after the owner's death. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openJobs } from '../../src/jobs/open-jobs.js';
import { type Arena, died, makeArena } from '../chaos/kill-worker.js';
import { until } from '../cli/run-sluice.js';

let arena: Arena;
beforeEach(async () => {
  arena = await makeArena(100_000, 1_000_000);
});
afterEach(() => arena.dispose());

/** Waits until the worker reports that it owns the directory. */
async function owned(lives: number): Promise<number | undefined> {
  const opened = async () => (await arena.journal()).filter((said) => said.opened);
  await until(async () => (await opened()).length === lives);
  return (await opened()).at(-1)?.opened;
}

test('names the owner to a second process, and is free at once after kill -9', async () => {
  const worker = arena.start({});
  const pid = await owned(1);
  await expect(arena.open()).rejects.toMatchObject({
    code: 'DATA_DIR_IN_USE',
    message: `${arena.dataDir} is in use by process ${pid}`,
  });
  const end = died(worker);
  worker.kill('SIGKILL');
  expect(await end).toBe('SIGKILL');
  await (await arena.open()).close();
});

test('stays with a stopped process', async () => {
  const worker = arena.start({});
  await owned(1);
  worker.kill('SIGSTOP');
  await expect(arena.open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  const end = died(worker);
  worker.kill('SIGKILL');
  await end;
});

test('stays with a process that is stopped in the middle of a write', async () => {
  const worker = arena.start({ holdsDatabase: true });
  const pid = await owned(1);
  const ends = [died(worker), died(arena.start({}))] as const;
  // A process that waits for the database cannot say so.
  expect(await Promise.race([ends[1], sleep(30_000, 'waits')])).toBe(1);
  expect((await arena.journal()).at(-1)).toMatchObject({
    refused: 'DATA_DIR_IN_USE',
    message: expect.stringContaining(`${pid}`),
  });
  worker.kill('SIGKILL');
  await Promise.all(ends);
});

test('is given to one of many concurrent processes', async () => {
  const dead = arena.start({});
  await owned(1);
  const killed = died(dead);
  dead.kill('SIGKILL');
  await killed;
  // All of them find a dead owner and try to replace it.
  const workers = [1, 2, 3, 4].map(() => arena.start({}));
  const ends = workers.map(died);
  await Promise.race(ends);
  await owned(2);
  const winner = (await arena.journal()).findLast(({ opened }) => opened)?.opened;
  const losers = workers.flatMap(({ pid }, index) => (pid === winner ? [] : [ends[index]]));
  expect(await Promise.all(losers)).toStrictEqual([1, 1, 1]);
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(ends);
  const said = await arena.journal();
  expect(said.filter(({ opened }) => opened)).toHaveLength(2);
  expect(said.filter(({ refused }) => refused === 'DATA_DIR_IN_USE')).toHaveLength(3);
});

test('cannot be opened twice by the same process', async () => {
  const jobs = await arena.open();
  await expect(arena.open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  await jobs.close();
  await (await arena.open()).close();
});

describe('under a path that is too long for a socket', () => {
  let long: string;
  beforeEach(async () => {
    long = join(arena.folder, 'x'.repeat(120));
  });

  test('names the owner to a second process, and is free at once after kill -9', async () => {
    const worker = arena.start({ dataDir: long });
    const pid = await owned(1);
    const open = () => openJobs({ dataDir: long, source: arena.source });
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: `${long} is in use by process ${pid}`,
    });
    worker.kill('SIGSTOP');
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    const end = died(worker);
    worker.kill('SIGKILL');
    expect(await end).toBe('SIGKILL');
    const jobs = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await jobs.close();
    await (await open()).close();
  });

  test('is given to one of many concurrent processes', async () => {
    const workers = [1, 2, 3, 4].map(() => arena.start({ dataDir: long }));
    const ends = workers.map(died);
    const winner = await owned(1);
    const losers = workers.flatMap(({ pid }, index) => (pid === winner ? [] : [ends[index]]));
    expect(await Promise.all(losers)).toStrictEqual([1, 1, 1]);
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(ends);
    expect((await arena.journal()).filter(({ refused }) => refused === 'DATA_DIR_IN_USE')).toHaveLength(3);
  });
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is named', async () => {
  await chmod(arena.folder, 0o500);
  await expect(arena.open()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await chmod(arena.folder, 0o700);
});
