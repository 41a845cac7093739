/** The packed package in projects of its users: it compiles, bundles, loads, and needs nothing that they did not install. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webpack from 'webpack';
import { ROOT } from '../house/source-files.js';
import { doorsOf, linkPackages, packInto, type UserProject, userProject } from './tarball.js';

const run = promisify(execFile);

/** What compiles a Node program, and the types that parts of the package take from optional peers. */
const TYPES = ['@types/node'];
const PEER_TYPES = ['@types/pg'];

/** Doors that work, and compile, without any optional peer; every other one needs some of them. */
const WITHOUT_PEERS = ['sluice', 'sluice/stages', 'sluice/jobs', 'sluice/client', 'sluice/read/rdp'];

/** For work that is long on a busy machine. */
const LONG = { timeout: 300_000 };

let packed = '';
/** The file that a registry would serve. */
let tarball = '';
let bare: UserProject;
let full: UserProject;
beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), 'sluice-packed-'));
  tarball = await packInto(packed);
  bare = await userProject(tarball, TYPES);
  full = await userProject(tarball, [...TYPES, ...PEER_TYPES, ...Object.keys(bare.manifest.peerDependencies)]);
});
afterAll(async () => {
  for (const folder of [packed, bare.folder, full.folder]) await rm(folder, { recursive: true, force: true });
});

test('an installation runs no script of the package', () => {
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'];
  expect(Object.keys(bare.manifest.scripts).filter((name) => atInstall.includes(name))).toStrictEqual([]);
});

test('npm installs the tarball into a project, whose command and module then work', LONG, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-project-'));
  try {
    // Its dependencies are there already: nothing is downloaded.
    await linkPackages(folder, Object.keys(bare.manifest.dependencies));
    const install = [
      'install',
      tarball,
      '--offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
    ];
    await run('npm', install, { cwd: folder });
    const input = '{"id":"1","type":"a"}\n{"id":"2","type":"b"}\n';
    await writeFile(join(folder, 'in.ndjson'), input);
    const command = await run('npx', ['--no-install', 'sluice', 'export', 'in.ndjson', '--type', 'b'], { cwd: folder });
    expect(command.stdout).toBe('{"id":"2","type":"b"}\n');
    const program = `import { exportEntities } from 'sluice';
      const receipt = await exportEntities({ source: 'in.ndjson' }).toFile('out.zip');
      console.log(receipt.written);`;
    await writeFile(join(folder, 'first.mjs'), program);
    expect((await run(process.execPath, ['first.mjs'], { cwd: folder })).stdout).toBe('2\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('publint finds nothing', async () => {
  const content = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: content.buffer } });
  expect(messages).toStrictEqual([]);
});

test('its types are resolved as its modules are', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  if (!analysis.types) throw new Error('no types were found');
  // Modules alone, as Node 20.19 loads them from CommonJS too; a resolver without `exports` never sees the doors.
  const old = ['node10', 'node16-cjs'];
  const problems = analysis.problems.filter((one) => !('resolutionKind' in one) || !old.includes(one.resolutionKind));
  expect(problems).toStrictEqual([]);
});

describe('the declarations compile', () => {
  const RESOLUTIONS = [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const;
  const cases = ['typescript-5', 'typescript'].flatMap((compiler) =>
    RESOLUTIONS.map(([module, resolution]) => ({ compiler, module, resolution })),
  );

  async function messages(project: UserProject, doors: readonly string[], one: (typeof cases)[number]) {
    const imports = doors.map((door, index) => `import * as door${index} from '${door}';\nvoid door${index};\n`);
    await writeFile(join(project.folder, 'all.ts'), imports.join(''));
    const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'];
    const target = ['--target', 'es2022', '--module', one.module, '--moduleResolution', one.resolution];
    const args = [
      join(ROOT, 'node_modules', one.compiler, 'bin', 'tsc'),
      ...strict,
      ...target,
      '--types',
      'node',
      'all.ts',
    ];
    const compiling = run(process.execPath, args, { cwd: project.folder });
    return (await compiling.catch((error: { stdout: string }) => error)).stdout;
  }

  test.each(cases)('with $compiler and $resolution, where no optional peer is', async (one) => {
    expect(await messages(bare, WITHOUT_PEERS, one)).toBe('');
  });

  // The declarations of the AWS SDK take the older compiler most of a minute; once is enough.
  test.each(cases.slice(1))('with $compiler and $resolution, where all peers are', LONG, async (one) => {
    expect(await messages(full, doorsOf(full.manifest), one)).toBe('');
  });
});

describe('in a project without the optional peers', () => {
  const program = (door: string) => `import * as door from '${door}';\nconsole.log(Object.keys(door).length > 0);\n`;
  const log = async (file: string) => (await run(process.execPath, [file], { cwd: bare.folder })).stdout;

  test('every door is loaded, by require too', async () => {
    const all = doorsOf(bare.manifest);
    await writeFile(join(bare.folder, 'all.mjs'), all.map((door) => `await import('${door}');\n`).join(''));
    expect(await log('all.mjs')).toBe('');
    await writeFile(join(bare.folder, 'all.cjs'), all.map((door) => `require('${door}');\n`).join(''));
    expect(await log('all.cjs')).toBe('');
  });

  test('esbuild makes a program of every door, and it runs', async () => {
    for (const door of doorsOf(bare.manifest)) {
      const outfile = await bundled(program(door));
      expect({ door, said: await log(outfile) }).toStrictEqual({ door, said: 'true\n' });
    }
  });

  test('webpack makes a program of every door, and it runs', LONG, async () => {
    for (const door of doorsOf(bare.manifest)) {
      await writeFile(join(bare.folder, 'entry.mjs'), program(door));
      expect({ door, errors: await webpacked(bare.folder) }).toStrictEqual({ door, errors: [] });
      expect(await log(join('out', 'webpack.cjs'))).toBe('true\n');
    }
  });

  test('a bundle exports, and names the peer that it lacks', async () => {
    const outfile = await bundled(`
      import { bytes, exportEntities } from 'sluice';
      import { openJobs } from 'sluice/jobs';
      const text = '{"id":"1","type":"a"}\\n{"id":"2","type":"b"}\\n';
      const stream = exportEntities({ source: bytes(text), request: { types: ['b'] }, format: 'ndjson' });
      for await (const chunk of stream) process.stdout.write(chunk);
      await openJobs({ dataDir: 'data', source: bytes(text) }).catch((error) => console.log(error.code));
    `);
    expect(await log(outfile)).toBe('{"id":"2","type":"b"}\nMISSING_PEER\n');
  });
});

/** A program and all that it imports in one file, by esbuild, which throws where it finds a fault. */
async function bundled(contents: string): Promise<string> {
  const outfile = join(bare.folder, 'out', 'bundle.mjs');
  // Dependencies in CommonJS require Node's own modules.
  const require = "import * as node from 'node:module';\nconst require = node.createRequire(import.meta.url);";
  await build({
    stdin: { contents, resolveDir: bare.folder },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent', banner: { js: require } },
  });
  return outfile;
}

/** What webpack says against the entry of a project. */
function webpacked(folder: string): Promise<readonly string[]> {
  const compiler = webpack({
    ...{ mode: 'development', devtool: false, target: 'node20', context: folder, entry: './entry.mjs' },
    output: { path: join(folder, 'out'), filename: 'webpack.cjs' },
  });
  return new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      if (error || !stats) return reject(error);
      compiler.close(() => resolve(stats.compilation.errors.map(({ message }) => message)));
    });
  });
}
