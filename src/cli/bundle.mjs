/**
 * Makes the files of the command in dist/cli: the entry point, and one file for each command, which loads all it always
 * needs at once. Node spends more time on finding many small modules than on a small export. For the same reason, the
 * entry points of the library in dist are joined from its modules.
 */
import { Buffer, isAscii } from 'node:buffer';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Small packages that commands need at once; all others are loaded from node_modules when they are needed. */
const BUNDLED = ['commander', 'csv-stringify', 'leven', 'yauzl', 'yazl', 'buffer-crc32', 'pend'];

/** Modules that are loaded at the first use of one of these members. */
const LATE = {
  // Commander imports it for commands in programs of their own, of which sluice has none.
  'node:child_process': ['spawn'],
  'node:crypto': ['createHash', 'createHmac', 'hash', 'randomBytes', 'randomInt', 'randomUUID', 'timingSafeEqual'],
  'node:net': ['BlockList', 'Socket', 'connect', 'createConnection', 'createServer', 'isIP', 'isIPv6'],
  'node:timers/promises': ['setTimeout'],
  'node:tty': ['isatty'],
  'node:v8': ['getHeapSpaceStatistics', 'getHeapStatistics', 'setFlagsFromString'],
  'node:worker_threads': ['Worker', 'parentPort'],
  'node:zlib': [
    'constants',
    'crc32',
    'createBrotliDecompress',
    'createGunzip',
    'createInflate',
    'createInflateRaw',
    'deflateRaw',
    'gzip',
    'inflateRawSync',
  ],
  yauzl: ['RandomAccessReader', 'fromRandomAccessReader'],
  yazl: ['ZipFile'],
  // Its class extends one of yauzl.
  './archive-reader.js': ['ArchiveReader'],
};

const options = {
  absWorkingDir: ROOT,
  outbase: 'src/cli',
  outdir: 'dist/cli',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // As ES modules, Node would wrap each of its own modules that they import, which takes a fifth of the start.
  format: 'cjs',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [
    { name: 'late', setup: loadLate },
    { name: 'outside', setup: leaveOutside },
    { name: 'worker', setup: placeWorker },
    { name: 'console', setup: placeConsole },
  ],
  logLevel: 'warning',
};
const starts = readdirSync(`${ROOT}src/cli/start`).map((name) => `src/cli/start/${name}`);
const [{ metafile }] = await Promise.all([
  build({ ...options, entryPoints: starts, metafile: true }),
  build({ ...options, entryPoints: ['src/cli/main.ts'] }),
  // The program of threads, for the library and the command.
  build({
    ...{ ...options, outbase: undefined, outdir: undefined },
    entryPoints: ['src/sections/worker.ts'],
    outfile: 'dist/sections/worker.cjs',
  }),
  // Entry points share what is in chunks beside them: there is one class of errors, and one of each memory.
  build({
    absWorkingDir: ROOT,
    entryPoints: entryPoints(),
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    legalComments: 'none',
    plugins: [{ name: 'places', setup: placeInLibrary }],
    logLevel: 'warning',
  }),
]);
for (const [name, { imports }] of Object.entries(metafile.outputs)) {
  refuseUnknownMembers(ROOT + name);
  importByEntryPoint(ROOT + name, imports);
}
writeFileSync(`${ROOT}dist/cli/package.json`, '{ "type": "commonjs" }\n');

/** Refuses members of late modules that are not listed: they would be undefined. */
function refuseUnknownMembers(path) {
  const lists = Object.entries(LATE).map(([name, list]) => {
    // The bundler appends a number where a name is taken.
    const variable = new RegExp(`^${name.replace(/^\.\/|\.js$/g, '').replaceAll(/\W/g, '_')}\\d*$`);
    return [variable, list];
  });
  for (const [, module, member] of readFileSync(path, 'utf8').matchAll(/\bimport_(\w+)\.(\w+)/g)) {
    const [, list] = lists.find(([variable]) => variable.test(module)) ?? [];
    if (list?.includes(member) === false) throw new Error(`${path}: list ${member} of ${module}`);
  }
}

/**
 * Lets the entry point import for the file of a command: it runs the file as a script with compiled code, and scripts
 * cannot import. Loaded otherwise, the file imports by itself.
 */
function importByEntryPoint(path, imports) {
  let found = 0;
  const text = readFileSync(path, 'utf8').replaceAll(/(?<![\w.$])import\("([^"]+)"\)/g, (_, name) => {
    found++;
    return `importPackage("${name}")`;
  });
  const expected = imports.filter(({ kind }) => kind === 'dynamic-import').length;
  if (found !== expected) throw new Error(`${path} has ${found} imports, not ${expected}`);
  const head = 'const importPackage=module.importPackage??(name=>import(name));';
  const made = text.replace('"use strict";', `"use strict";${head}`);
  // The entry point reads it as ASCII.
  if (!made.includes(head) || !isAscii(Buffer.from(made))) throw new Error(`${path} cannot run as a script`);
  writeFileSync(path, made);
}

/** Loads modules that few runs need at the first use of one of their members. */
function loadLate({ onResolve, onLoad }) {
  onResolve({ filter: /./ }, ({ path, namespace, importer }) => {
    // What these packages load, they load when they are loaded themselves.
    if (!Object.hasOwn(LATE, path) || namespace === 'late' || /[\\/](yazl|yauzl)[\\/]/.test(importer)) return undefined;
    return { path, namespace: 'late' };
  });
  onLoad({ filter: /./, namespace: 'late' }, ({ path }) => {
    // The first use replaces the getter: what `require` needs to find a module again is more than many a use takes.
    const getters = LATE[path].map((name) => `get ${name}() { return found('${name}', require('${path}').${name}); }`);
    return {
      contents: `
        function found(name, value) {
          Object.defineProperty(module.exports, name, { value });
          return value;
        }
        module.exports = { ${getters.join(', ')} };`,
      loader: 'ts',
      resolveDir: `${ROOT}src/sources`,
    };
  });
}

/** Leaves packages out of the files. */
function leaveOutside({ onResolve }) {
  onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
    if (kind === 'entry-point' || BUNDLED.includes(path.split('/')[0])) return undefined;
    return { path, external: true };
  });
}

/** The modules behind the package's entry points. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  return Object.values(exports).flatMap(({ default: path }) =>
    path === undefined ? [] : [path.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')],
  );
}

/** The modules that say where files of the package are: in dist itself, they are elsewhere than these. */
function placeInLibrary({ onLoad }) {
  onLoad({ filter: /[\\/]sections[\\/]worker-file\.ts$/ }, () => ({
    contents: `export const workerFile = () => new URL('./sections/worker.cjs', import.meta.url);`,
  }));
  const contents = `
    import { dirname, join } from 'node:path';
    import { fileURLToPath, pathToFileURL } from 'node:url';
    export const consoleFolder = () => pathToFileURL(join(dirname(fileURLToPath(import.meta.url)), 'console/'));`;
  onLoad({ filter: /[\\/]http[\\/]console-folder\.ts$/ }, () => ({ contents }));
}

/** A file of a command is elsewhere than the module that says where the program of threads is, and has no `import.meta`. */
function placeWorker({ onLoad }) {
  const contents = `
    import { join } from 'node:path';
    export const workerFile = () => join(__dirname, '../../sections/worker.cjs');`;
  onLoad({ filter: /[\\/]sections[\\/]worker-file\.ts$/ }, () => ({ contents, loader: 'js' }));
}

/** Likewise the folder of the console. */
function placeConsole({ onLoad }) {
  const contents = `
    import { join } from 'node:path';
    import { pathToFileURL } from 'node:url';
    export const consoleFolder = () => pathToFileURL(join(__dirname, '../../console/'));`;
  onLoad({ filter: /[\\/]http[\\/]console-folder\.ts$/ }, () => ({ contents, loader: 'js' }));
}

// The licences of the packages inside ask for their texts.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
);
const licences = [...packages].sort().map((folder) => {
  const file = readdirSync(ROOT + folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence text`);
  const { name, version } = JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8'));
  return `${name} ${version}\n\n${readFileSync(`${ROOT}${folder}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync(`${ROOT}dist/cli/LICENSES.txt`, licences.join(`\n${'-'.repeat(80)}\n\n`));
