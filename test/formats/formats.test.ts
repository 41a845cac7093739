/** Exports of other systems, with their oddities: sluice's answers are those of jq, where jq is installed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parseWhere } from '../../src/cli/where.js';
import type { ExportOptions } from '../../src/export/export-options.js';
import { bytes } from '../../src/sources/bytes.js';
import { inspectSource } from '../../src/verify/inspect-source.js';
import { execFileSync, spawnSync } from '../run-sync.js';
import { exported } from '../sources/outcome.js';
import { FORMATS, type Format, type Question } from './formats.js';

const FILES = join(import.meta.dirname, 'files');

const HAS_JQ = spawnSync('jq', ['--version']).error === undefined;
if (!HAS_JQ) console.info('not installed: jq; the comparisons with its answers are skipped');

/** The text of a file, as jq reads it. */
function textOf({ file }: Format): string {
  const bytes = readFileSync(join(FILES, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.replace(/^\ufeff/, '').replaceAll('\x1e', '');
}

/** What sluice answers. */
async function answer(
  { file, options }: Format,
  { where, fields }: Omit<Question, 'jq'>,
  format: 'ndjson' | 'dsv' = 'ndjson',
): Promise<string> {
  const condition = where === undefined ? undefined : parseWhere(where);
  const criteria = condition && { fields: { [condition.path]: condition.condition } };
  const include = fields?.split(',');
  const { output, error } = await exported({
    source: join(FILES, file),
    ...options,
    format,
    request: { criteria, fields: include && { include } },
  });
  expect(error).toBeUndefined();
  return output.toString();
}

/** The answer of jq to a question. */
function judged({ entities, slurp, ...format }: Format, step: string): string {
  const flags = slurp ? ['-cs'] : ['-c'];
  return execFileSync('jq', [...flags, `${entities} | ${step}`], { input: textOf({ entities, ...format }) }).toString();
}

/** The values of lines, as text with the order of members: jq and this have the same numbers, those of doubles. */
function values(lines: string): readonly string[] {
  const all = lines.split('\n').filter((line) => line !== '');
  return all.map((line) => JSON.stringify(JSON.parse(line)));
}

/** A cell with the fraction or exponent of its number as jq writes it. */
function canonical(cell: string): string {
  return /^-?\d+(?=[.e])(\.\d+)?(e[+-]?\d+)?$/i.test(cell) ? String(Number(cell)) : cell;
}

describe('the formats', () => {
  it('have a file each, and all files are used', () => {
    const used = new Set(Object.values(FORMATS).map(({ file }) => file));
    const others = ['items-part.json', 'ol_dump.txt.gz'];
    expect(readdirSync(FILES)).toEqual([...used, ...others].toSorted());
  });
});

const ALL = Object.entries(FORMATS);

it.each(ALL.filter(([, { isMade }]) => !isMade))(
  'the text of every entity of %s stays: digits, escapes, white space',
  async (_, format) => {
    const input = textOf(format).replaceAll(/[\r\n]/g, '');
    const lines = (await answer(format, {})).trimEnd().split('\n');
    for (const line of lines) expect(input).toContain(line);
  },
);

it.each(ALL.filter(([, { file }]) => file !== 'changes.json'))(
  'the options that an inspection of %s suggests export its entities',
  async (_, format) => {
    const { suggested } = await inspectSource(join(FILES, format.file));
    expect(suggested).toEqual(format.suggested ?? format.options);
    const { error, receipt } = await exported({ source: join(FILES, format.file), ...suggested, format: 'ndjson' });
    expect(error).toBeUndefined();
    expect(receipt?.written).toBe(values(await answer(format, {})).length);
  },
);

describe.skipIf(!HAS_JQ)('beside jq', () => {
  describe.each(ALL)('%s', (_, format) => {
    it('has the same entities', async () => {
      expect(values(await answer(format, {}))).toEqual(values(judged(format, '.')));
    });

    it('has the same entities that satisfy a condition', async () => {
      const found = values(await answer(format, format.where));
      expect(found).toEqual(values(judged(format, format.where.jq)));
      expect(found.length).toBeGreaterThan(0);
    });

    it('has the same members of them', async () => {
      expect(values(await answer(format, format.fields))).toEqual(values(judged(format, format.fields.jq)));
    });

    const { table } = format;
    if (!table) return;
    it('has the same cells in a table', async () => {
      const [, ...rows]: string[][] = parse(await answer(format, table, 'dsv'));
      const cells: string[][] = values(judged(format, table.jq)).map((line) => JSON.parse(line));
      expect(rows.map((row) => row.map(canonical))).toEqual(cells.map((row) => row.map(canonical)));
    });
  });

  describe('a dump of Open Library, of which the fifth column is cut out', () => {
    const dump = gunzipSync(readFileSync(join(FILES, 'ol_dump.txt.gz'))).toString();
    const column = dump.replaceAll(/^(?:[^\t\n]*\t){4}/gm, '');
    const asked = (program: string) =>
      execFileSync('jq', ['-c', program], { input: column, timeout: 20_000 }).toString();
    const answered = async (options: Partial<ExportOptions>) => {
      const { output, error } = await exported({
        source: bytes(column),
        typeField: 'type.key',
        format: 'ndjson',
        ...options,
      });
      expect(error).toBeUndefined();
      return output.toString();
    };

    it('has the same entities', async () => {
      expect(values(await answered({}))).toEqual(values(asked('.')));
    });

    it('has the same members of those of a type', async () => {
      const works = await answered({ request: { types: ['/type/work'], fields: { include: ['key', 'title'] } } });
      expect(values(works)).toEqual(values(asked('select(.type.key == "/type/work") | {title, key}')));
      expect(works).not.toBe('');
    });

    it('has the same entities that satisfy a condition', async () => {
      const criteria = { fields: { revision: { gte: 3 } } };
      expect(values(await answered({ request: { criteria } }))).toEqual(values(asked('select(.revision >= 3)')));
    });

    it('has the same cells in a table', async () => {
      const request = { types: ['/type/author', '/type/redirect'], fields: { include: ['key', 'name', 'revision'] } };
      const [, ...rows]: string[][] = parse(await answered({ request, format: 'dsv' }));
      const cells = asked('select(.type.key != "/type/work") | [.key, .name // "", (.revision | tostring)]');
      expect(rows).toEqual(values(cells).map((line) => JSON.parse(line)));
    });

    it('is refused as a table, with the command that cuts it', async () => {
      const { error } = await exported({ source: join(FILES, 'ol_dump.txt.gz') });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', message: expect.stringContaining('cut -f5') });
    });
  });
});
