/** Exports that are cut inside of what they read: sequences, and paths through arrays and objects. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutting, NOTHING, type Planned } from './cut-slices.js';

let folder = '';
const { attempt, cutEvery } = cutting(() => folder);

/** Larger than a read, so that reads end inside of entities, and entities inside of reads. */
const entity = (number: number) => `{"id":"e${number}",\n "text":"${'x'.repeat((number * 7919) % 40_000)}"}`;
const ENTITIES = Array.from({ length: 120 }, (_, number) => entity(number));
const HUGE = `{"id":"huge","text":"${'y'.repeat(1_000_000)}"}`;
const ALL = [...ENTITIES.slice(0, 60), HUGE, ...ENTITIES.slice(60)];

/** Groups of a few entities each, some empty or lacking. */
const groups = () =>
  Array.from({ length: 41 }, (_, number) => ALL.slice(number * 3, number * 3 + 3)).map((some, number) =>
    number % 7 === 0 ? [some.join(','), `],"after":{"deep":[1,[2]]}}`] : [some.join(','), ']}'],
  );

const SHAPES: Readonly<Record<string, readonly [content: string, options: Planned]>> = {
  'a sequence': [ALL.join('\n\n'), { input: 'sequence' }],
  'a sequence without white space': [ALL.join(''), { input: 'sequence' }],
  'a sequence with record separators': [ALL.map((one) => `\u001e${one}\n`).join(''), { input: 'sequence' }],
  'a sequence with commas in brackets': [`[\n${ALL.join(',\n')}\n]`, { input: 'sequence' }],
  'elements of arrays in an array': [
    `{"r":[${groups()
      .map(([some, end]) => `{"n":1,"items":[${some}${end}`)
      .join(',')},{"items":null},{}]}`,
    { path: 'r.*.items.*' },
  ],
  'elements of arrays in an object': [
    `{"a":[9],"r":{${groups()
      .map(([some, end], number) => `"k${number}":{"items":[${some}${end}`)
      .join(',')}},"z":[{}]}`,
    { path: 'r.*.items.*' },
  ],
  'members of an object with their keys': [
    `{"rows":{${ALL.map((one, number) => `"k\\u00e9${number}":${one}`).join(',')}}}`,
    { path: 'rows.*', idFromKey: true, idField: 'key' },
  ],
  'objects in elements': [
    `{"rows":[${ALL.map((one) => `{"value":{"rev":"1"},"doc":${one}}`).join(',')}]}`,
    { path: 'rows.*.doc', keep: ['rev=value.rev'] },
  ],
  'elements of an array in each record': [
    `{"orders":[${groups()
      .map(([some, end], number) => `{"no":${number},"lines":[${some}${end}`)
      .join(',')}]}`,
    { path: 'orders', explode: 'lines', keep: ['no'] },
  ],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-resumed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(Object.entries(SHAPES))(
  '%s: a run cut after every read makes the bytes of a whole one',
  async (name, [content, options]) => {
    const file = `${name.replaceAll(' ', '-')}.json`;
    await writeFile(join(folder, file), content);
    const plan = { format: 'ndjson', pack: 'none', id: 'x', ...options } as const;
    const whole = await attempt([file], plan, NOTHING, Number.POSITIVE_INFINITY);
    const cut = await cutEvery([file], plan, 1);
    expect(cut.output.equals(whole.output)).toBe(true);
    expect(cut.cuts).toBeGreaterThan(3);
    expect(whole.output.toString().match(/"id":"(e\d+|huge)"/g)).toHaveLength(ALL.length);
    const { read, written, filtered, added, notes, files } = whole.receipt ?? {};
    expect(cut.receipt).toMatchObject({ read, written, filtered, files, notes });
    expect(cut.receipt?.added).toBe(added);
  },
);
