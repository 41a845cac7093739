/** Entities of any shape on the command line: --fields, --omit, --where and --strict, and jq's answers where it is there. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execFileSync } from '../run-sync.js';
import { shell, sluice } from './run-sluice.js';

const SHOPS = [
  '{"id":1,"name":"Mall","at":{"lat":44.85466,"lon":-93.24565},"services":["Repair","Trade-In"],"closed":null}',
  '{"id":2,"name":"Park","at":{"lat":33.430729,"lon":-111.899597},"services":[],"opened":"2024-03-01"}',
  '{"id":9007199254740993,"name":"Annex, old","at":{"lat":44.1,"lon":-9e1},"services":["Repair"],"opened":"2019-01-01"}',
];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-any-json-'));
  await writeFile(join(folder, 'shops.ndjson'), `${SHOPS.join('\n')}\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function exported(...flags: readonly string[]) {
  const { code, stdout, stderr } = await sluice(['export', 'shops.ndjson', ...flags], { cwd: folder });
  return { code, lines: stdout.toString().split('\n').slice(0, -1), stderr };
}

describe('export', () => {
  it('keeps the paths of --fields, whose lists add up and take commas as \\,', async () => {
    const { lines } = await exported(
      '--fields',
      'id, at.lat',
      '--fields',
      'first=services.0,a\\,b',
      '--max-records',
      '2',
    );
    expect(lines).toEqual(['{"id":1,"at":{"lat":44.85466},"first":"Repair"}', '{"id":2,"at":{"lat":33.430729}}']);
  });

  it('leaves out the paths of --omit', async () => {
    const { lines } = await exported('--omit', 'at.lon,services,closed,opened');
    expect(lines[2]).toBe('{"id":9007199254740993,"name":"Annex, old","at":{"lat":44.1}}');
  });

  it('keeps the entities that meet each --where, with all digits of numbers', async () => {
    const ids = async (...conditions: readonly string[]) => {
      const { lines } = await exported('--fields', 'id', ...conditions.flatMap((one) => ['--where', one]));
      return lines.map((line) => line.slice(6, -1));
    };
    expect(await ids('at.lat > 44', 'services contains repair')).toEqual(['1', '9007199254740993']);
    expect(await ids('id = 9007199254740993')).toEqual(['9007199254740993']);
    expect(await ids('id = 9007199254740992')).toEqual([]);
    expect(await ids('opened < 2020-01-01')).toEqual(['9007199254740993']);
    expect(await ids('closed is null', 'name in (Mall, "Annex, old")')).toEqual(['1', '9007199254740993']);
  });

  it('keeps the criteria and replaces the fields of --request', async () => {
    const request = { criteria: { fields: { 'at.lat': { gt: 44 } } }, fields: { include: ['name'] } };
    await writeFile(join(folder, 'request.json'), JSON.stringify(request));
    const { lines } = await exported('--request', 'request.json', '--where', 'id < 10', '--fields', 'id');
    expect(lines).toEqual(['{"id":1}']);
  });

  it('explains conditions and paths', async () => {
    const { lines } = await exported('--where', 'at.lat >= 44', '--fields', 'id,n=name', '--omit', 'id.x', '--explain');
    expect(lines).toEqual(
      expect.arrayContaining([
        '- Keep entities where a value at "at.lat" is at least "44".',
        '- Of each write the values at "id", and nothing else.',
        '- Write the value at "name" as "n".',
        '- Leave out what is at "id.x".',
      ]),
    );
  });

  it('refuses paths beside the parts of the platform, and faulty conditions', async () => {
    const both = await exported('--fields', 'id', '--attributes', 'color');
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be given beside "attributes"') });
    const faulty = await exported('--where', 'at.lat => 44');
    expect(faulty).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('column 8: "=>" is not an operator; did you mean ">="?'),
    });
  });

  it('writes the result under --strict, and ends with 3 where something matched nothing', async () => {
    expect(await exported('--strict', '--fields', 'id')).toMatchObject({ code: 0 });
    const misspelt = await exported('--strict', '--fields', 'id,nme');
    expect(misspelt).toMatchObject({ code: 3, lines: ['{"id":1}', '{"id":2}', '{"id":9007199254740993}'] });
    expect(misspelt.stderr).toContain('has the path "nme"');
    expect(await exported('--strict', '--where', 'nme not exists')).toMatchObject({ code: 3, lines: SHOPS });
    expect(await exported('--strict', '--where', 'id > 9007199254740993')).toMatchObject({ code: 3, lines: [] });
    expect(await exported('--strict', '--type', 'shop')).toMatchObject({ code: 3 });
  });
});

const jq = (() => {
  try {
    return execFileSync('jq', ['--version']).toString();
  } catch {
    return undefined;
  }
})();

const SAMPLE = join(import.meta.dirname, '../../../shared/data/stores.json');
const sample = await readFile(SAMPLE, 'utf8').catch(() => undefined);

describe.skipIf(jq === undefined || sample === undefined)('the answers of jq', () => {
  const cases: readonly (readonly [flags: readonly string[], program: string])[] = [
    [['--fields', 'id,location.lat,services'], '.[]|{id,location:{lat:.location.lat},services}'],
    [['--omit', 'services,location.lon'], '.[]|del(.services,.location.lon)'],
    [['--where', 'location.lat >= 45', '--fields', 'id,ort=city'], '.[]|select(.location.lat>=45)|{id,ort:.city}'],
    [['--where', 'state in (MN, WI)'], '.[]|select(.state|IN("MN","WI"))'],
    [['--where', 'address2 != ""', '--where', 'id < 500'], '.[]|select(.address2!="" and .id<500)'],
    [
      ['--where', 'services = "Apple Shop"', '--fields', 'services.0'],
      '.[]|select(any(.services[]; .=="Apple Shop"))|{services:[.services[0]]}',
    ],
  ];
  it.each(cases)('are equal to those of %j', async (flags, program) => {
    const { stdout } = await sluice(['export', SAMPLE, '--format', 'ndjson', ...flags]);
    const wanted = execFileSync('jq', ['-c', program, SAMPLE], { maxBuffer: 1e8 }).toString();
    expect(stdout.toString()).toBe(wanted);
  });
});

describe('a command that a message or inspect proposes', () => {
  /** The flags of the proposal, as the shell takes them. */
  const proposed = (text: string) => /--input sequence --unwrap \S+ --explode \S+(?=\))/.exec(text)?.[0] ?? text;

  it.each(['items', 'items.*'])('reads several documents with --path %s', async (path) => {
    await writeFile(join(folder, 'two.json'), '{"items":[{"id":1}]}{"items":[{"id":2},{"id":3}]}');
    const { code, stderr } = await sluice(['export', 'two.json', '--path', path, '-o', 'one.ndjson'], { cwd: folder });
    expect(code).toBe(4);
    const flags = proposed(stderr).split(' ');
    await sluice(['export', 'two.json', ...flags, '-o', 'all.ndjson'], { cwd: folder });
    expect(await readFile(join(folder, 'all.ndjson'), 'utf8')).toBe('{"id":1}\n{"id":2}\n{"id":3}\n');
  });

  it('reads objects on one line behind one of a megabyte', async () => {
    const content = `{"id":1,"a":"${'x'.repeat(1 << 20)}"}{"id":2}`;
    await writeFile(join(folder, 'long.json'), content);
    const { stderr } = await sluice(['export', 'long.json', '--format', 'ndjson'], { cwd: folder });
    expect(stderr).toContain('--input sequence');
  });

  it.each([
    ['with an empty name in its path', 'a.json', '{"":{"items":[{"id":1},{"id":2}]}}'],
    ['only with an empty name in its path', 'a.json', '{"":[{"id":1,"x":"lengthy"},{"id":2}]}'],
    ['whose name looks like a flag', '-a.ndjson', '{"id":1}\n{"id":2}\n'],
    ['whose name needs quotes', "it's $HOME.ndjson", '{"id":1}\n{"id":2}\n'],
  ])('exports a file %s', async (_what, name, content) => {
    await writeFile(join(folder, name), content);
    const { stdout } = await sluice(['inspect', '--json', '--', name], { cwd: folder });
    const command: string = JSON.parse(stdout.toString()).export;
    expect(await shell(command, { cwd: folder })).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, 'out.ndjson'), 'utf8')).split('\n')).toHaveLength(3);
  });

  it('writes to a name that no file has', async () => {
    await writeFile(join(folder, 'out.ndjson'), '{"id":1}\n{"id":2}\n');
    await symlink('nowhere', join(folder, 'out-2.ndjson'));
    const { stdout } = await sluice(['inspect', 'out.ndjson'], { cwd: folder });
    const command = stdout.toString().trimEnd().split('\n').at(-1) ?? '';
    expect(command).toBe('sluice export out.ndjson -o out-3.ndjson');
    expect(await shell(command, { cwd: folder })).toMatchObject({ code: 0 });
  });
});
