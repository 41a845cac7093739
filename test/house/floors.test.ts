/** The house: floors, folders and doors, read from the imports of the source. */
import { describe, expect, test } from 'vitest';
import { readSource } from './source-files.js';

const SOURCE = readSource();
const EDGES = [...SOURCE.values()].flatMap(({ path, imports }) =>
  imports.flatMap(({ file, typeOnly }) => (file === undefined ? [] : [{ from: path, to: file, typeOnly }])),
);

/** Doors: above every floor, imported by nobody. */
const DOORS = [
  'index.ts',
  'stages.ts',
  'jobs.ts',
  'jobs-postgres.ts',
  'http.ts',
  'client.ts',
  'metrics.ts',
  'read-postgres.ts',
  'read-rdp.ts',
  'write-s3.ts',
];

/**
 * Folders by floor, a slash for each folder inside: those inside `pipeline` lie below what composes them, and what is
 * inside of these between the two; those inside `jobs` lie above.
 */
const FLOORS: ReadonlyMap<string, number> = new Map([
  ['terms', 0],
  ['options', 0.5],
  ['loop', 0.5],
  ['scan', 1],
  ['remote', 1],
  ['pipeline/', 2],
  ['pipeline//', 2.5],
  ['pipeline', 3],
  ['jobs', 4],
  ['jobs/', 4.5],
  ['http', 5],
  ['client', 5],
  ['cli', 6],
]);

function floorOf(path: string): number | undefined {
  if (DOORS.includes(path)) return 7;
  const [folder, ...rest] = path.split('/');
  for (let depth = rest.length - 1; depth >= 0; depth--) {
    const floor = FLOORS.get(folder + '/'.repeat(depth));
    if (floor !== undefined) return floor;
  }
  return undefined;
}

/** What a file may import freely: its own folder. */
function roomOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

/** Whether two folders are one, or one lies in the other. */
function isNested(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

test('the source was found, and its imports with it', () => {
  expect(SOURCE.size).toBeGreaterThan(50);
  expect(EDGES.length).toBeGreaterThan(SOURCE.size);
  const runExport = SOURCE.get('pipeline/run-export.ts');
  expect(runExport?.imports.map(({ file }) => file)).toContain('pipeline/plan-export.ts');
});

test('every import leads to a file of the source', () => {
  const missing = EDGES.filter(({ to }) => !SOURCE.has(to)).map(({ from, to }) => `${from} -> ${to}`);
  expect(missing).toStrictEqual([]);
});

test('every file lies on a floor', () => {
  expect([...SOURCE.keys()].filter((path) => floorOf(path) === undefined)).toStrictEqual([]);
});

test('imports go down, or stay in their folder', () => {
  const upward = EDGES.filter(({ from, to }) => {
    const [above, below] = [floorOf(from) ?? -1, floorOf(to) ?? 99];
    return above < below || (above === below && !isNested(roomOf(from), roomOf(to)));
  });
  expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toStrictEqual([]);
});

test('no folder of the pipeline imports another one', () => {
  const room = (path: string) => path.match(/^pipeline\/([^/]+)\//)?.[1];
  const sideways = EDGES.filter(({ from, to }) => room(from) && room(to) && room(from) !== room(to));
  expect(sideways.map(({ from, to }) => `${from} -> ${to}`)).toStrictEqual([]);
});

test.each(DOORS)('nobody imports the door %s', (door) => {
  expect(EDGES.filter(({ to }) => to === door).map(({ from }) => from)).toStrictEqual([]);
});

test('no file imports itself round a corner, not even for types', () => {
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

test('the source of the kernel is compiled, never imported', () => {
  const inKernel = (path: string) => path.startsWith('scan/kernel/');
  expect(EDGES.filter(({ from, to }) => inKernel(from) !== inKernel(to))).toStrictEqual([]);
});

test('every file is reached from a door, the command line or the door of the kernel', () => {
  const reached = new Set<string>();
  const walk = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { to } of EDGES.filter(({ from }) => from === path)) walk(to);
  };
  for (const path of [...DOORS, 'cli/main.ts', 'scan/kernel/index.ts']) walk(path);
  expect([...SOURCE.keys()].filter((path) => !reached.has(path))).toStrictEqual([]);
});

describe('pure folders', () => {
  test.each(['terms', 'scan', 'pipeline/accept', 'pipeline/plan', 'pipeline/select', 'pipeline/serialize'])(
    '%s asks nothing of Node but its buffers, and no clock or chance',
    (folder) => {
      const files = [...SOURCE.values()].filter(({ path }) => path.startsWith(`${folder}/`));
      expect(files.length).toBeGreaterThan(0);
      const impure = files.flatMap(({ path, text, imports }) => [
        ...imports
          .filter(({ specifier }) => specifier.startsWith('node:') && specifier !== 'node:buffer')
          .map(({ specifier }) => `${path} imports ${specifier}`),
        ...(
          /\b(Date\.now|performance\.now|Math\.random|process\.\w+|crypto\.\w+|fetch)\b/.exec(text)?.slice(0, 1) ?? []
        ).map((word) => `${path} says ${word}`),
      ]);
      expect(impure).toStrictEqual([]);
    },
  );
});

describe('streams', () => {
  const wires =
    /^(pipeline\/(to-stream|generator-readable)\.ts$|http\/json-body\.ts$|pipeline\/(read|wrap|write)\/|cli\/)/;
  const others = [...SOURCE.values()].filter(({ path }) => !wires.test(path));

  test('are imported, beyond their types, only where they are wired', () => {
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
