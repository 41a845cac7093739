/** The start of the command and of the library: what they load, and where compiled code is cached. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.js';
import { MAIN } from './run-sluice.js';

const run = promisify(execFile);
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-start-'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"1"}\n');
  // Prints at the exit which modules were loaded.
  const list = "process.on('exit', () => process.stderr.write(JSON.stringify(Object.keys(require.cache).slice(1))))";
  await writeFile(join(folder, 'list.cjs'), list);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The files that a process loads, from the root of this repository. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const { stderr } = await run(process.execPath, ['--require', join(folder, 'list.cjs'), ...args]);
  const paths: readonly string[] = JSON.parse(stderr);
  return paths.map((path) => path.slice(ROOT.length));
}

describe('loads', () => {
  test.each(['--version', '-V'])('%s no command', async (flag) => {
    expect(await loadedBy(MAIN, flag)).toStrictEqual(['dist/cli/main.js']);
  });

  test('--help no command', async () => {
    expect(await loadedBy(MAIN, '--help')).toStrictEqual(['dist/cli/main.js', 'dist/cli/start/help.js']);
  });

  test('export one file, and no package', async () => {
    const args = ['export', join(folder, 'in.ndjson'), '--quiet', '-o', join(folder, 'out.zip')];
    expect(await loadedBy(MAIN, ...args)).toStrictEqual(['dist/cli/main.js', 'dist/cli/start/export.js']);
  });

  // The checksum of the cache is from zlib.
  const NEVER = ['child_process', 'http', 'https', 'tls', 'v8', 'worker_threads'];
  test.each([
    ['to a file', ['-o', 'out.json'], NEVER],
    ['to standard output', [], [...NEVER, 'crypto', 'perf_hooks']],
  ])('export %s no module of Node for what it does not do', async (_where, flags, never) => {
    const list = join(folder, 'builtins.cjs');
    await writeFile(list, "process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')))");
    // The list goes to standard error, so the result goes to a file.
    const command = `"${process.execPath}" --require "${list}" "${MAIN}" export in.ndjson --quiet ${flags.join(' ')} > out`;
    const { stderr } = await run('sh', ['-c', command], { cwd: folder, timeout: 30_000 });
    const loaded = stderr.split('\n').map((line) => line.replace(/^NativeModule /, ''));
    expect(loaded).toContain('fs');
    expect(loaded.filter((name) => never.includes(name))).toStrictEqual([]);
  });

  test('the library few files', async () => {
    const files = new Set<string>();
    const walk = async (path: string): Promise<void> => {
      if (files.has(path)) return;
      files.add(path);
      const imports = (await readFile(path, 'utf8')).matchAll(/^(?:import|export|\}) .*?"(\.\/[^"]+)";$/gm);
      for (const [, name = ''] of imports) await walk(join(dirname(path), name));
    };
    await walk(join(ROOT, 'dist/index.js'));
    expect(files.size).toBeGreaterThan(1);
    expect(files.size).toBeLessThan(60);
  });

  test('the library no package for objects, logs or envelopes', async () => {
    await writeFile(join(folder, 'library.mjs'), `await import(${JSON.stringify(join(ROOT, 'dist/index.js'))});`);
    const packages = (await loadedBy(join(folder, 'library.mjs'))).map((path) => path.split('/')[1]);
    for (const name of ['ajv', 'fast-json-stringify', 'pino', 'stream-chain', 'stream-json']) {
      expect(packages).not.toContain(name);
    }
  });
});

describe('compiled code', () => {
  const exporting = (flags: readonly string[], env: Readonly<Record<string, string>>) =>
    run(process.execPath, [...flags, MAIN, 'export', join(folder, 'in.ndjson'), '--quiet'], {
      env: { PATH: process.env.PATH, ...env },
      // A folder in /proc can be created by nobody, and Node would try for ever.
      timeout: 30_000,
    });

  test('is cached in a folder of the user', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    await exporting([], { HOME: home });
    expect(await readdir(join(home, '.cache'))).toStrictEqual(['sluice']);
    await exporting([], { HOME: home, XDG_CACHE_HOME: join(home, 'named') });
    expect((await readdir(home)).sort()).toStrictEqual(['.cache', 'named']);
  });

  describe('of the file of a command', () => {
    /** A copy of the command, with a cache of its own. */
    async function copied() {
      const home = await mkdtemp(join(folder, 'copy-'));
      await cp(dirname(MAIN), join(home, 'dist', 'cli'), { recursive: true });
      const exporting = async (...flags: readonly string[]) => {
        const args = [join(home, 'dist/cli/main.js'), 'export', join(folder, 'in.ndjson'), ...flags];
        return run(process.execPath, args, { env: { XDG_CACHE_HOME: home }, timeout: 30_000 });
      };
      const caches = async () => {
        const files = await readdir(join(home, 'sluice')).catch(() => []);
        return files.filter((name) => name.endsWith('.code')).map((name) => join(home, 'sluice', name));
      };
      /** The file of its cache. */
      const cache = async () => {
        const [path = '', ...others] = await caches();
        expect(others).toStrictEqual([]);
        return path;
      };
      return { home, exporting, cache, caches };
    }

    test('is kept by the first run that does its work, for its user alone, and used by the next', async () => {
      const { exporting, cache, caches } = await copied();
      await exporting('--help');
      await expect(exporting('--format', 'none')).rejects.toThrow();
      expect(await caches()).toStrictEqual([]);
      await exporting('--quiet');
      const { ino, mode } = await stat(await cache());
      expect(mode & 0o777).toBe(0o600);
      expect(await exporting('--quiet')).toStrictEqual({ stdout: '{"id":"1"}\n', stderr: '' });
      expect((await stat(await cache())).ino).toBe(ino);
    });

    test('gets what other ways of using the command compile', async () => {
      const { exporting, cache } = await copied();
      const inodes: number[] = [];
      for (const flags of [[], ['--type', 'a'], ['--type', 'b'], []]) {
        await exporting('--quiet', ...flags);
        inodes.push((await stat(await cache())).ino);
      }
      expect(inodes[1]).not.toBe(inodes[0]);
      expect(inodes.slice(2)).toStrictEqual([inodes[1], inodes[1]]);
    });

    test.each([
      ['is of another state of the file', (path: string) => writeFile(path, 'x'.repeat(1000))],
      ['is not complete', async (path: string) => truncate(path, (await stat(path)).size - 1)],
      [
        'has a damaged byte',
        async (path: string) => {
          const bytes = await readFile(path);
          bytes[bytes.length >> 1] = ~(bytes[bytes.length >> 1] ?? 0);
          await writeFile(path, bytes);
        },
      ],
      ['is writable by others', (path: string) => chmod(path, 0o622)],
    ])('is made anew where it %s', async (_state, spoil) => {
      const { exporting, cache } = await copied();
      await exporting('--quiet');
      const before = await readFile(await cache());
      await spoil(await cache());
      expect(await exporting('--quiet')).toStrictEqual({ stdout: '{"id":"1"}\n', stderr: '' });
      const made = await stat(await cache());
      expect(made.mode & 0o777).toBe(0o600);
      expect(made.size).toBeGreaterThan(before.length / 2);
    });

    test('is not used for a changed file', async () => {
      const { home, exporting } = await copied();
      await exporting('--quiet');
      const start = join(home, 'dist/cli/start/export.js');
      const text = await readFile(start, 'latin1');
      await writeFile(start, text.replace('"use strict";', '"use strict";process.stderr.write("changed");'));
      expect((await exporting('--quiet')).stderr).toBe('changed');
    });
  });

  test.each([
    ['no folder of the user exists', { HOME: '/proc/nowhere' }],
    ['the folder cannot be made', { XDG_CACHE_HOME: '/dev/null' }],
    ['the folder can have no entries', { XDG_CACHE_HOME: '/proc/cache' }],
    ['the folder is not absolute', { HOME: '/proc/nowhere', XDG_CACHE_HOME: 'relative' }],
  ])('is not cached where %s', async (_why, env) => {
    const { stdout, stderr } = await exporting([], env);
    expect({ stdout, stderr }).toStrictEqual({ stdout: '{"id":"1"}\n', stderr: '' });
  });

  test('is not cached where the permission model forbids it', async () => {
    const reads = [join(ROOT, '*'), join(folder, 'in.ndjson')].map((path) => `--allow-fs-read=${path}`);
    const { stdout } = await exporting([PERMISSION, ...reads], { HOME: folder });
    expect(stdout).toBe('{"id":"1"}\n');
    expect(await readdir(folder)).not.toContain('.cache');
  });
});
