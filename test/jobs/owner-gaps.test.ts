/** An owner without a socket lives on while its reader is missing in the table for a moment. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, expect, test, vi } from 'vitest';
import { type OwnerRecord, takeDirectory } from '../../src/jobs/data-directory.js';

const folder = await mkdtemp(join(tmpdir(), 'sluice-gap-'));
afterAll(() => rm(folder, { recursive: true }));

/** Takes a directory that has a record of an owner, whose reader comes into the table after so many looks. */
async function take(pid: number, looks: number): Promise<string> {
  const long = join(folder, `${pid}${'x'.repeat(120)}`);
  await mkdir(long);
  const root = open({ path: join(long, 'jobs.lmdb'), overlappingSync: false, eventTurnBatching: false });
  try {
    const record: OwnerRecord = root.openDB({ name: 'owner' });
    await record.put('owner', { reader: `${pid} 7f00`, pid });
    const list = root.readerList.bind(root);
    let looked = 0;
    vi.spyOn(root, 'readerList').mockImplementation(() => {
      looked++;
      return looked > looks ? `${list()}\n      ${pid} 7f00 -\n` : list();
    });
    return await takeDirectory(long, root, record).then(
      () => 'taken',
      (cause: { code?: string }) => String(cause.code),
    );
  } finally {
    await root.close();
  }
}

test('a process that runs keeps its directory', async () => {
  expect(await take(process.ppid, 6)).toBe('DATA_DIR_IN_USE');
});

test('a process that cannot be seen, such as one of another container, keeps it too', async () => {
  expect(await take(4_194_303, 4)).toBe('DATA_DIR_IN_USE');
});

test('one that has died loses it', async () => {
  expect(await take(4_194_302, 1000)).toBe('taken');
});
