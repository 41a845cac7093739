/** The examples of every page run as they are written, each page in a folder that has the files they name. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, linksIn, PAGES, ROOT } from './documentation.js';
import { freePort } from './servers/free-port.js';

const execute = promisify(execFile);

const REQUEST = {
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    options: { maxRecords: '10' },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
};

const PROFILE = {
  configObject: {
    id: 'nightly',
    type: 'integrationprofile',
    data: {
      contexts: [
        {
          context: { service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON' },
          jsonData: {
            isEnabled: 'true',
            collect: { isDataPersistent: 'true' },
            publish: { format: { type: 'RSJSON', batchSize: '50' } },
          },
        },
      ],
    },
  },
};

/** What the examples in code print, page by page. */
const PRINTED: Readonly<Record<string, readonly RegExp[]>> = {
  'README.md': [/^true [0-9a-f]{64}\n$/],
  'docs/library.md': [/^true [0-9a-f]{64}\n$/, /UNKNOWN_KEY maxRecord /, /^10\n$/, /^(\S+\n)+\d+\n$/],
  'docs/sources.md': [/^1\n$/],
  'docs/request.md': [/^[1-9]\d* [1-9]\d*\n$/],
  'docs/jobs.md': [/^queued 0\n(running \d+\n)*completed 10\n\d+ true\n$/m, /sha256/],
  'docs/observability.md': [
    /^sluice_jobs_ended_total\{state="completed"\} 1\n$/,
    /name: 'export'(.|\n)*written: [1-9]/,
  ],
};

/** Files that sessions of the shell leave. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['envelope reply.json', 'zip reply.zip'],
  'docs/service.md': ['envelope served.json', 'zip today.zip'],
};

let bin = '';
const folders: string[] = [];

/** A folder with what the examples of a page begin with. */
async function folderOfPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
  folders.push(folder);
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules', 'sluice'), 'dir');
  for (const peer of ['fastify', '@opentelemetry']) {
    await symlink(join(ROOT, 'node_modules', peer), join(folder, 'node_modules', peer), 'dir');
  }
  await copyFile(join(ROOT, 'test/fixtures/catalog.ndjson'), join(folder, 'catalog.ndjson'));
  await writeFile(join(folder, 'request.json'), JSON.stringify(REQUEST));
  await writeFile(join(folder, 'profile.json'), JSON.stringify(PROFILE));
  return folder;
}

beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'sluice-bin-'));
  folders.push(bin);
  const main = join(ROOT, 'dist/cli/main.js');
  await writeFile(join(bin, 'sluice'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(join(bin, 'sluice'), 0o755);
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const env = () => ({ ...process.env, PATH: `${bin}:${process.env.PATH}` });

describe('the documentation', () => {
  it('links every page from the README, and nothing that is not there', () => {
    const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    expect(PAGES.map(({ path }) => path).toSorted()).toStrictEqual(
      ['README.md', ...pages.map((name) => `docs/${name}`)].toSorted(),
    );
    const dead = PAGES.flatMap(({ path, text }) =>
      linksIn(text)
        .filter((link) => !existsSync(join(ROOT, dirname(path), link)))
        .map((link) => `${path}: ${link}`),
    );
    expect(dead).toStrictEqual([]);
  });

  it('begins with a README of at most 150 lines', () => {
    expect(PAGES[0].text.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('names the two commands, and the first one does the main job', async () => {
    const [mainJob, tests] = blocksOf(PAGES[0], 'sh');
    expect(mainJob).toMatch(
      /^npm ci && npm run -s build && npm run -s sluice -- export test\/fixtures\/catalog.ndjson /,
    );
    expect(tests).toBe('npm ci && npm test\n');
    // The clone is installed and built already: what is left is the command itself, from the clone's own folder.
    const folder = await folderOfPage();
    const command = mainJob
      .replace('npm ci && npm run -s build && ', '')
      .replace('products.json', join(folder, 'main-job.json'));
    await execute('sh', ['-c', command], { cwd: ROOT });
    const { stdout } = await execute(join(bin, 'sluice'), ['verify', 'main-job.json'], { cwd: folder });
    expect(stdout).toContain('ok: envelope, 10 records');
  });
});

describe.each(PAGES)('$path', (page) => {
  let folder = '';
  beforeAll(async () => {
    folder = await folderOfPage();
  });

  const commands = blocksOf(page, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('npm ci '));
  it.runIf(commands.length > 0)('runs its commands, one after the other', { timeout: 120_000 }, async () => {
    for (const command of commands) {
      await expect(execute('sh', ['-c', command], { cwd: folder, env: env() }), command).resolves.toBeDefined();
    }
  });

  // Sessions with a database are run beside one.
  const sessions = blocksOf(page, 'bash').filter((session) => !session.includes('--postgres'));
  it.runIf(sessions.length > 0)('runs its sessions with a service', { timeout: 120_000 }, async () => {
    for (const session of sessions) {
      // Job control, for `kill %1`, and an end at the first failure.
      const script = `set -em\n${session.replaceAll('8080', String(await freePort()))}wait || true`;
      await execute('bash', ['-c', script], { cwd: folder, env: env() });
    }
    for (const left of LEFT[page.path] ?? []) {
      const [kind, path] = left.split(' ');
      const { stdout } = await execute(join(bin, 'sluice'), ['verify', path], { cwd: folder });
      expect(stdout).toContain(`ok: ${kind}, 10 records`);
    }
  });

  const examples = blocksOf(page, 'js').filter((code) => !code.includes('DATABASE_URL'));
  it.runIf(examples.length > 0)('runs its examples in code', { timeout: 120_000 }, async () => {
    const printed = PRINTED[page.path] ?? [];
    expect(printed).toHaveLength(examples.length);
    for (const [index, code] of examples.entries()) {
      const path = join(folder, `example-${index}.mjs`);
      await writeFile(path, code);
      expect((await execute(process.execPath, [path], { cwd: folder })).stdout).toMatch(printed[index]);
    }
  });
});
