/** Floors, folders and entry points, checked against the imports of the source. */
import { describe, expect, test } from 'vitest';
import { readPackageFile, readSource } from './source-files.js';

const SOURCE = readSource();
const EDGES = [...SOURCE.values()].flatMap(({ path, imports }) =>
  imports.flatMap(({ file, typeOnly }) => (file === undefined ? [] : [{ from: path, to: file, typeOnly }])),
);

/** Entry points: above all floors, imported by no file. */
const ENTRY_POINTS = [
  'index.ts',
  'stages.ts',
  'jobs.ts',
  'jobs-postgres.ts',
  'http.ts',
  'http-oidc.ts',
  'client.ts',
  'metrics.ts',
  'read-postgres.ts',
  'read-rdp.ts',
  'read-s3.ts',
  'write-s3.ts',
  'testing.ts',
];

/** The steps of an export, which do not import one another; `export` composes them. */
const STEPS = ['request', 'sources', 'select', 'encode', 'pack', 'unpack', 'destinations'];

/** Floors by folder, with a slash for each nested level. */
const FLOORS: ReadonlyMap<string, number> = new Map([
  ['terms', 0],
  ['values', 0.3],
  ['options', 0.5],
  ['loop', 0.5],
  ['zstd', 0.5],
  ['scan', 1],
  ['remote', 1],
  ['shape', 1.5],
  ['temporary-files', 1],
  ['generate', 1],
  ['request/', 2],
  ['sources', 2],
  ['sources/', 2.5],
  ['places', 2.8],
  ['select', 2],
  ['encode', 2],
  ['encode/', 2.5],
  ['pack', 2],
  ['pack/', 1],
  ['unpack', 2],
  ['destinations', 2],
  ['destinations/', 2.5],
  ['sections', 2.9],
  ['delta', 2.9],
  ['export', 3],
  ['verify', 3.5],
  ['results', 3.5],
  ['schedules', 3.5],
  ['webhooks', 3.5],
  ['jobs', 4],
  ['jobs/', 4.5],
  ['http', 5],
  ['http/', 5],
  ['client', 5],
  ['testing', 5],
  ['console', 5],
  ['cli', 6],
  ['cli/', 6],
]);

function floorOf(path: string): number | undefined {
  if (ENTRY_POINTS.includes(path)) return 7;
  const [folder, ...rest] = path.split('/');
  for (let depth = rest.length - 1; depth >= 0; depth--) {
    const floor = FLOORS.get(folder + '/'.repeat(depth));
    if (floor !== undefined) return floor;
  }
  return undefined;
}

/** Whether a file is AssemblyScript, which `npm run kernel` compiles. */
function isCompiled(path: string): boolean {
  return path.startsWith('scan/kernel/') || path.startsWith('pack/deflater/');
}

/** The folder of a file, from which it may import freely. */
function roomOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

/** Whether two folders are equal, or one is inside the other. */
function isNested(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

test('the source and its imports are found', () => {
  expect(SOURCE.size).toBeGreaterThan(50);
  expect(EDGES.length).toBeGreaterThan(SOURCE.size);
  const runExport = SOURCE.get('export/run-export.ts');
  expect(runExport?.imports.map(({ file }) => file)).toContain('export/plan-export.ts');
});

test('every import leads to a file of the source', () => {
  const missing = EDGES.filter(({ to }) => !SOURCE.has(to)).map(({ from, to }) => `${from} -> ${to}`);
  expect(missing).toStrictEqual([]);
});

test('every file has a floor', () => {
  expect([...SOURCE.keys()].filter((path) => floorOf(path) === undefined)).toStrictEqual([]);
});

test('imports go down, or stay in their folder', () => {
  const upward = EDGES.filter(({ from, to }) => {
    const [above, below] = [floorOf(from) ?? -1, floorOf(to) ?? 99];
    return above < below || (above === below && !isNested(roomOf(from), roomOf(to)));
  });
  expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toStrictEqual([]);
});

test('no step of an export imports another one', () => {
  const step = (path: string) => STEPS.find((name) => path.startsWith(`${name}/`));
  const sideways = EDGES.filter(({ from, to }) => step(from) && step(to) && step(from) !== step(to));
  expect(sideways.map(({ from, to }) => `${from} -> ${to}`)).toStrictEqual([]);
});

test('no folder holds more than 15 % of the code', () => {
  const all = [...SOURCE.values()].filter(({ path }) => !isCompiled(path));
  const linesOf = (files: typeof all) => files.reduce((sum, { lines }) => sum + lines, 0);
  const rooms = new Set(all.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0]));
  const shares = [...rooms].map((room) => ({
    room,
    percent: Math.round((100 * linesOf(all.filter(({ path }) => path.startsWith(`${room}/`)))) / linesOf(all)),
  }));
  expect(shares.filter(({ percent }) => percent > 15)).toStrictEqual([]);
});

test('docs/architecture.md lists exactly the folders', () => {
  const listed = [...readPackageFile('docs/architecture.md').matchAll(/^src\/(\S+)\/ +\S/gm)].map(
    ([, folder]) => folder,
  );
  const folders = new Set(
    [...SOURCE.keys()].filter((path) => path.includes('/')).map((path) => path.split('/').slice(0, -1).join('/')),
  );
  expect(listed.toSorted()).toStrictEqual([...folders].toSorted());
});

test.each(ENTRY_POINTS)('no file imports the entry point %s', (entryPoint) => {
  expect(EDGES.filter(({ to }) => to === entryPoint).map(({ from }) => from)).toStrictEqual([]);
});

test('imports have no cycles, not even for types', () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of EDGES) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) cycles.push([...way.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const to of next.get(path) ?? []) walk(to, [...way, path]);
    done.add(path);
  };
  for (const path of SOURCE.keys()) walk(path, []);
  expect(cycles).toStrictEqual([]);
});

test('the console, which runs in a browser, and the library do not import each other', () => {
  const isConsole = (path: string) => path.startsWith('console/');
  expect(EDGES.filter(({ from, to }) => isConsole(from) !== isConsole(to))).toStrictEqual([]);
});

test('what is compiled to WebAssembly is never imported', () => {
  expect(EDGES.filter(({ from, to }) => isCompiled(from) !== isCompiled(to))).toStrictEqual([]);
});

test('every file is reached from an entry point, the command line, the console, a thread or WebAssembly', () => {
  const reached = new Set<string>();
  const walk = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { to } of EDGES.filter(({ from }) => from === path)) walk(to);
  };
  const programs = [
    'cli/main.ts',
    ...[...SOURCE.keys()].filter((path) => path.startsWith('cli/start/')),
    'console/main.tsx',
    'sections/worker.ts',
    'scan/kernel/index.ts',
    'pack/deflater/index.ts',
  ];
  for (const path of [...ENTRY_POINTS, ...programs]) walk(path);
  expect([...SOURCE.keys()].filter((path) => !reached.has(path))).toStrictEqual([]);
});

describe('pure folders', () => {
  test.each(['terms', 'values', 'scan', 'request', 'select', 'encode'])(
    '%s uses no module of Node but buffers, no clock and no randomness',
    (folder) => {
      const files = [...SOURCE.values()].filter(({ path }) => path.startsWith(`${folder}/`));
      expect(files.length).toBeGreaterThan(0);
      const impure = files.flatMap(({ path, text, imports }) => [
        ...imports
          .filter(({ specifier }) => specifier.startsWith('node:') && specifier !== 'node:buffer')
          .map(({ specifier }) => `${path} imports ${specifier}`),
        ...(
          /\b(Date\.now|performance\.now|Math\.random|process\.\w+|crypto\.\w+|fetch)\b/.exec(text)?.slice(0, 1) ?? []
        ).map((word) => `${path} uses ${word}`),
      ]);
      expect(impure).toStrictEqual([]);
    },
  );
});

describe('streams', () => {
  const wires =
    /^(export\/(to-stream|generator-readable)\.ts$|http\/json-body\.ts$|(sources|pack|unpack|destinations|temporary-files)\/|cli\/)/;
  const others = [...SOURCE.values()].filter(({ path }) => !wires.test(path));

  test('are imported, except for types, only where they are connected', () => {
    const importing = others.filter(({ imports }) =>
      imports.some(({ specifier, typeOnly }) => /^(node:)?stream(\/|$)/.test(specifier) && !typeOnly),
    );
    expect(importing.map(({ path }) => path)).toStrictEqual([]);
  });

  test('are connected only there', () => {
    const connecting = others.filter(({ text }) =>
      /\.pipe\(|\bpipeline\(/.test(text.replace(/^\s*(\*|\/\*|\/\/).*$/gm, '')),
    );
    expect(connecting.map(({ path }) => path)).toStrictEqual([]);
  });
});
