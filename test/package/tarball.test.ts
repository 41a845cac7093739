/** The packed package in user projects: it installs, loads, compiles and bundles without packages that were not installed. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { type BuildOptions, build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webpack from 'webpack';
import { ROOT } from '../house/source-files.js';
import { entryPointsOf, linkPackages, packInto, type UserProject, userProject } from './tarball.js';

const run = promisify(execFile);

/** Types for Node programs, and types of optional peers that public declarations use. */
const TYPES = ['@types/node'];
const PEER_TYPES = ['@types/pg'];

/** Entry points that work and compile without any optional peer; all others need some. */
const WITHOUT_PEERS = ['sluice', 'sluice/stages', 'sluice/jobs', 'sluice/client', 'sluice/read/rdp'];

/** For work that takes long on a busy machine. */
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
    // The pages that --help names come with the package.
    await access(join(folder, 'node_modules/sluice/docs/cli.md'));
    const command = await run('npx', ['--no-install', 'sluice', 'export', 'in.ndjson', '--type', 'b'], { cwd: folder });
    expect(command.stdout).toBe('{"id":"2","type":"b"}\n');
    const program = `import { exportEntities, SluiceError } from 'sluice';
      const receipt = await exportEntities({ source: 'in.ndjson' }).toFile('out.zip');
      console.log(receipt.written, SluiceError.name);`;
    await writeFile(join(folder, 'first.mjs'), program);
    expect((await run(process.execPath, ['first.mjs'], { cwd: folder })).stdout).toBe('2 SluiceError\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('it has the declarations of public types, and no others', async () => {
  const declarations = new Set(await readdir(join(bare.folder, 'node_modules/sluice/dist'), { recursive: true }));
  expect(declarations).toContain(join('terms', 'receipt.d.ts'));
  expect(declarations).not.toContain(join('scan', 'kernel-code.d.ts'));
});

test('publint finds nothing', async () => {
  const content = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: content.buffer } });
  expect(messages).toStrictEqual([]);
});

test('types resolve like modules', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  if (!analysis.types) throw new Error('no types were found');
  // ES modules only, which Node 20.19 also loads from CommonJS; resolvers without `exports` are not supported.
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

  async function messages(project: UserProject, entryPoints: readonly string[], one: (typeof cases)[number]) {
    const imports = entryPoints.map((name, index) => `import * as part${index} from '${name}';\nvoid part${index};\n`);
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

  test.each(cases.slice(2))('with $compiler and $resolution, without optional peers', LONG, async (one) => {
    expect(await messages(bare, WITHOUT_PEERS, one)).toBe('');
  });

  // The older compiler takes long for the AWS SDK, so it runs once.
  test.each(cases.toSpliced(1, 1))('with $compiler and $resolution, with all peers', LONG, async (one) => {
    expect(await messages(full, entryPointsOf(full.manifest), one)).toBe('');
  });
});

describe('in a project without the optional peers', () => {
  const program = (name: string) =>
    `import * as part from '${name}';\nif (Object.keys(part).length > 0) console.log('${name}');\n`;
  const log = async (file: string) => (await run(process.execPath, [file], { cwd: bare.folder })).stdout;

  test('every entry point loads, by import and by require', async () => {
    const all = entryPointsOf(bare.manifest);
    await writeFile(join(bare.folder, 'all.mjs'), all.map((name) => `await import('${name}');\n`).join(''));
    expect(await log('all.mjs')).toBe('');
    await writeFile(join(bare.folder, 'all.cjs'), all.map((name) => `require('${name}');\n`).join(''));
    expect(await log('all.cjs')).toBe('');
  });

  test('esbuild bundles every entry point to a program that runs', LONG, async () => {
    const files = await programs();
    const outdir = join(bare.folder, 'out', 'esbuild');
    const entry = { absWorkingDir: bare.folder, entryPoints: [...files] };
    await build({ ...BUNDLING, ...entry, outdir, outExtension: { '.js': '.mjs' } });
    expect(await logOfAll(files.map((file) => `./out/esbuild/${file}`))).toStrictEqual(entryPointsOf(bare.manifest));
  });

  test('webpack bundles every entry point to a program that runs', LONG, async () => {
    const files = await programs();
    expect(await webpacked(bare.folder, files)).toStrictEqual([]);
    expect(await logOfAll(files.map((file) => `./out/webpack/${file}.cjs`))).toStrictEqual(
      entryPointsOf(bare.manifest),
    );
  });

  /** Runs programs one after the other in one process; returns the lines of all. */
  async function logOfAll(paths: readonly string[]): Promise<readonly string[]> {
    await writeFile(join(bare.folder, 'one-by-one.mjs'), paths.map((path) => `await import('${path}');\n`).join(''));
    return (await log('one-by-one.mjs')).split('\n').slice(0, -1);
  }

  /** Writes a program for every entry point, which prints its name; returns the names of the files. */
  async function programs(): Promise<readonly string[]> {
    const files = entryPointsOf(bare.manifest).map(
      (name) => [`${name.replaceAll('/', '-')}.mjs`, program(name)] as const,
    );
    for (const [file, text] of files) await writeFile(join(bare.folder, file), text);
    return files.map(([file]) => file);
  }

  test('a bundle exports, and names a missing peer', async () => {
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

/** How esbuild bundles. CommonJS dependencies call `require` for Node's modules. */
const BUNDLING: BuildOptions = {
  ...{ bundle: true, platform: 'node', logLevel: 'silent' },
  format: 'esm',
  banner: { js: "import * as node from 'node:module';\nconst require = node.createRequire(import.meta.url);" },
};

/** Bundles a program with esbuild, which throws on errors. */
async function bundled(contents: string): Promise<string> {
  const outfile = join(bare.folder, 'out', 'bundle.mjs');
  await build({ ...BUNDLING, stdin: { contents, resolveDir: bare.folder }, outfile });
  return outfile;
}

/** Bundles programs of a project with webpack, one file each; returns the errors. */
function webpacked(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const compiler = webpack({
    ...{ mode: 'development', devtool: false, target: 'node20', context: folder },
    entry: Object.fromEntries(files.map((file) => [file, `./${file}`])),
    output: { path: join(folder, 'out', 'webpack'), filename: '[name].cjs' },
  });
  return new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      if (error || !stats) return reject(error);
      compiler.close(() => resolve(stats.compilation.errors.map(({ message }) => message)));
    });
  });
}
