/** The examples of the README run as they are written, in a folder that has the files they name. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './servers/free-port.js';

const root = resolve(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const execute = promisify(execFile);

/** The code blocks of one language, in order. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
}

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

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
  await mkdir(join(folder, 'node_modules'));
  await mkdir(join(folder, 'bin'));
  await symlink(root, join(folder, 'node_modules', 'sluice'), 'dir');
  for (const peer of ['fastify', '@opentelemetry']) {
    await symlink(join(root, 'node_modules', peer), join(folder, 'node_modules', peer), 'dir');
  }
  await copyFile(join(root, 'test/fixtures/catalog.ndjson'), join(folder, 'catalog.ndjson'));
  await writeFile(join(folder, 'request.json'), JSON.stringify(REQUEST));
  await writeFile(join(folder, 'profile.json'), JSON.stringify(PROFILE));
  const main = join(root, 'dist/cli/main.js');
  await writeFile(join(folder, 'bin/sluice'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(join(folder, 'bin/sluice'), 0o755);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('README', () => {
  const [mainJob = '', tests = '', ...shell] = blocks('sh');

  it('names the two commands', () => {
    expect(mainJob).toMatch(
      /^npm ci && npm run -s build && npm run -s sluice -- export test\/fixtures\/catalog.ndjson /,
    );
    expect(tests).toBe('npm ci && npm test\n');
  });

  it('runs the main job', async () => {
    // The clone is installed and built already: what is left is the command itself, from the clone's own folder.
    const command = mainJob
      .replace('npm ci && npm run -s build && ', '')
      .replace('products.json', join(folder, 'main-job.json'));
    await execute('sh', ['-c', command], { cwd: root });
    const { stdout } = await execute(join(folder, 'bin/sluice'), ['verify', 'main-job.json'], { cwd: folder });
    expect(stdout).toContain('ok: envelope, 10 records');
  });

  it('runs the examples for the command line, one after the other', async () => {
    const commands = shell.flatMap((block) => block.split('\n')).filter((line) => line !== '' && !line.startsWith('#'));
    expect(commands.length).toBeGreaterThan(8);
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    for (const command of commands) {
      await expect(execute('sh', ['-c', command], { cwd: folder, env }), command).resolves.toBeDefined();
    }
    expect((await stat(join(folder, 'lean.ndjson.gz'))).size).toBeGreaterThan(0);
  }, 60_000);

  it('runs the service, and talks to it', async () => {
    // The other session needs a database: test/postgres runs it.
    const [session = '', ...others] = blocks('bash');
    expect(others).toHaveLength(1);
    const port = await freePort();
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    // Job control, for `kill %1`, and an end at the first failure.
    const script = `set -em\n${session.replaceAll('8080', String(port))}wait || true`;
    await execute('bash', ['-c', script], { cwd: folder, env });
    for (const [path, kind] of [
      ['served.json', 'envelope'],
      ['today.zip', 'zip'],
    ]) {
      const { stdout } = await execute(join(folder, 'bin/sluice'), ['verify', path], { cwd: folder });
      expect(stdout).toContain(`ok: ${kind}, 10 records`);
    }
  }, 60_000);

  it('runs the examples in code, one after the other', async () => {
    const examples = blocks('js').filter((code) => !code.includes('DATABASE_URL'));
    expect(examples.length).toBe(10);
    const said: string[] = [];
    for (const [index, code] of examples.entries()) {
      const path = join(folder, `example-${index}.mjs`);
      await writeFile(path, code);
      said.push((await execute(process.execPath, [path], { cwd: folder })).stdout);
    }
    expect(said[0]).toMatch(/^true [0-9a-f]{64}\n$/);
    expect(said[1]).toContain('UNKNOWN_KEY maxRecord ');
    expect(said[2]).toBe('10\n');
    expect(said[3]).toMatch(/^(\S+\n)+\d+\n$/);
    expect(said[4]).toMatch(/^queued 0\n(running \d+\n)*completed 10\n\d+ true\n$/m);
    expect(said[5]).toContain('sha256');
    expect(said[6]).toBe('sluice_jobs_ended_total{state="completed"} 1\n');
    expect(said[7]).toMatch(/name: 'export'(.|\n)*written: [1-9]/);
    expect(said[8]).toBe('1\n');
    expect(said[9]).toMatch(/^[1-9]\d* [1-9]\d*\n$/);
  }, 60_000);
});
