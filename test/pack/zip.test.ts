/** The zip of one file: read by other programs, and the same bytes each time. */
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { BLOCK_BYTES } from '../../src/pack/deflate-blocks.js';
import { zipStage } from '../../src/pack/zip.js';
import { spawnSync } from '../run-sync.js';
import { chunksOf, drive, someBytes } from './drive.js';
import { unzip } from './unzip.js';

const run = newRun();

const CONTENT = someBytes(300_000);

/** More than two blocks. */
const BLOCKS = someBytes(2.3 * BLOCK_BYTES);

describe('the content', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['much', CONTENT],
    ['almost a block', BLOCKS.subarray(0, BLOCK_BYTES - 1)],
    ['just a block', BLOCKS.subarray(0, BLOCK_BYTES)],
    ['a block and a byte', BLOCKS.subarray(0, BLOCK_BYTES + 1)],
    ['two blocks', BLOCKS.subarray(0, 2 * BLOCK_BYTES)],
    ['several blocks', BLOCKS],
  ])('%s', async (_case, content) => {
    for (const level of [0, 1]) {
      const entries = await unzip(await drive(zipStage({ name: 'catalog.json', level }), chunksOf(content, 65_536)));
      expect(entries.map(({ entry }) => entry.fileName)).toStrictEqual(['catalog.json']);
      expect(entries[0].content.equals(content)).toBe(true);
      expect(entries[0].entry.uncompressedSize).toBe(content.length);
      expect(entries[0].entry.crc32).toBe(crc32(content));
    }
  });

  test('has a name beyond ASCII', async () => {
    const [{ entry }] = await unzip(await drive(zipStage({ name: 'Übersicht 目录.json' }), [CONTENT]));
    expect(entry.fileName).toBe('Übersicht 目录.json');
  });

  test('is stored unchanged at level 0', async () => {
    const archive = await drive(zipStage({ name: 'a.json', level: 0 }), chunksOf(CONTENT, 10_000));
    const [{ entry, content }] = await unzip(archive);
    expect([entry.compressionMethod, entry.compressedSize]).toStrictEqual([0, CONTENT.length]);
    expect(content.equals(CONTENT)).toBe(true);
    expect(archive.includes(CONTENT)).toBe(true);
  });

  test('is deflated at other levels, to fewer bytes', async () => {
    const lines = Array.from({ length: 5000 }, (_, id) =>
      JSON.stringify({ id, type: 'product', price: (id * 7919) % 997 }),
    );
    const json = Buffer.from(lines.join('\n'));
    for (const level of [1, 2, 6, 9]) {
      const [{ entry, content }] = await unzip(await drive(zipStage({ name: 'a.json', level }), [json]));
      expect(entry.compressionMethod).toBe(8);
      expect(entry.compressedSize).toBeLessThan(json.length / 3);
      expect(content.equals(json)).toBe(true);
    }
  });

  test('has the earliest time of a zip, and the mode of a plain file', async () => {
    const [{ entry }] = await unzip(await drive(zipStage({ name: 'a.json' }), [CONTENT]));
    expect(entry.getLastModDate({ forceDosFormat: true, timezone: 'UTC' }).toISOString()).toBe(
      '1980-01-01T00:00:00.000Z',
    );
    expect(entry.extraFields).toStrictEqual([]);
    expect((entry.externalFileAttributes >>> 16).toString(8)).toBe('100644');
  });
});

describe('gives the same bytes', () => {
  // The deflated bytes of the other levels are those of gzip, whose tests compare them.
  test.each([0, 6])('at level %d, however the input is cut', async (level) => {
    const whole = await drive(zipStage({ name: 'a.json', level }), [BLOCKS]);
    for (const [turn, sizes] of [1_000_000, 65_536, 16_384, 997, [1, 70_000, 13], [32_768, 32_767, 32_769]].entries()) {
      const cut = await drive(zipStage({ name: 'a.json', level, threads: 1 + (turn % 4) }), chunksOf(BLOCKS, sizes));
      expect(cut.equals(whole), `chunks of ${sizes}`).toBe(true);
    }
  });

  describe('in every time zone', () => {
    const require = createRequire(import.meta.url);
    const before = process.env.TZ;
    afterEach(() => {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
      vi.doUnmock('yazl');
      vi.resetModules();
    });

    /** The stage as loaded in this time zone: sluice and yazl both create a date when they are loaded. */
    async function stageIn(zone: string): Promise<typeof zipStage> {
      process.env.TZ = zone;
      delete require.cache[require.resolve('yazl')];
      vi.doMock('yazl', () => require('yazl'));
      vi.resetModules();
      return (await import('../../src/pack/zip.js')).zipStage;
    }

    test('from west to east', async () => {
      const archives: Buffer[] = [];
      const offsets = new Set<number>();
      for (const zone of ['America/Los_Angeles', 'UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']) {
        const stage = (await stageIn(zone))({ name: 'a.json' });
        offsets.add(new Date(1980, 0, 1).getTimezoneOffset());
        archives.push(await drive(stage, [CONTENT]));
      }
      expect(offsets.size).toBe(4);
      for (const archive of archives) expect(archive.equals(archives[0])).toBe(true);
    });
  });
});

describe('is read by other programs', () => {
  const exists = (program: string) => spawnSync(program, ['--version']).error === undefined;
  let folder = '';
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function stored(level: number): Promise<string> {
    folder = await mkdtemp(join(tmpdir(), 'sluice-zip-'));
    const path = join(folder, 'out.zip');
    await writeFile(path, await drive(zipStage({ name: 'catalog ä.json', level }), chunksOf(BLOCKS, 9_999)));
    return path;
  }

  test.each([0, 1, 9])('unzip -t, level %d', async (level) => {
    if (!exists('unzip')) return console.info('unzip is not on this machine: nothing was tested');
    const { status, stdout } = spawnSync('unzip', ['-t', await stored(level)], { encoding: 'utf8' });
    expect(stdout).toContain('No errors detected');
    expect(status).toBe(0);
  });

  test.each([0, 1, 9])('zipfile of Python, level %d', async (level) => {
    if (!exists('python3')) return console.info('python3 is not on this machine: nothing was tested');
    const script =
      'import sys, zipfile, zlib; z = zipfile.ZipFile(sys.argv[1]); ' +
      'print(z.testzip(), z.namelist() == ["catalog \\u00e4.json"], zlib.crc32(z.read(z.namelist()[0])))';
    const { stdout, stderr } = spawnSync('python3', ['-c', script, await stored(level)], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(`None True ${crc32(BLOCKS)}`);
  });
});

describe('leaving early', () => {
  test.each([
    ['before the first byte', 0],
    ['after some bytes', 1],
    ['after many', 20],
  ])('%s: closing releases everything, and throws nothing later', async (_case, pushes) => {
    const stage = zipStage({ name: 'a.json' });
    for (let turn = 0; turn < pushes; turn++) await stage.push(BLOCKS, run);
    await stage.close?.();
    await new Promise(setImmediate);
  });

  test('a pending push settles when the stage is closed', async () => {
    const stage = zipStage({ name: 'a.json' });
    const pushed = Promise.resolve(stage.push(BLOCKS, run)).then(
      () => 'settled',
      () => 'settled',
    );
    await stage.close?.();
    expect(await pushed).toBe('settled');
  });
});
