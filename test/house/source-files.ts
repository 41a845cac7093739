/** For tests: the source as text, with its imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One import of a source file. */
export interface Import {
  /** As written: `./x.js`, `node:buffer`, `leven`. */
  readonly specifier: string;
  /** The imported file of TypeScript, from `src/`; undefined for packages and modules of Node. */
  readonly file?: string;
  /** Whether only types are imported, which leaves nothing at run time. */
  readonly typeOnly: boolean;
}

/** One file of the source. */
export interface SourceFile {
  /** From `src/`, with slashes: `request/plan/make-plan.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

/** Reads a text file of the package. */
export function readPackageFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** `import … from '…'`, `export … from '…'`, `import '…'`, and `import('…')` in values and types. */
const STATEMENT = /^[ \t]*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s+)?'([^']+)'/gm;
const CALL = /\bimport\(\s*'([^']+)'/g;

/** The file that an import names. */
function fileOf(path: string, specifier: string): string {
  const name = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '');
  return `${name}.${existsSync(join(ROOT, 'src', `${name}.tsx`)) ? 'tsx' : 'ts'}`;
}

/** Imports name JavaScript files, or in the kernel's language files without a suffix. */
function importsOf(path: string, text: string): readonly Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const toImport = (specifier: string, typeOnly: boolean): Import => ({
    specifier,
    typeOnly,
    ...(specifier.startsWith('.') && !specifier.endsWith('.css') ? { file: fileOf(path, specifier) } : {}),
  });
  return [
    ...[...code.matchAll(STATEMENT)].map(([, , type, specifier]) => toImport(specifier, type !== undefined)),
    ...[...code.matchAll(CALL)].map(([, specifier]) => toImport(specifier, false)),
  ];
}

/** Reads every source file; returns them by path. */
export function readSource(): ReadonlyMap<string, SourceFile> {
  const paths = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => path.split(sep).join('/'))
    .sort();
  return new Map(
    paths.map((path) => {
      const text = readPackageFile(join('src', path));
      const lines = text.split('\n').length - 1;
      return [path, { path, text, lines, imports: importsOf(path, text) }];
    }),
  );
}
