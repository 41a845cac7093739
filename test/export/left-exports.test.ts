/** Tables and workbooks that another process finishes, and processes that are killed over them and over other results. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { files } from '../../src/sources/files.js';
import { bundledProgram } from '../bundled-program.js';
import { spawnSync } from '../run-sync.js';
import { failureOf } from '../sources/outcome.js';
import { attemptsIn, failingAt, LINES, withFaults } from './resumable-attempts.js';

let folder = '';
const { at, attempt, uninterrupted } = attemptsIn(() => folder);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-left-'));
  await writeFile(at('in.ndjson'), LINES.join(''));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the rows of a table', () => {
  const rows = async () => (await readdir(folder)).filter((file) => file.endsWith('.rows'));

  beforeEach(async () => {
    await failureOf(attempt('out.csv', { source: failingAt(files(at('in.ndjson')), 10) }));
  });

  test('lie in a hidden file beside the result, and nothing has its name', async () => {
    expect(await rows()).toHaveLength(1);
    expect(await readdir(folder)).not.toContain('out.csv');
    await attempt('out.csv');
    expect((await readdir(folder)).sort()).toStrictEqual(['in.ndjson', 'out.csv']);
  });

  test.each<[string, (content: Buffer) => Buffer | undefined]>([
    ['were changed', (content) => Buffer.concat([content.subarray(0, 99), Buffer.from('?'), content.subarray(100)])],
    ['were truncated', (content) => content.subarray(0, 99)],
    ['are gone', () => undefined],
  ])('that %s are refused, with the file to remove', async (_what, damage) => {
    const [name] = await rows();
    const content = damage(await readFile(at(name)));
    if (content) await writeFile(at(name), content);
    else await rm(at(name));
    const error = await failureOf(attempt('out.csv'));
    expect(error).toMatchObject({ code: 'VERIFY_FAILED' });
    expect(error.message).toContain('to start again, remove');
    expect(await readdir(folder)).not.toContain('out.csv');
  });

  test('a checkpoint of which a byte was changed is refused', async () => {
    const state = (await readdir(folder)).find((file) => file.endsWith('.json')) ?? '';
    const content = await readFile(at(state), 'utf8');
    await writeFile(at(state), content.replace('"records":', '"records":1'));
    expect(await failureOf(attempt('out.csv'))).toMatchObject({ code: 'VERIFY_FAILED' });
  });

  test('of an export that starts again are made anew', async () => {
    const state = (await readdir(folder)).find((file) => file.endsWith('.json')) ?? '';
    await rm(at(state));
    await attempt('out.csv');
    expect(await readFile(at('out.csv'), 'utf8')).toBe(await uninterrupted('out.csv').then(String));
  });
});

/** What a process is killed over: the content of its input, and the options of its plan. */
const KILLED: readonly (readonly [string, string, string, PlanOptions])[] = [
  ['several files in a zip', 'out.zip', LINES.join(''), { batchSize: 3000 }],
  ['a sequence', 'out.ndjson', LINES.map((line) => line.replaceAll(',', ',\n ')).join('\n'), { input: 'sequence' }],
  [
    'a path through elements',
    'out.ndjson',
    `{"type":"bundle","entry":[${LINES.map((line) => `{"url":"u","resource":${line.trim()}}`).join(',\n')}],"end":[1]}`,
    { path: 'entry.*.resource' },
  ],
  ['lines of which some are faulty', 'out.ndjson.gz', LINES.map(withFaults).join(''), { onError: 'skip' }],
  ['an envelope', 'out.json', LINES.join(''), { pack: 'envelope' }],
  ['a file for each value', 'out.zip', LINES.join(''), { splitBy: 'type' }],
  ['a table', 'out.csv', LINES.map(withFaults).map(withColumns).join(''), { onError: 'skip' }],
  ['a workbook', 'out.xlsx', LINES.map(withColumns).join(''), {}],
];

/** Every thousandth line brings a column. */
function withColumns(line: string, index: number): string {
  return index % 1000 === 0 ? line.replace('}', `,"c${index}":1}`) : line;
}

test.each(KILLED)(
  'a process that is killed again and again leaves what the next one continues: %s',
  async (...kind) => {
    const [, name, content, options] = kind;
    await writeFile(at('in.ndjson'), content);
    const program = await bundledProgram(fileURLToPath(new URL('./killed-export.mjs', import.meta.url)));
    const ends: (string | number | null)[] = [];
    for (let reads = 10; ends.at(-1) !== 0 && ends.length < 30; reads += 18) {
      const args = [program, at('in.ndjson'), at(name), String(reads), JSON.stringify(options)];
      const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stderr).toBe('');
      ends.push(signal ?? status);
    }
    expect(ends).toContain('SIGKILL');
    expect(ends.at(-1)).toBe(0);
    const whole = await uninterrupted(name, options);
    expect((await readFile(at(name))).equals(whole)).toBe(true);
    expect((await readdir(folder)).filter((file) => file.startsWith('.'))).toStrictEqual([]);
    if (options.onError !== 'skip') return;
    const rejects = (await readFile(at(`${name}.rejects`), 'utf8')).trim().split('\n');
    const indexes = rejects.map((line): unknown => JSON.parse(line).recordIndex);
    expect(indexes).toStrictEqual(LINES.flatMap((_, index) => (index % 7 === 0 ? [index] : [])));
  },
);
