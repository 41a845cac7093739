/** For tests: a program over the built library, in one file: Node loads it in half the time, and some start a hundred times. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './house/source-files.js';

/** Here its packages are found; no tool reads the folder. */
const FOLDER = join(ROOT, 'node_modules/.cache/sluice-tests');

const bundled = new Map<string, Promise<string>>();

/** Bundles a program, once in a process of tests; returns the file to start. */
export function bundledProgram(program: string): Promise<string> {
  const file = bundled.get(program) ?? bundle(program);
  bundled.set(program, file);
  return file;
}

async function bundle(program: string): Promise<string> {
  const {
    outputFiles: [{ contents }],
  } = await build({
    ...{ entryPoints: [program], bundle: true, write: false, packages: 'external' },
    ...{ platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning' },
  });
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, relative(ROOT, program).replaceAll(sep, '-'));
  // Another process of tests may be starting the same program.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, file);
  return file;
}
