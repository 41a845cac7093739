/** For tests: the package as users get it, unpacked into the node_modules of a project. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../house/source-files.js';

const run = promisify(execFile);

export interface UserProject {
  readonly folder: string;
  /** The package.json of the tarball. */
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly scripts: Readonly<Record<string, string>>;
}

/** Packs the package, which must be built, into a folder. */
export async function packInto(folder: string): Promise<string> {
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: ROOT });
  return join(folder, stdout.trim());
}

/**
 * Makes a project that has only the package, its dependencies and the packages named.
 * @param beside packages that the user has also installed
 */
export async function userProject(tarball: string, beside: readonly string[]): Promise<UserProject> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-user-'));
  const unpacked = join(folder, 'node_modules', 'sluice');
  await mkdir(unpacked, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
  const manifest: Manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
  await linkPackages(folder, [...Object.keys(manifest.dependencies), ...beside]);
  return { folder, manifest };
}

/** Makes a folder a project that has these packages of this repository. */
export async function linkPackages(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, 'node_modules', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), path, 'junction');
  }
  await writeFile(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
}

/** The entry points of the package, as they are imported. */
export function entryPointsOf({ exports }: Manifest): readonly string[] {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => `sluice${path.slice(1)}`);
}
