/** Removes the declarations in dist that no entry point leads to: most modules are not part of the public types. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Specifiers of other modules of the package in a declaration: `from './x.js'`, `import('./x.js')`. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g;

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const reached = new Set(
  Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(ROOT, types)])),
);
// A set also yields what is added on the way.
for (const path of reached) {
  for (const [, module] of readFileSync(path, 'utf8').matchAll(IMPORTED))
    reached.add(join(dirname(path), `${module}.d.ts`));
}
for (const name of readdirSync(join(ROOT, 'dist'), { recursive: true })) {
  const path = join(ROOT, 'dist', name);
  if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
}
