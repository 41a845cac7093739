/** Every example of the documentation runs as written, each page in its own folder. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, headingsOf, linksIn, PAGES, pageAt, ROOT } from './documentation.js';
import { makeExampleFolder } from './documentation-inputs.js';
import { spawnSync } from './run-sync.js';
import { freePort } from './servers/free-port.js';
import { startS3, type TestS3 } from './servers/s3-server.js';

const execute = promisify(execFile);

/** Time for the examples of a page on a busy machine. */
const LONG = { timeout: 600_000 };

/** What the examples in code print, page by page. */
const PRINTED: Readonly<Record<string, readonly RegExp[]>> = {
  'README.md': [/^true [0-9a-f]{64}\n$/],
  'docs/getting-started.md': [/^\d+ read, 10 written, \d+ filtered\n$/],
  'docs/library.md': [/^true [0-9a-f]{64}\n$/, /UNKNOWN_KEY maxRecord /, /^true\n$/, /^zip true\n$/],
  'docs/stages.md': [/^10\n$/, /^(\S+\n)+\d+\n$/, /^38 [0-9a-f]{64}\n$/],
  'docs/recipes.md': [
    ...[/^200 true\n$/, /^38\n$/, /^\{"id":"1","type":"product"\}\n+$/, /^1\n$/],
    ...[/^60\n$/, /^1\n$/, /^true\n$/, /^120\n$/],
  ],
  'docs/sources.md': [/^2\n$/, /^1\n$/],
  'docs/request.md': [/^[1-9]\d* [1-9]\d*\n$/, /^10\n$/, /^true\n$/, /^[1-9]\d* [1-9]\d*\n$/],
  'docs/delta.md': [/^monday\.json 0 false 0\ntuesday\.json 0 true 0\n$/, /^2 0 0\n0 1 1\n$/],
  'docs/service.md': [/^\{ tenant: 'acme', user: 'ann', rights: \[ 'read' \] \}\n\[ 'read', 'submit' \]\n$/, /sha256/],
  'docs/jobs.md': [
    /^(queued 0\n)?(running \d+\n)*completed 10\n\d+ true\n$/m,
    /^acme completed \d+\nroof completed \d+\n$/,
    /^completed\nNO_SUCH_TENANT\n$/,
  ],
  'docs/schedules.md': [/^hourly 0 0\n$/],
  'docs/embedding.md': [/^ok yields every entity once, in order\n(ok .+\n)+$/, /^conforms\n$/, /^conforms\n$/],
  'docs/observability.md': [
    /^sluice_jobs_ended_total\{state="completed"\} 1\n$/,
    /name: 'export'(.|\n)*written: [1-9]/,
  ],
};

/** Files that the sessions of a page leave. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['envelope reply.json', 'entities entities.json'],
  'docs/service.md': ['envelope served.json', 'zip today.zip'],
};

let bin = '';
let storage: TestS3;
const folders: string[] = [];

/** The folder of a page. */
async function folderOfPage(): Promise<string> {
  const folder = await makeExampleFolder();
  folders.push(folder);
  return folder;
}

beforeAll(async () => {
  storage = await startS3();
  bin = await mkdtemp(join(tmpdir(), 'sluice-bin-'));
  folders.push(bin);
  const main = join(ROOT, 'dist/cli/main.js');
  await writeFile(join(bin, 'sluice'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(join(bin, 'sluice'), 0o755);
});
afterAll(async () => {
  await storage.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const env = () => ({
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  AWS_ENDPOINT_URL_S3: storage.endpoint,
  AWS_ACCESS_KEY_ID: storage.options.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: storage.options.credentials.secretAccessKey,
});

/** Whether the file of a link exists, and has the heading that the link names. */
function leadsSomewhere(page: string, link: string): boolean {
  const [file, heading] = link.split('#');
  const path = join(dirname(page), file);
  if (!existsSync(join(ROOT, path))) return false;
  return heading === undefined || headingsOf(pageAt(path)).includes(heading);
}

describe('the documentation', () => {
  it('links every page from the README, and has no dead links', () => {
    const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    expect(PAGES.map(({ path }) => path).toSorted()).toStrictEqual(
      ['README.md', ...pages.map((name) => `docs/${name}`)].toSorted(),
    );
    const all = [...PAGES, pageAt('docs/examples/README.md'), pageAt('CONTRIBUTING.md'), pageAt('SECURITY.md')];
    const dead = all.flatMap(({ path, text }) =>
      linksIn(text)
        .filter((link) => !leadsSomewhere(path, link))
        .map((link) => `${path}: ${link}`),
    );
    expect(dead).toStrictEqual([]);
  });

  it('has a README of at most 150 lines', () => {
    expect(PAGES[0].text.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('has thirty-six recipes, each with an example', () => {
    const [, ...recipes] = pageAt('docs/recipes.md').text.split(/^### \d+\. /m);
    expect(recipes).toHaveLength(36);
    const without = recipes.filter((text) => !/^```(sh|js|console)$/m.test(text)).map((text) => text.split('\n', 1)[0]);
    expect(without).toStrictEqual([]);
  });

  it('names two commands, of which the first exports', async () => {
    const [mainJob, tests] = blocksOf(PAGES[0], 'sh');
    expect(mainJob).toMatch(
      /^npm ci && npm run -s build && npm run -s sluice -- export test\/fixtures\/catalog.ndjson /,
    );
    expect(tests).toBe('npm ci && npm test\n');
    // The clone is installed and built already, so only the export runs.
    const folder = await folderOfPage();
    const command = mainJob
      .replace('npm ci && npm run -s build && ', '')
      .replace('products.json', join(folder, 'main-job.json'));
    await execute('sh', ['-c', command], { cwd: ROOT });
    const { stdout } = await execute(join(bin, 'sluice'), ['verify', 'main-job.json'], { cwd: folder });
    expect(stdout).toContain('ok: envelope, 10 records');
  });
});

/** Programs of examples that are not installed here. */
const MISSING = ['jq'].filter((name) => spawnSync(name, ['--version']).error);
if (MISSING.length > 0) console.info(`not installed: ${MISSING.join()}; commands that use it are skipped`);

function usesMissing(command: string): boolean {
  return MISSING.some((name) => new RegExp(`(^|\\| ?)${name} `).test(command));
}

/** The examples of a page, by how they run. Those that need a database run beside one, in test/postgres. */
const RUNNABLE = PAGES.map((page) => ({
  path: page.path,
  commands: blocksOf(page, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('npm ci ')),
  sessions: blocksOf(page, 'bash').filter((session) => !session.includes('--postgres')),
  programs: blocksOf(page, 'js').filter((code) => !code.includes('DATABASE_URL')),
})).filter(({ commands, sessions, programs }) => [commands, sessions, programs].flat().length > 0);

it.concurrent.each(RUNNABLE)('the examples of $path run as written', LONG, async ({ path, ...examples }) => {
  const folder = await folderOfPage();
  for (const command of examples.commands) {
    if (usesMissing(command)) continue;
    await expect(execute('sh', ['-c', command], { cwd: folder, env: env() }), command).resolves.toBeDefined();
  }
  for (const session of examples.sessions) {
    // Job control, for `kill %1`, and an end at the first failure.
    const script = `set -em\n${session.replaceAll('8080', String(await freePort()))}wait || true`;
    await execute('bash', ['-c', script], { cwd: folder, env: env() });
  }
  for (const left of LEFT[path] ?? []) {
    const [kind, name] = left.split(' ');
    const { stdout } = await execute(join(bin, 'sluice'), ['verify', name], { cwd: folder });
    expect(stdout).toContain(`ok: ${kind}, 10 records`);
  }
  const printed = PRINTED[path] ?? [];
  expect(printed).toHaveLength(examples.programs.length);
  if (examples.programs.length === 0) return;
  // One process loads the library once for all programs of a page; each begins after the end of the one before.
  const imports: string[] = [];
  for (const [index, code] of examples.programs.entries()) {
    await writeFile(join(folder, `example-${index}.mjs`), code);
    imports.push(`await import('./example-${index}.mjs');\nprocess.stdout.write('\\0');\n`);
  }
  await writeFile(join(folder, 'examples.mjs'), imports.join(''));
  const { stdout } = await execute(process.execPath, ['examples.mjs'], { cwd: folder });
  const texts = stdout.split('\0');
  expect(texts).toHaveLength(printed.length + 1);
  for (const [index, pattern] of printed.entries()) expect(texts[index]).toMatch(pattern);
});
